// A table of references.
//
// Neither its storage nor, as far as a TableImage says what they are, its elements are made before
// somebody needs them: an instance with a large table costs no more than one without. Running code
// reads `size` and `elements` and takes its slow path where an index is not below the size or an
// element is null; that path comes here.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>

#include "base/allocator.h"
#include "base/trap.h"
#include "isa/limits.h"
#include "isa/types.h"
#include "runtime/table_image.h"
#include "runtime/value.h"

namespace wembed {

struct Instance;

struct Table {
  // Hot. Read with acquire, elements too: other threads make and fill the same.
  Slot* elements = nullptr;  // Function* or encoded reference; 0: null, or not filled yet
  uint64_t size = 0;         // 0 until there is storage

  uint64_t capacity = 0;  // elements the storage has room for
  uint64_t unmade = 0;    // what the size is as long as there is no storage
  uint64_t max = 0;
  TableType type;
  Allocator* allocator = nullptr;
  Instance* owner = nullptr;
  const TableImage* initial = nullptr;  // elements of a new table; null: all are null at first
  // What elements that are 0 stand for; null once every element is what it is.
  std::atomic<const TableImage*> image{nullptr};

  // The table as its type says, with these elements; takes no memory.
  void open(Instance& instance, const TableType& table_type, const TableImage* elements_at_first);

  // table.size
  [[nodiscard]] uint64_t length() const {
    uint64_t made = __atomic_load_n(&size, __ATOMIC_ACQUIRE);
    return made != 0 ? made : unmade;
  }

  // One element. TableOutOfBounds, or OutOfMemory when one that is still to be made finds none.
  [[nodiscard]] Trap get(uint64_t index, Slot& value);
  [[nodiscard]] Trap set(uint64_t index, Slot value);

  // Makes the storage. False: no memory. Any thread.
  [[nodiscard]] bool make();

  // Makes the storage and all elements what they are: for whoever works on many at once. False: no
  // memory. Any thread.
  [[nodiscard]] bool settle();

  // table.grow: the old size, or -1 with nothing changed.
  int64_t grow(uint64_t delta, Slot value);
  // The same in steps: whether the limits allow it; room for `delta` more elements, which the
  // caller fills (null: no memory, or not allowed); they are there.
  [[nodiscard]] bool may_grow(uint64_t delta) const;
  [[nodiscard]] Slot* begin_growth(uint64_t delta);
  void end_growth(uint64_t delta);

  // As open() left it. `keep`: with the storage of its first size, if it has that.
  void reset(bool keep);

 private:
  [[nodiscard]] uint64_t most() const { return std::min<uint64_t>(max, kMaxTableElements); }
  [[nodiscard]] bool fill(uint64_t index);
  // Moves to storage for `count` elements. False: no memory, nothing changed.
  [[nodiscard]] bool give_room(uint64_t count);
};

}  // namespace wembed
