// Walks the frames of a stopped guest.
#include "runtime/trap_record.h"

#include "runtime/exec_env_cold.h"
#include "runtime/frame.h"
#include "runtime/instance_cold.h"
#include "runtime/store.h"

namespace wembed {

namespace {

void add_frame(TrapRecord& record, Module* module, uint32_t function, uint64_t offset) {
  if (record.frame_count < TrapRecord::kMaxFrames) {
    record.frames[record.frame_count++] = {module, function, offset};
  }
  record.frame_total++;
}

// Only modules of instances that it may reach are sure to live as long as the record does.
void add_frame(TrapRecord& record, const Instance& entry, const Instance& instance,
               uint32_t function, uint64_t offset) {
  if (is_within_reach(entry, instance)) {
    add_frame(record, instance.module, function, offset);
  } else {
    record.frame_total++;
  }
}

void record_frames(TrapRecord& record, const ExecEnv& env, const Instance& entry) {
  record.frame_count = 0;
  record.frame_total = 0;
  if (const Function* host = env.cold->failed_host; host != nullptr) {
    add_frame(record, entry, *host->instance, host->index, kNoOffset);
  }
  for (FrameWalker frame(env.fp, env.place); !frame.done(); frame.next()) {
    bool is_wanted = record.frame_count < TrapRecord::kMaxFrames;
    uint64_t offset = is_wanted ? frame.offset() : kNoOffset;
    add_frame(record, entry, frame.instance(), frame.code().function, offset);
  }
}

// The text is with the instance that was running: it goes to the one that was called.
void move_exception(Instance& from, Instance& to) {
  if (&from == &to) return;
  to.set_exception(from.exception_text() + sizeof("Exception: ") - 1, from.pending_trap());
  from.set_exception(nullptr);
}

void set_text(ExecEnv& env, Trap trap, Instance& entry) {
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
  set_text(env, trap, entry);
  Instance::Cold& cold = *entry.cold;
  if (make_trap_record(entry)) {
    cold.trap->code = trap;
    record_frames(*cold.trap, env, entry);
  }
  env.cold->failed_host = nullptr;
}

bool make_trap_record(Instance& instance) {
  Instance::Cold& cold = *instance.cold;
  if (cold.trap == nullptr) cold.trap = instance.allocator->create<TrapRecord>();
  return cold.trap != nullptr;
}

const TrapRecord* trap_record(const Instance& instance) { return instance.cold->trap; }

}  // namespace wembed
