// Bytes that change while they are being read: any verdict is right, a wrong access is not.
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include "check.h"
#include "module/function_walker.h"
#include "sanitized.h"
#include "wasm_builder.h"

using namespace wembed;
using Bytes = WasmBuilder::Bytes;

namespace {

// The C library's allocator may be used from several threads.
Allocator system_allocator() {
  Allocator system;
  system.allocate_fn = [](void*, size_t size) { return std::malloc(size); };
  system.reallocate_fn = [](void*, void* block, size_t, size_t size) {
    return std::realloc(block, size);
  };
  system.release_fn = [](void*, void* block) { std::free(block); };
  return system;
}

struct LocalSink : NullSink {
  static constexpr bool kActive = true;
  const FunctionWalker<LocalSink>* walker = nullptr;
  uint64_t sum = 0;
  void on_start(const FunctionWalker<LocalSink>& started) { walker = &started; }
  void on_local_get(uint32_t index) { sum += walker->local_type(index).bits(); }
  void on_call(uint32_t index, const TypeDef* type) {
    sum += walker->module().function_type(index) == type;
  }
};

Bytes busy_module() {
  WasmBuilder wasm;
  uint32_t type = wasm.type({kI32}, {kI32});
  wasm.memory(1);
  wasm.global(kI32, true, WasmBuilder::i32_const(0));
  for (int i = 0; i < 40; i++) {
    uint32_t f =
        wasm.function(type, {0x02, 0x7f, 0x20, 0, 0x41, 3, 0x6a, 0x23, 0,    0x0d, 0,    0x0c, 0,
                             0x0b, 0x28, 2,    8, 0x10, 0, 0x22, 0,    0x20, 0,    0x6b, 0x0b},
                      {{2, kI64}});
    wasm.export_as("f" + std::to_string(i), ExternKind::Func, f);
  }
  return wasm.finish();
}

}  // namespace

TEST_CASE(bytes_that_change_while_they_are_read) {
  if (kThreadSanitizer) return;  // the race is the point
  const Bytes original = busy_module();
  Bytes bytes = original;
  std::atomic<bool> stop{false};
  std::thread writer([&] {
    uint64_t state = 88172645463325252u;
    while (!stop.load(std::memory_order_relaxed)) {
      state ^= state << 13;
      state ^= state >> 7;
      state ^= state << 17;
      size_t at = 8 + (state >> 8) % (original.size() - 8);
      volatile uint8_t* place = &bytes[at];
      *place = static_cast<uint8_t>(state);
      for (size_t i = 0; i < state % 512 && !stop.load(std::memory_order_relaxed); i++) {
      }
      *place = original[at];
    }
  });
  Allocator allocator = system_allocator();
  TypeRegistry types(allocator);
  auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(400);
  while (std::chrono::steady_clock::now() < until) {
    Diagnostic diagnostic;
    Module* module = load_module(allocator, types, bytes, diagnostic);
    if (module == nullptr) continue;
    WalkScratch scratch(allocator);
    for (uint32_t i = 0; i < module->function_count(); i++) {
      Diagnostic ignored;
      LocalSink sink;
      FunctionWalker<LocalSink> walker(*module, i, ignored, scratch, sink);
      (void)walker.walk();
      (void)module->find_export("f7");
    }
    module->release();
  }
  stop = true;
  writer.join();
  CHECK_EQ(types.group_count(), 0u);
}
