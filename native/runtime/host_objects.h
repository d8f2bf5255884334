// Objects of guests as the host has them. Those that it holds are roots of the group
// (held_objects.h); any other may be gone after the next call of a guest's.
#pragma once

#include "isa/reference.h"
#include "runtime/object_handle.h"
#include "runtime/value.h"

namespace wembed {

struct ExecEnv;
struct Instance;

// The object of the instance's group whose address the host gives; null: there is none.
[[nodiscard]] const Object* find_object(const Instance& instance, Slot slot);

// Keeps it until it is released as often. False: no memory, or no object of the group.
[[nodiscard]] bool hold_object(const Instance& instance, Slot slot);
// The same for one that was just made, under Runtime::store_mutex().
[[nodiscard]] bool hold_new_object(const Instance& instance, Object& object);
// False: it is not held.
bool release_object(const Instance& instance, Slot slot);

// --- for hosts of gc_export.h, which have handles ------------------------------------------------

// What such a host has pushed, on its native stack: wasm_local_obj_ref_t.
struct LocalReference {
  LocalReference* previous;
  Handle handle;  // the host's to write
};
void push_local_reference(ExecEnv& env, LocalReference& reference);
LocalReference* pop_local_reference(ExecEnv& env);  // null: there is none
[[nodiscard]] LocalReference* last_local_reference(const ExecEnv& env);

// As make_struct() and make_array(), but what was made is kept until the next is, and there may be
// a collection first. Null: the heap is full, or a finalizer runs on this thread.
[[nodiscard]] Object* make_struct_for_host(ExecEnv& env, const TypeDef& type);
[[nodiscard]] Object* make_array_for_host(ExecEnv& env, const TypeDef& type, uint32_t length);
// Notes that the host has made a reference to a value of its own; there may be a collection.
void made_host_value(ExecEnv& env, Handle handle);

// As hold_object() and release_object(), for anything but functions and i31.
[[nodiscard]] bool hold_handle(Instance& instance, Handle handle);
bool release_handle(const Instance& instance, Handle handle);

// What is called when an object goes, see gc_export.h: by the thread that collects, with
// Runtime::store_mutex().
struct Finalizer {
  void (*call)(const Finalizer& self, Handle handle) = nullptr;
  void (*function)() = nullptr;  // the host's, of a type that `call` knows
  void* data = nullptr;
};
// For anything but functions and i31. False: no memory, no object of the group, or a finalizer runs
// on this thread.
[[nodiscard]] bool set_finalizer(Instance& instance, Handle handle, const Finalizer& finalizer);
void unset_finalizer(const Instance& instance, Handle handle);
// Whether the calling thread runs one.
[[nodiscard]] bool runs_finalizer();

}  // namespace wembed
