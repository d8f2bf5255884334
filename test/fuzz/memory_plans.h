// The modules of memory_random, what their memories and tables begin with, and the places memories
// come from.
#pragma once

#include <algorithm>
#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>
#include <vector>

#include "../unit/wasm_builder.h"
#include "wembed.h"

namespace memory_random {

using Bytes = wembed::WasmBuilder::Bytes;

constexpr uint64_t kPage = 65536;
constexpr uint32_t kModules = 7;
constexpr uint32_t kElements = 40;  // of each table
constexpr uint32_t kNothing = UINT32_MAX;

[[noreturn]] void give_up(const char* format, ...) __attribute__((format(printf, 1, 2)));
inline void give_up(const char* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  std::vfprintf(stderr, format, arguments);
  va_end(arguments);
  std::fputc('\n', stderr);
  std::abort();
}

// Exports of every module, in this order; the functions are its own.
enum Export : uint32_t { kFill, kGrow, kLoad, kFunctions, kTable = kFunctions, kGlobal, kMemory };
constexpr const char* kNames[] = {"fill", "grow", "load"};

// What a module's memory begins with, and the bytes of the module.
struct Plan {
  uint32_t pages = 0;
  uint32_t most = 0;
  bool traps = false;              // its start function soils the memory, then traps
  bool starts = false;             // its start function writes
  std::vector<uint8_t> contents;   // after the start function
  std::vector<uint8_t> untouched;  // and before
  std::vector<uint32_t> elements;  // by export, or kNothing
  Bytes bytes;
};

inline void add_functions(wembed::WasmBuilder& wasm) {
  using wembed::kI32;
  uint32_t fill_type = wasm.type({kI32, kI32, kI32}, {});
  uint32_t type = wasm.type({kI32}, {kI32});
  wasm.function(fill_type, {0x20, 0, 0x20, 1, 0x20, 2, 0xfc, 11, 0, 0x0b});
  wasm.function(type, {0x20, 0, 0x40, 0, 0x0b});
  wasm.function(type, {0x20, 0, 0x2d, 0, 0, 0x0b});
  for (uint32_t i = 0; i < kFunctions; i++) wasm.export_as(kNames[i], wembed::ExternKind::Func, i);
}

inline void add_table(wembed::WasmBuilder& wasm, Plan& plan, std::mt19937& random) {
  using wembed::WasmBuilder;
  wasm.table(wembed::kFuncRef, kElements);
  plan.elements.assign(kElements, kNothing);
  for (uint32_t segments = random() % 3; segments > 0; segments--) {
    uint32_t at = random() % (kElements - kFunctions);
    wasm.element(WasmBuilder::i32_const(static_cast<int32_t>(at)), {kLoad, kFill, kGrow});
    plan.elements[at] = kLoad;
    plan.elements[at + 1] = kFill;
    plan.elements[at + 2] = kGrow;
  }
  wasm.export_as("table", wembed::ExternKind::Table, 0);
  wasm.global(wembed::kI32, true, WasmBuilder::i32_const(77));
  wasm.export_as("global", wembed::ExternKind::Global, 0);
  wasm.export_as("memory", wembed::ExternKind::Memory, 0);
}

inline Plan make_plan(uint32_t number, std::mt19937& random) {
  using wembed::WasmBuilder;
  constexpr uint32_t kPages[kModules] = {0, 1, 1, 2, 4, 3, 2};
  Plan plan;
  plan.pages = kPages[number];
  plan.most = plan.pages + static_cast<uint32_t>(random() % 6);
  plan.traps = number == 5;
  plan.starts = number == 6;
  plan.contents.resize(plan.pages * kPage);
  WasmBuilder wasm;
  add_functions(wasm);
  wasm.memory(plan.pages, plan.most);
  add_table(wasm, plan, random);
  // Small images are copied, large ones mapped; one module has none.
  uint32_t segments = plan.pages == 0 || number == 1 ? 0 : 1 + random() % 3;
  for (uint32_t i = 0; i < segments; i++) {
    size_t most = number % 2 == 0 ? 40000 : 300;
    Bytes content(1 + random() % most);
    for (uint8_t& byte : content) byte = static_cast<uint8_t>(random());
    size_t at = random() % (plan.contents.size() - content.size());
    std::copy(content.begin(), content.end(), plan.contents.begin() + static_cast<long>(at));
    wasm.data(WasmBuilder::i32_const(static_cast<int32_t>(at)), content);
  }
  plan.untouched = plan.contents;
  uint32_t none = wasm.type({}, {});
  if (plan.traps) {
    Bytes code{0x41, 0, 0x41, 0x6e, 0x3f, 0, 0x41, 16, 0x74, 0xfc, 11, 0, 0x00, 0x0b};
    wasm.start(wasm.function(none, code));
  } else if (plan.starts) {
    wasm.start(wasm.function(none, {0x41, 4, 0x41, 42, 0x36, 2, 0, 0x0b}));
    std::memcpy(&plan.contents[4], "\x2a\0\0", 4);
  }
  plan.bytes = wasm.finish();
  return plan;
}

// A module with the memory of another one, whose function it calls, too.
inline Bytes make_linked() {
  using wembed::kI32;
  wembed::WasmBuilder wasm;
  uint32_t fill_type = wasm.type({kI32, kI32, kI32}, {});
  uint32_t type = wasm.type({kI32}, {kI32});
  wasm.import("other", "memory", wembed::ExternKind::Memory, {0, 0});
  uint32_t fill = wasm.import_function("other", "fill", fill_type);
  wasm.function(fill_type, {0x20, 0, 0x20, 1, 0x20, 2, 0x10, static_cast<uint8_t>(fill), 0x0b});
  wasm.function(type, {0x20, 0, 0x40, 0, 0x0b});
  wasm.function(type, {0x20, 0, 0x2d, 0, 0, 0x0b});
  for (uint32_t i = 0; i < kFunctions; i++) {
    wasm.export_as(kNames[i], wembed::ExternKind::Func, 1 + i);
  }
  return wasm.finish();
}

// --- the embedder's functions --------------------------------------------------------------------

inline void* create(void*, uint64_t minimum, uint64_t, void** handle) {
  void* base = std::malloc(minimum + 8);
  if (base == nullptr) return nullptr;
  std::memset(base, 0x99, minimum);
  *handle = base;
  return base;
}
inline void* grow(void*, void*, void* base, uint64_t old_bytes, uint64_t bytes) {
  void* moved = std::malloc(bytes + 8);
  if (moved == nullptr) return nullptr;
  std::memset(moved, 0x99, bytes);
  std::memcpy(moved, base, old_bytes);
  std::free(base);
  return moved;
}
inline void release(void*, void*, void* base, uint64_t) { std::free(base); }
constexpr wembed_memory_functions_t kMemoryFunctions = {sizeof(wembed_memory_functions_t), create,
                                                        grow, release, nullptr};

}  // namespace memory_random
