#include "runtime/roots.h"

#include <cstring>
#include <mutex>
#include <utility>

#include "runtime/element_values.h"
#include "runtime/exception_space.h"
#include "runtime/exec_env_cold.h"
#include "runtime/field.h"
#include "runtime/frame.h"
#include "runtime/held_objects.h"
#include "runtime/host_objects.h"
#include "runtime/instance_cold.h"
#include "runtime/trap_record.h"

namespace wembed {

namespace {

void mark_table(Marker& marker, const Table& table) {
  if (!refers_to_objects(table.type.element)) return;
  const uint64_t size = __atomic_load_n(&table.size, __ATOMIC_ACQUIRE);
  for (uint64_t i = 0; i < size; i++) {
    mark_slot(marker, table.type.element, __atomic_load_n(&table.elements[i], __ATOMIC_RELAXED));
  }
}

void mark_element_values(Marker& marker, const Instance& instance) {
  std::span<const ElementSegment> segments = instance.module->elements();
  for (uint32_t i = 0; i < segments.size(); i++) {
    for (Slot slot : kept_element_values(instance, i)) mark_slot(marker, segments[i].type, slot);
  }
}

// Exceptions are not objects of the heap, but have references, and other exceptions among them:
// each is looked at once, however deep it lies.
class ExceptionList {
 public:
  explicit ExceptionList(Marker& marker) : marker_(marker) {}
  ExceptionList(const ExceptionList&) = delete;
  ExceptionList& operator=(const ExceptionList&) = delete;
  ~ExceptionList() {
    while (first_ != nullptr) {
      Exception* next = std::exchange(first_->next, nullptr);
      first_ = next == first_ ? nullptr : next;
    }
  }

  void add(Exception& exception) {
    if (exception.next != nullptr || !exception.tag->type->has_references) return;
    exception.next = &exception;  // as the last one
    (last_ == nullptr ? first_ : last_->next) = &exception;
    last_ = &exception;
  }

  // Those too that come in meanwhile.
  void mark() {
    for (Exception* at = first_; at != nullptr; at = at == last_ ? nullptr : at->next) {
      mark_values(*at);
      each_inner(*at, [&](Exception& inner) { add(inner); });
    }
  }

 private:
  void mark_values(const Exception& exception) {
    const Slot* at = exception.values();
    for (ValType value : exception.tag->type->params()) {
      mark_slot(marker_, value, *at);
      at += value.slots();
    }
  }

  Marker& marker_;
  Exception* first_ = nullptr;
  Exception* last_ = nullptr;
};

void mark_exceptions(Marker& marker, const ExceptionSpace* space) {
  if (space == nullptr) return;
  ExceptionList list(marker);
  for_each_exception(*space, [&](Exception& exception) { list.add(exception); });
  list.mark();
}

[[nodiscard]] bool mark_frames(Marker& marker, FrameWalker frame) {
  for (; !frame.done(); frame.next()) {
    if (!mark_frame(frame.code(), frame.place(), frame.is_return(), frame.fp(), marker)) {
      return false;
    }
  }
  return true;
}

[[nodiscard]] bool mark_all_frames(Marker& marker, const ExecEnv& env) {
  if (!mark_frames(marker, FrameWalker(env.fp, env.place))) return false;
  for (const Entry* entry = env.cold->entries; entry != nullptr; entry = entry->previous) {
    if (!mark_frames(marker, FrameWalker(entry->fp, entry->place))) return false;
  }
  return true;
}

}  // namespace

namespace {

// A field or element of that type. Exceptions are roots for as long as they are kept.
void trace_field(Marker& marker, ValType type, Slot slot) {
  if (slot == 0 || holds_exceptions(type)) return;
  const Slot any = type.is_any_ref() ? slot : to_other_side(slot);
  if (is_object(any)) {
    marker.object(object_in(any));
  } else if (is_host_value(any)) {
    marker.host_value(to_other_side(any));
  }
}

}  // namespace

void trace_object(const Object& object, Marker& marker) {
  uint32_t left = Marker::kPiece;
  bool goes_on = true;
  for_each_traced(object, type_of(object), [&](ValType type, Slot slot) {
    if (goes_on) trace_field(marker, type, slot);
    if (--left > 0) [[likely]]
      return;
    left = Marker::kPiece;
    goes_on = goes_on && marker.goes_on();
  });
}

void mark_handle(Marker& marker, Handle handle) {
  const Slot there = slot_of(without_side(handle));
  if (is_of_host(handle)) {
    marker.host_value(there);
  } else {
    marker.candidate(there);
  }
}

void mark_held(Marker& marker, const HeldObjects& held) {
  held.for_each([&](Handle handle) { mark_handle(marker, handle); });
}

namespace {

// What a host of gc_export.h keeps on the exec_env.
void mark_kept(Marker& marker, const ExecEnv::Cold& cold) {
  mark_handle(marker, cold.made_for_host);
  std::lock_guard lock(cold.mutex);
  for (const LocalReference* at = cold.local_references; at != nullptr; at = at->previous) {
    mark_handle(marker, __atomic_load_n(&at->handle, __ATOMIC_RELAXED));
  }
}

}  // namespace

void mark_instance(Marker& marker, const Instance& instance) {
  const Module& module = *instance.module;
  for (uint32_t i = 0; i < module.globals().size(); i++) {
    const ValType type = module.globals()[i].type.type;
    if (!refers_to_objects(type)) continue;
    mark_slot(marker, type, __atomic_load_n(&instance.global(i)->slots[0], __ATOMIC_RELAXED));
  }
  for (uint32_t i = 0; i < instance.cold->own_table_count; i++) {
    mark_table(marker, instance.cold->own_tables[i]);
  }
  if (module.keeps_element_values()) mark_element_values(marker, instance);
  if (instance.cold->trap == nullptr) return;
  if (Exception* pending = instance.cold->trap->exception; pending != nullptr) {
    ExceptionList list(marker);
    list.add(*pending);
    list.mark();
  }
  for (const ExceptionSpace* at = instance.cold->trap->exceptions; at != nullptr; at = at->next) {
    mark_exceptions(marker, at);
  }
}

void mark_env(Marker& marker, const ExecEnv& env) {
  mark_exceptions(marker, env.cold->exceptions);
  marker.object(env.cold->fresh);
  mark_kept(marker, *env.cold);
  for (uint32_t i = 0; i < env.cold->result_slots; i++) {
    marker.candidate(env.cold->results[i] & ~kFromOtherSide);
  }
  if (env.depth.load(std::memory_order_acquire) == 0) return;
  if (mark_all_frames(marker, env)) return;
  for (const Slot* at = env.stack_base; at < env.stack_end; at++) mark_slot(marker, *at);
}

}  // namespace wembed
