// An exception: a tag and the values thrown with it, never changed. What an exnref's slot points
// to.
//
// References to it are counted, but for those in slots: of frames, globals, tables. For these the
// exec_env that runs has one, see exception_space.h. Of those it is a value of it has one each.
#pragma once

#include <atomic>
#include <cstdint>

#include "runtime/tag.h"
#include "runtime/value.h"

namespace wembed {

struct ExecEnv;
struct Exception;

// Of an exception that the embedder holds, see held_exceptions.h, whose lock guards them.
struct HeldLinks {
  Exception* before = nullptr;
  Exception* after = nullptr;
  Exception* next = nullptr;  // while a collection looks at it
  uint64_t count = 0;
};

struct Exception {
  Tag* tag = nullptr;         // held
  Exception* next = nullptr;  // while it ends, or a collection looks at it
  std::atomic<uint64_t> references{1};
  HeldLinks held;

  [[nodiscard]] Slot* values() { return reinterpret_cast<Slot*>(this + 1); }
  [[nodiscard]] const Slot* values() const { return reinterpret_cast<const Slot*>(this + 1); }
  void retain() { references.fetch_add(1, std::memory_order_relaxed); }
  void release();
};

inline Exception* exception_of(Slot slot) {
  return reinterpret_cast<Exception*>(static_cast<uintptr_t>(slot));
}
inline Slot slot_of(const Exception& exception) { return reinterpret_cast<uintptr_t>(&exception); }

inline bool holds_exceptions(ValType type) {
  return type.is_ref() && !type.is_concrete() && type.heap() == HeapType::Exn;
}

// Calls `visit` with each value of the exception that is an exception.
template <class Visit> void each_inner(const Exception& exception, Visit visit) {
  const TypeDef& type = *exception.tag->type;
  if (!type.has_references) return;
  const Slot* at = exception.values();
  for (ValType value : type.params()) {
    if (holds_exceptions(value) && *at != 0) visit(*exception_of(*at));
    at += value.slots();
  }
}

// A new one, held once for the caller. Null: no memory.
Exception* make_exception(Tag& tag, const Slot* values);

// The exception on its way through the frames of `env`, held; null: none.
[[nodiscard]] Exception* thrown(const ExecEnv& env);
// Takes over a reference. Null: none is any more. False: no memory, and the reference is released.
bool set_thrown(ExecEnv& env, Exception* exception);
// Its reference is the caller's.
Exception* take_thrown(ExecEnv& env);

}  // namespace wembed
