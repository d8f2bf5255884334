// What a group of instances refers to: frames, globals, tables, what exec_envs hold on to.
#pragma once

#include "heap/mark.h"
#include "isa/reference.h"
#include "isa/types.h"
#include "runtime/object_handle.h"
#include "runtime/value.h"

namespace wembed {

struct ExecEnv;
class HeldObjects;
struct Instance;

// Whether values of the type are the host's or objects of a heap: functions are neither.
inline bool refers_to_objects(ValType type) { return type.is_ref() && !type.is_function_ref(); }

// A slot that has a reference of some type: an object, the host's, or something that is neither.
inline void mark_slot(Marker& marker, Slot slot) {
  const Slot there = slot & ~kFromOtherSide;
  marker.candidate(there);
  marker.host_value(there);
  if (is_host_value(there)) marker.host_value(there | kFromOtherSide);
}

// A slot that has a reference of that type, or did not come to have one.
inline void mark_slot(Marker& marker, ValType type, Slot slot) {
  if (refers_to_objects(type)) mark_slot(marker, slot);
}

// What objects of structs and arrays refer to.
void trace_object(const Object& object, Marker& marker);

// What the host has, by its handle: nothing, or whatever it wrote where a handle should be.
void mark_handle(Marker& marker, Handle handle);
void mark_held(Marker& marker, const HeldObjects& held);

// Globals and tables of the instance.
void mark_instance(Marker& marker, const Instance& instance);

// What runs on the exec_env, which is stopped or idle: every frame of every entry, and exceptions.
// Where it cannot be told what a frame has, all of the wasm stack is looked at, and what looks like
// a reference is one.
void mark_env(Marker& marker, const ExecEnv& env);

}  // namespace wembed
