#include "runtime/live_frames.h"

#include "runtime/frame.h"
#include "runtime/instance.h"

namespace wembed {

namespace {

// The frames of one entry into the guest, and the native at their end. False: no more are wanted.
bool visit_entry(const Function* host, const Slot* fp, const void* place, VisitFrame visit,
                 void* context) {
  bool is_native = host != nullptr && host->index != kNotOfModule;
  if (is_native && !visit(context, *host->instance, host->index)) return false;
  for (FrameWalker frame(fp, place); !frame.done(); frame.next()) {
    auto& instance = const_cast<Instance&>(frame.instance());
    if (!visit(context, instance, frame.code().function)) return false;
  }
  return true;
}

}  // namespace

void visit_live_frames(const ExecEnv& env, VisitFrame visit, void* context) {
  if (!visit_entry(env.host_function, env.fp, env.place, visit, context)) return;
  for (const Entry* entry = env.cold->entries; entry != nullptr; entry = entry->previous) {
    if (!visit_entry(entry->host_function, entry->fp, entry->place, visit, context)) return;
  }
}

}  // namespace wembed
