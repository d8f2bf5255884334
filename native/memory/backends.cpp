#include "memory/backends.h"

#include "memory/reservations.h"

namespace wembed {

namespace {

struct Row {
  Backend backend;
  const char* name;
  CreateMemory create;  // null: not on demand
  bool automatic;
  bool needs_signals;  // what it does better than the next row depends on faults
};

// In the order in which Automatic tries them.
constexpr Row kRows[] = {
    {Backend::Mapped, "mapped", create_mapped_memory, true, true},
    {Backend::Heap, "heap", create_heap_memory, true, false},
    {Backend::Buffer, "buffer", create_buffer_memory, false, false},
    {Backend::Pool, "pool", nullptr, false, false},
    {Backend::Functions, "functions", create_functions_memory, false, false},
};

}  // namespace

const char* backend_name(Backend backend) {
  for (const Row& row : kRows) {
    if (row.backend == backend) return row.name;
  }
  return "automatic";
}

LinearMemory* create_linear_memory(Allocator& allocator, Backend backend, bool signals,
                                   const MemoryRequest& request, Diagnostic& diagnostic) {
  if (request.minimum > request.maximum) {
    diagnostic.fail(Error::LinearMemory);
    return nullptr;
  }
  for (const Row& row : kRows) {
    if (backend == Backend::Automatic) {
      if (!row.automatic || (row.needs_signals && !signals)) continue;
      Diagnostic refused;  // the next row may serve
      LinearMemory* memory = row.create(allocator, signals, request, refused);
      if (memory != nullptr) return memory;
    } else if (row.backend == backend && row.create != nullptr) {
      return row.create(allocator, signals, request, diagnostic);
    }
  }
  diagnostic.fail(Error::LinearMemory);
  return nullptr;
}

uint64_t trim_linear_memories() { return drop_kept_reservations(); }

}  // namespace wembed
