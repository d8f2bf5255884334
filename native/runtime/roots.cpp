#include "runtime/roots.h"

#include "runtime/exception_space.h"
#include "runtime/exec_env_cold.h"
#include "runtime/frame.h"
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

// Exceptions are not objects of the heap, but have references.
void mark_exception(Marker& marker, const Exception& exception) {
  const TypeDef& type = *exception.tag->type;
  if (!type.has_references) return;
  const Slot* at = exception.values();
  for (ValType value : type.params()) {
    mark_slot(marker, value, *at);
    at += value.slots();
  }
}

void mark_exceptions(Marker& marker, const ExceptionSpace* space) {
  if (space == nullptr) return;
  for_each_exception(*space,
                     [&](const Exception& exception) { mark_exception(marker, exception); });
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
  if (instance.cold->trap == nullptr) return;
  const Exception* pending = instance.cold->trap->exception;
  if (pending != nullptr) mark_exception(marker, *pending);
  for (const ExceptionSpace* at = instance.cold->trap->exceptions; at != nullptr; at = at->next) {
    mark_exceptions(marker, at);
  }
}

void mark_env(Marker& marker, const ExecEnv& env) {
  mark_exceptions(marker, env.cold->exceptions);
  if (env.depth.load(std::memory_order_acquire) == 0) return;
  if (mark_all_frames(marker, env)) return;
  for (const Slot* at = env.stack_base; at < env.stack_end; at++) mark_slot(marker, *at);
}

}  // namespace wembed
