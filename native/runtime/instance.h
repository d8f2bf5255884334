// An instance: one module linked to its imports, with its own state.
//
// The fields under "hot" are what running code reads (runtime/vm_layout.def); the rest is for
// the host's side.
#pragma once

#include <atomic>
#include <cstdint>
#include <string_view>

#include "base/allocator.h"
#include "base/error.h"
#include "base/trap.h"
#include "runtime/code.h"
#include "runtime/function.h"
#include "runtime/global.h"
#include "runtime/memory.h"
#include "runtime/table.h"
#include "runtime/value.h"

namespace wembed {

class GuestHeap;
class Runtime;
class Store;
struct Exception;
struct Tag;

struct Instance {
  // Hot.
  Code* code = nullptr;          // defined functions, plain variant of this instance
  Code* metered_code = nullptr;  // the metered twin; made when first wanted
  Memory* memory = nullptr;      // memory 0 or null
  Function** imported_functions = nullptr;
  GlobalCell* globals = nullptr;  // whole index space, see GlobalCell
  Table** tables = nullptr;
  Memory** memories = nullptr;
  const TypeDef* const* types = nullptr;  // the module's
  const Memory* addressed = &kNoMemory;   // memory 0, or one that no address is in

  // Cold.
  Module* module = nullptr;
  Runtime* runtime = nullptr;
  Store* store = nullptr;
  Allocator* allocator = nullptr;
  uint8_t* dropped_data = nullptr;  // one byte per segment: 1 after data.drop or active use
  uint8_t* dropped_elements = nullptr;
  Variant variant{};

  // The whole tag index space: it stands behind the tables.
  [[nodiscard]] Tag** tags() const {
    return reinterpret_cast<Tag**>(tables + module->tables().size());
  }

  // The function of that index in the module's function index space, made on demand.
  // Null only when there is no memory for it. Safe from any thread.
  Function* function(uint32_t index);

  // The cell of any global: an imported one is its exporter's.
  [[nodiscard]] GlobalCell* global(uint32_t index) const {
    GlobalCell& cell = globals[index];
    if (index >= module->imported_global_count()) return &cell;
    return reinterpret_cast<GlobalCell*>(static_cast<uintptr_t>(cell.slots[0]));
  }

  // The text of the pending exception, to be read by exception_text(); empty: none.
  char exception[128] = {};
  [[nodiscard]] bool has_exception() const { return exception_mark() != 0; }
  // Not zero: there is one.
  [[nodiscard]] uint8_t exception_mark() const {
    return static_cast<uint8_t>(__atomic_load_n(&exception[0], __ATOMIC_ACQUIRE));
  }
  // "Exception: ..." and its code while there is an exception. Termination stands above all others.
  [[nodiscard]] const char* exception_text() const;
  [[nodiscard]] Trap pending_trap() const;
  // Formats "Exception: <text>" cut at 127 characters; null clears.
  void set_exception(const char* text, Trap code = Trap::HostException);
  // From any thread, whatever the instance's own thread does with its exception meanwhile.
  void mark_terminated(Trap why);

  // Private to native/runtime: see instance.cpp and store.h.
  struct Cold;
  Cold* cold = nullptr;

 private:
  Exception* replace_exception(const char* text, Trap code);
};

}  // namespace wembed
