#include "memory/backends.h"

#include "memory/reservations.h"
#include "memory/zeroed_block.h"
#include "platform/virtual_memory.h"

namespace wembed {

namespace {

struct Row {
  Backend backend;
  const char* name;
  CreateMemory create;  // null: not on demand
  bool automatic;
  bool is_guarded;  // what it does better than the next row is to guard accesses by address space
};

// In the order in which Automatic tries them.
constexpr Row kRows[] = {
    {Backend::Mapped, "mapped", create_mapped_memory, true, true},
    {Backend::Heap, "heap", create_heap_memory, true, false},
    {Backend::Buffer, "buffer", create_buffer_memory, false, false},
    {Backend::Pool, "pool", nullptr, false, false},
    {Backend::Functions, "functions", create_functions_memory, false, false},
};

bool may_guard(bool signals) { return signals && platform::reservations_are_cheap(); }

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
      if (!row.automatic || (row.is_guarded && !may_guard(signals))) continue;
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

uint64_t trim_linear_memories() { return drop_kept_reservations() + drop_kept_blocks(); }

}  // namespace wembed
