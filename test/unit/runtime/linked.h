// Small modules that are linked with each other, for tests of groups.
#pragma once

#include <vector>

#include "fixture.h"

namespace wembed {

using Bytes = WasmBuilder::Bytes;

// A table, "set" to fill element 0 with its own function, "call" to call element 0.
inline Bytes table_owner() {
  WasmBuilder wasm;
  uint32_t get = wasm.type({}, {kI32});
  wasm.table(kFuncRef, 4);
  uint32_t call = wasm.function(get, {0x41, 0, 0x11, 0, 0, 0x0b});
  wasm.export_as("call", ExternKind::Func, call);
  wasm.export_as("table", ExternKind::Table, 0);
  return wasm.finish();
}

// Puts a function that gives `value` into element 0 of an imported table; traps then if asked to.
inline Bytes table_filler(int32_t value, bool trap) {
  WasmBuilder wasm;
  uint32_t get = wasm.type({}, {kI32});
  uint32_t none = wasm.type({}, {});
  wasm.import("x", "table", ExternKind::Table, {0x70, 0, 1});
  uint32_t give = wasm.function(get, WasmBuilder::i32_const(value));
  uint32_t start = wasm.function(none, trap ? Bytes{0x00, 0x0b} : Bytes{0x0b});
  wasm.export_as("give", ExternKind::Func, give);
  wasm.element(WasmBuilder::i32_const(0), {give});
  wasm.start(start);
  return wasm.finish();
}

inline Bytes loner() {
  WasmBuilder wasm;
  uint32_t get = wasm.type({}, {kI32});
  wasm.export_as("seven", ExternKind::Func, wasm.function(get, {0x41, 7, 0x0b}));
  return wasm.finish();
}

// Calls the imported "seven".
inline Bytes caller_of_seven() {
  WasmBuilder wasm;
  uint32_t get = wasm.type({}, {kI32});
  uint32_t seven = wasm.import_function("x", "seven", get);
  uint32_t run = wasm.function(get, {0x10, static_cast<uint8_t>(seven), 0x0b});
  wasm.export_as("run", ExternKind::Func, run);
  wasm.export_as("seven", ExternKind::Func, run);
  return wasm.finish();
}

inline Instance* caller_of(Fixture& fixture, Instance& callee) {
  ImportBinding imports[] = {from_export(callee, "seven")};
  InstantiateOptions options;
  options.imports = imports;
  static const Bytes bytes = caller_of_seven();
  return fixture.instantiate(bytes, options);
}

// One page of memory; "run" calls the imported "seven" and keeps what it gave in its memory.
inline Bytes plugin() {
  WasmBuilder wasm;
  uint32_t get = wasm.type({}, {kI32});
  uint32_t seven = wasm.import_function("x", "seven", get);
  wasm.memory(1, 1);
  Bytes code = {0x41, 0, 0x10, static_cast<uint8_t>(seven), 0x36, 2, 0, 0x41, 0, 0x28, 2, 0, 0x0b};
  wasm.export_as("run", ExternKind::Func, wasm.function(get, code));
  return wasm.finish();
}

inline Instance* plugin_of(Fixture& fixture, Instance& library, Backend backend = Backend::Heap) {
  static const Bytes bytes = plugin();
  ImportBinding imports[] = {from_export(library, "seven")};
  InstantiateOptions options;
  options.imports = imports;
  options.backend = backend;
  return fixture.instantiate(bytes, options);
}

// Modules that many tests use: their bytes stay.
inline const Bytes kLoner = loner();
inline const Bytes kTableOwner = table_owner();

}  // namespace wembed
