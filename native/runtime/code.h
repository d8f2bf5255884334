// What tiers made of one function: the header every tier shares.
//
// Code belongs to a module and a variant, not to an instance: all instances and threads run the
// same. One array per module and variant holds it for all functions the module defines, see
// code_table.h.
//
// A tier makes a *body*: code that runs the function, at some range of addresses. An address in it
// is a *place*: of an operation, or where a call returns to. A body stays where it is until the
// module ends, also when another one takes its part: frames may still run it.
#pragma once

#include <atomic>
#include <cstdint>

#include "base/error.h"
#include "base/trap.h"
#include "module/module.h"
#include "runtime/run_mode.h"
#include "runtime/value.h"

namespace wembed {

struct Code;
struct ExecEnv;
class HandlerTable;
struct Instance;
struct Tier;
class Marker;
class RootMap;

// What must be known before a body is translated.
struct Variant {
  bool guarded = false;   // memory 0 faults by itself: no bounds checks
  bool metered = false;   // instructions are counted
  bool windowed = false;  // a shared heap may lie behind memory 0: all is checked, guarded or not
  bool profiled = false;  // calls are timed, see profile.h
  CodeMode mode = CodeMode::ByEngine;
  [[nodiscard]] constexpr uint8_t index() const {
    return static_cast<uint8_t>((guarded ? 1 : 0) | (metered ? 2 : 0) | (windowed ? 4 : 0) |
                                (profiled ? 8 : 0) | static_cast<int>(mode) * 16);
  }
};
constexpr int kVariants = 16 * kCodeModes;

// Calls a function from native code: arguments in and results out at `args`, the caller's topmost
// operands. The caller's state is written back (env.fp, env.place, env.instance), and execution
// goes on at `back`, a place of the caller's. The host calls like that too: with env.fp and `back`
// null.
using CodeEntry = Trap (*)(ExecEnv& env, Code& code, Instance& instance, Slot* args,
                           const void* back);

struct Body {
  const Tier* tier;   // whose it is
  const void* begin;  // a place p of it: begin <= p < end
  const void* end;
  Body* next;                              // published before it, of the same Code
  const HandlerTable* handlers = nullptr;  // what catches in it; null: nothing does
  mutable RootMap* roots = nullptr;        // once a collection has met it
  uint32_t outgoing = 0;  // machine code: from the link to arguments and results of calls
};

struct CodeArray;

struct Code {
  // How callers reach the function, both ways at any time and each published by itself, with one
  // atomic store: where an interpreted caller continues, and what a native one calls. Either may
  // lead to the tier of the other kind, or to the first call's work.
  std::atomic<const uint64_t*> ops{nullptr};
  std::atomic<CodeEntry> entry{nullptr};
  std::atomic<Body*> bodies{nullptr};  // all there are, newest first
  // What a tier's machine code calls in its own convention, whoever the callee is; null where no
  // tier makes machine code.
  std::atomic<const void*> native{nullptr};
  uint32_t function = 0;  // index in the module's function index space
  uint32_t defined = 0;   // index in the array

  [[nodiscard]] const CodeArray& array() const;
  [[nodiscard]] Module& module() const;
  [[nodiscard]] Variant variant() const;
  [[nodiscard]] const TypeDef* type() const { return module().function_type(function); }
  [[nodiscard]] bool has_body() const { return bodies.load(std::memory_order_acquire) != nullptr; }
  // The body of that tier published last; null: none.
  [[nodiscard]] const Body* body_of(const Tier& tier) const;
};

// What stands before the first Code of an array.
struct alignas(Code) CodeArray {
  Module* module;
  Variant variant;
  mutable std::atomic<bool> is_noted{false};  // by the engine, which has to forget them in the end
  [[nodiscard]] Code* first() { return reinterpret_cast<Code*>(this + 1); }
};

inline const CodeArray& Code::array() const {
  return reinterpret_cast<const CodeArray*>(this - defined)[-1];
}
inline Module& Code::module() const { return *array().module; }
inline Variant Code::variant() const { return array().variant; }

// Adds a body of a tier that makes one for each function. When another thread was faster, that
// thread's is the result and `body` is not part of the code.
const Body& publish_once(Code& code, Body& body);

// The body that the address is in; null: none.
inline const Body* body_at(const Code& code, const void* place, bool is_return) {
  auto at = reinterpret_cast<uintptr_t>(place) - (is_return ? 1 : 0);
  const Body* body = code.bodies.load(std::memory_order_acquire);
  while (body != nullptr && (at < reinterpret_cast<uintptr_t>(body->begin) ||
                             at >= reinterpret_cast<uintptr_t>(body->end))) {
    body = body->next;
  }
  return body;
}

// Frees all bodies. No thread runs the code any more.
void release_bodies(Code& code);

// The byte offset in the module of the operation at `place`, or, `is_return`, of the call that
// returns there; kNoOffset when it is not known.
uint64_t locate(const Code& code, const void* place, bool is_return);

// What is known of the frame that is at `place`, by `position` there. Null: no memory to find out.
// During a collection.
[[nodiscard]] const RootMap* roots_at(const Code& code, const void* place, bool is_return,
                                      uint32_t& position);

// Tells the marker what the frame at `fp` refers to while it is at `place`. False: there is no
// memory to find out. Nobody else marks meanwhile.
[[nodiscard]] bool mark_frame(const Code& code, const void* place, bool is_return, const Slot* fp,
                              Marker& marker);

}  // namespace wembed
