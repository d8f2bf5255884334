// Walks the frames of a stopped guest.
#include "runtime/trap_record.h"

#include <cstdio>
#include <mutex>

#include "runtime/exception_space.h"
#include "runtime/exec_env_cold.h"
#include "runtime/frame.h"
#include "runtime/instance_cold.h"
#include "runtime/profile.h"
#include "runtime/store.h"

namespace wembed {

namespace {

// Only modules of instances that it may reach are sure to live as long as the record does.
void add_frame(TrapRecord& record, const Instance& entry, const Instance& instance,
               const TrapFrame& frame) {
  record.frame_total++;
  if (record.frame_count == TrapRecord::kMaxFrames || !is_within_reach(entry, instance)) return;
  record.frames[record.frame_count++] = frame;
}

void record_frames(TrapRecord& record, const ExecEnv& env, const Instance& entry) {
  record.frame_count = 0;
  record.frame_total = 0;
  const Function* host = env.cold->failed_host;
  if (host != nullptr && host->index != kNotOfModule) {
    const Instance& owner = *host->instance;
    add_frame(record, entry, owner, {owner.module, &owner, host->index, false, nullptr, nullptr});
  }
  for (FrameWalker frame(env.fp, env.place); !frame.done(); frame.next()) {
    const Code& code = frame.code();
    add_frame(record, entry, frame.instance(),
              {frame.instance().module, &frame.instance(), code.function, frame.is_return(), &code,
               frame.place()});
  }
}

// The text is with the instance that was running: it goes to the one that was called.
void move_exception(Instance& from, Instance& to) {
  if (&from == &to) return;
  to.set_exception(from.exception_text() + sizeof("Exception: ") - 1, from.pending_trap());
  from.set_exception(nullptr);
}

// What there was no memory for.
void set_refusal(ExecEnv& env, Instance& entry) {
  char text[sizeof(Instance::exception)];
  auto& [kind, bytes] = env.cold->refused;
  const Heap* heap = env.cold->heap == nullptr ? nullptr : &env.cold->heap->owner();
  auto number = [](uint64_t value) { return static_cast<unsigned long long>(value); };
  std::snprintf(text, sizeof text, "%s: %s of %llu bytes, the heap has %llu of %llu",
                trap_text(Trap::OutOfMemory), kind, number(bytes),
                number(heap == nullptr ? 0 : heap->taken()),
                number(heap == nullptr ? 0 : heap->limit()));
  entry.set_exception(text, Trap::OutOfMemory);
  kind = nullptr;
}

void set_text(ExecEnv& env, Trap trap, Instance& entry) {
  if (trap == Trap::OutOfMemory && env.cold->refused.kind != nullptr) {
    return set_refusal(env, entry);
  }
  Instance* running = env.instance;
  bool has_text = trap == Trap::HostException || trap == Trap::UnlinkedImport;
  if (!has_text) {
    entry.set_exception(trap_text(trap), trap);
  } else if (running != nullptr && running->has_exception()) {
    move_exception(*running, entry);
  } else if (!entry.has_exception()) {
    entry.set_exception(trap_text(trap));
  }
}

}  // namespace

void record_trap(ExecEnv& env, Trap trap, Instance& entry) {
  if (trap != Trap::Exception) {
    set_thrown(env, nullptr);  // It was stopped on its way.
    set_text(env, trap, entry);
  } else if (!pend_exception(entry, take_thrown(env))) {
    trap = Trap::OutOfMemory;
  }
  Instance::Cold& cold = *entry.cold;
  if (make_trap_record(entry)) {
    cold.trap->code = trap;
    record_frames(*cold.trap, env, entry);
  }
  env.cold->failed_host = nullptr;
  profile_leave(env, env.top);
}

bool pend_exception(Instance& instance, Exception* exception) {
  if (exception != nullptr && make_trap_record(instance)) {
    instance.set_exception(trap_text(Trap::Exception), Trap::Exception);
    std::lock_guard lock(instance.cold->mutex);
    instance.cold->trap->exception = exception;
    return true;
  }
  if (exception != nullptr) exception->release();
  instance.set_exception(trap_text(Trap::OutOfMemory), Trap::OutOfMemory);
  return false;
}

Exception* pending_exception(const Instance& instance) {
  const TrapRecord* record = instance.cold->trap;
  return record == nullptr || instance.pending_trap() != Trap::Exception ? nullptr
                                                                         : record->exception;
}

Exception* take_pending_exception(Instance& instance) {
  Exception* exception = pending_exception(instance);
  if (exception != nullptr) exception->retain();
  instance.set_exception(nullptr);
  return exception;
}

uint64_t TrapFrame::offset() const {
  return place == nullptr ? kNoOffset : locate(*code, place, is_return);
}

bool make_trap_record(Instance& instance) {
  Instance::Cold& cold = *instance.cold;
  if (cold.trap == nullptr) cold.trap = instance.allocator->create<TrapRecord>();
  return cold.trap != nullptr;
}

void free_trap_record(Instance& instance) {
  TrapRecord* record = instance.cold->trap;
  if (record->exception != nullptr) record->exception->release();
  free_exception_spaces(record->exceptions);
  instance.allocator->release(record);
}

const TrapRecord* trap_record(const Instance& instance) { return instance.cold->trap; }

}  // namespace wembed
