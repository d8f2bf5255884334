#include "runtime/profile.h"

#include <new>

#include "platform/clock.h"
#include "runtime/exec_env_cold.h"
#include "runtime/instance_cold.h"
#include "runtime/runtime.h"

namespace wembed {

Profile* Profile::create(Allocator& allocator, uint32_t functions) {
  void* block = allocator.allocate(sizeof(Profile) + size_t{functions} * sizeof(FunctionTimes));
  if (block == nullptr) return nullptr;
  auto* profile = ::new (block) Profile(allocator, functions);
  for (uint32_t i = 0; i < functions; i++) ::new (&profile->times()[i]) FunctionTimes{};
  return profile;
}

void Profile::release() {
  if (holders_.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
  Allocator& allocator = allocator_;
  allocator.destroy(this);
}

namespace {

ProfileStack* stack_of(ExecEnv& env) {
  ExecEnv::Cold& cold = *env.cold;
  if (cold.profile == nullptr) {
    Allocator& allocator = cold.runtime->allocator();
    cold.profile = allocator.create<ProfileStack>(allocator);
  }
  return cold.profile;
}

void end_last(ProfileStack& stack, uint64_t now) {
  const ProfiledCall call = stack.calls.back();
  stack.calls.pop_back();
  const uint64_t took = now - call.begun_ns;
  FunctionTimes& times = call.profile->of(call.function);
  times.total_ns.fetch_add(took, std::memory_order_relaxed);
  times.inner_ns.fetch_add(call.inner_ns, std::memory_order_relaxed);
  call.profile->release();
  if (stack.calls.size() > 0) stack.calls.back().inner_ns += took;
}

void begin(ExecEnv& env, const Slot* fp, const Slot* live, const Instance& instance,
           uint32_t function) {
  ProfileStack* stack = stack_of(env);
  Profile* profile = instance.cold->profile;
  if (stack == nullptr || profile == nullptr) return;
  profile_leave(env, live);
  const uint64_t now = platform::monotonic_ns();
  if (!stack->calls.push_back({fp, profile, function, now, 0})) return;
  profile->retain();
  profile->of(function).calls.fetch_add(1, std::memory_order_relaxed);
}

}  // namespace

// What runs has its frame at or below the caller's; with the host as the caller, below the
// arguments.
void profile_enter(ExecEnv& env, const Slot* fp, const Slot* base) {
  const auto* caller = reinterpret_cast<const Slot*>(fp[kLinkCaller]);
  const auto& instance = *reinterpret_cast<const Instance*>(fp[kLinkInstance]);
  const auto& code = *reinterpret_cast<const Code*>(fp[kLinkCode]);
  begin(env, fp, caller == nullptr ? base : caller + 1, instance, code.function);
}

void profile_host(ExecEnv& env, const Slot* fp, uint32_t function) {
  const auto& instance = *reinterpret_cast<const Instance*>(fp[kLinkInstance]);
  if (instance.imported_functions[function]->host == nullptr) return;
  begin(env, fp + 1, fp + 1, instance, function);
}

void profile_leave(ExecEnv& env, const Slot* fp) {
  ProfileStack* stack = env.cold->profile;
  if (stack == nullptr || stack->calls.size() == 0 || stack->calls.back().fp < fp) return;
  const uint64_t now = platform::monotonic_ns();
  while (stack->calls.size() > 0 && stack->calls.back().fp >= fp) end_last(*stack, now);
}

void destroy_profile_stack(ExecEnv& env) {
  ProfileStack* stack = env.cold->profile;
  if (stack == nullptr) return;
  profile_leave(env, env.stack_base);
  env.cold->runtime->allocator().destroy(stack);
}

}  // namespace wembed
