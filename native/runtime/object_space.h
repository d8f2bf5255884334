// What a group of instances has its objects in: the heap, and what must not end before it. Private
// to native/runtime. All of it is under Runtime::store_mutex(), but for what exec_envs allocate.
#pragma once

#include <cstdint>
#include <span>

#include "base/vector.h"
#include "heap/heap.h"
#include "isa/types.h"
#include "runtime/finalizers.h"
#include "runtime/held_objects.h"

namespace wembed {

class Marker;
class Module;
class Runtime;

class ObjectSpace {
 public:
  static ObjectSpace* create(Runtime& runtime);  // null: no memory
  void destroy();                                // with all objects

  [[nodiscard]] Heap& heap() { return *heap_; }
  // Of objects that are made outside of guest code.
  AllocationBuffer buffer;
  // What the host holds: roots.
  HeldObjects held;
  Finalizers finalizers;

  // See heap.h.
  void begin_marking() {
    buffer = {};
    heap_->begin_marking();
  }
  // `shows_dead`: what was not found is overwritten, see collect_always(); finalizers have read it.
  void end_marking(bool shows_dead = false) {
    if (!finalizers.empty()) finalizers.call_unreached();
    if (shows_dead) heap_->overwrite_dead();
    heap_->end_marking();
    release_types();
  }
  void give_up_marking() {
    finalizers.forget_seen();
    heap_->give_up_marking();
  }

  // Types of objects live as long as these: those of a module that is about to end are held.
  void hold_types(const Module& module);

  // All that `other` has is this one's from now on; it is destroyed. False: no memory, nothing
  // changed.
  [[nodiscard]] bool adopt(ObjectSpace& other);

 private:
  explicit ObjectSpace(Runtime& runtime);
  ~ObjectSpace() = default;
  friend struct ::wembed::Allocator;
  // Those of no object are let go, when it is worth to look.
  void release_types();
  void release(uintptr_t type);
  template <class Keep> void release_unless(Keep keep);

  Runtime& runtime_;
  Heap* heap_ = nullptr;
  Vector<uintptr_t> types_;  // addresses of the first of a recursion group, some more than once
  size_t types_kept_ = 0;    // by the last look
};

}  // namespace wembed
