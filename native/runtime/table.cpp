// Making, filling and growing tables.
#include "runtime/table.h"

#include <algorithm>
#include <cstring>
#include <mutex>

#include "runtime/instance_cold.h"

namespace wembed {

namespace {

// A reset clears so much itself; more is given back and made anew when it is needed.
constexpr uint64_t kMostCleared = 128;

Slot load(const Slot* element) { return __atomic_load_n(element, __ATOMIC_ACQUIRE); }

// Another thread may be storing a value at the same time: that one stays.
void store_if_null(Slot* element, const Function* function) {
  Slot expected = 0;
  __atomic_compare_exchange_n(element, &expected, reinterpret_cast<uintptr_t>(function), false,
                              __ATOMIC_RELEASE, __ATOMIC_RELAXED);
}

}  // namespace

void Table::open(Instance& instance, const TableType& table_type,
                 const TableImage* elements_at_first) {
  unmade = table_type.limits.min;
  max = table_type.limits.has_max ? table_type.limits.max : kMaxTableElements;
  type = table_type;
  allocator = instance.allocator;
  owner = &instance;
  initial = elements_at_first;
  image.store(initial, std::memory_order_relaxed);
}

bool Table::make() {
  if (__atomic_load_n(&size, __ATOMIC_ACQUIRE) != 0 || unmade == 0) return true;
  std::lock_guard lock(owner->cold->mutex);
  if (size != 0) return true;
  size_t bytes = unmade * sizeof(Slot);
  auto* block = static_cast<Slot*>(allocator->allocate(bytes));
  if (block == nullptr) return false;
  std::memset(block, 0, bytes);
  elements = block;
  capacity = unmade;
  __atomic_store_n(&size, unmade, __ATOMIC_RELEASE);
  return true;
}

bool Table::fill(uint64_t index) {
  const TableImage* known = image.load(std::memory_order_acquire);
  uint32_t number = known == nullptr ? kNoFunction : known->function(index);
  if (number == kNoFunction) return true;
  const Function* function = owner->function(number);
  if (function == nullptr) return false;
  // Once settled, a null is one.
  std::lock_guard lock(owner->cold->mutex);
  if (image.load(std::memory_order_relaxed) != nullptr) store_if_null(&elements[index], function);
  return true;
}

bool Table::settle() {
  if (!make()) return false;
  const TableImage* known = image.load(std::memory_order_acquire);
  if (known == nullptr) return true;
  for (uint32_t i = 0; i < known->count; i++) {
    uint32_t number = known->function(i);
    if (number != kNoFunction && owner->function(number) == nullptr) return false;
  }
  // All functions are there now: asking for one takes no lock.
  std::lock_guard lock(owner->cold->mutex);
  if (image.load(std::memory_order_relaxed) == nullptr) return true;
  for (uint32_t i = 0; i < known->count; i++) {
    uint32_t number = known->function(i);
    if (number != kNoFunction) store_if_null(&elements[i], owner->function(number));
  }
  image.store(nullptr, std::memory_order_release);
  return true;
}

Trap Table::get(uint64_t index, Slot& value) {
  if (index >= length()) return Trap::TableOutOfBounds;
  if (!make()) return Trap::OutOfMemory;
  value = load(&elements[index]);
  if (value != 0) return Trap::None;
  if (!fill(index)) return Trap::OutOfMemory;
  value = load(&elements[index]);
  return Trap::None;
}

Trap Table::set(uint64_t index, Slot value) {
  if (index >= length()) return Trap::TableOutOfBounds;
  // A null must not be taken for an element that is still to be filled.
  if (!(value == 0 ? settle() : make())) return Trap::OutOfMemory;
  __atomic_store_n(&elements[index], value, __ATOMIC_RELEASE);
  return Trap::None;
}

bool Table::may_grow(uint64_t delta) const { return delta <= most() && length() <= most() - delta; }

Slot* Table::begin_growth(uint64_t delta) {
  if (!may_grow(delta) || !make()) return nullptr;
  uint64_t old = length();
  uint64_t wanted = old + delta;
  if (wanted <= capacity) return elements + old;
  // Room for half as much again, or tables that grow by one would be copied each time.
  uint64_t roomy = std::max(wanted, std::min(capacity + capacity / 2, most()));
  return give_room(roomy) || give_room(wanted) ? elements + old : nullptr;
}

bool Table::give_room(uint64_t count) {
  void* block = allocator->reallocate(elements, capacity * sizeof(Slot), count * sizeof(Slot));
  if (block == nullptr) return false;
  elements = static_cast<Slot*>(block);
  capacity = count;
  return true;
}

void Table::end_growth(uint64_t delta) {
  __atomic_store_n(&size, length() + delta, __ATOMIC_RELEASE);
}

int64_t Table::grow(uint64_t delta, Slot value) {
  uint64_t old = length();
  if (delta == 0) return static_cast<int64_t>(old);
  Slot* fresh = begin_growth(delta);
  if (fresh == nullptr) return -1;
  std::fill_n(fresh, delta, value);
  end_growth(delta);
  return static_cast<int64_t>(old);
}

void Table::reset(bool keep) {
  image.store(initial, std::memory_order_relaxed);
  if (size == 0) return;
  uint64_t first = type.limits.min;
  if (first > 0 && (keep || (capacity == first && first <= kMostCleared))) {
    if (capacity > first) (void)give_room(first);  // A block that cannot shrink wastes memory.
    std::memset(elements, 0, first * sizeof(Slot));
    size = first;
    return;
  }
  allocator->release(elements);
  elements = nullptr;
  size = capacity = 0;
}

}  // namespace wembed
