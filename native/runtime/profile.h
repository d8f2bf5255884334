// How often functions of an instance were called and how long they ran, for runtimes that ask for
// it: their instances run code of the profiled variant, which says when a function begins and ends.
//
// What runs on an exec_env is noted on a stack beside the wasm stack, by frames. Calls that end in
// a trap, or in an exception, leave their notes there: they are taken off when the frames are known
// to be gone, and count until then.
#pragma once

#include <atomic>
#include <cstdint>
#include <span>

#include "base/allocator.h"
#include "base/vector.h"
#include "runtime/value.h"

namespace wembed {

struct ExecEnv;
struct Instance;

struct FunctionTimes {
  std::atomic<uint64_t> calls;
  std::atomic<uint64_t> total_ns;  // with all that it called; once for each call of a recursion
  std::atomic<uint64_t> inner_ns;  // of that in functions that it called

  [[nodiscard]] uint64_t own_ns() const {
    return total_ns.load(std::memory_order_relaxed) - inner_ns.load(std::memory_order_relaxed);
  }
};

// Of one instance; counted, since notes of calls may outlive it.
class Profile {
 public:
  // Null: no memory.
  static Profile* create(Allocator& allocator, uint32_t functions);
  void retain() { holders_.fetch_add(1, std::memory_order_relaxed); }
  void release();

  // By index in the module's function index space.
  [[nodiscard]] FunctionTimes& of(uint32_t function) { return times()[function]; }
  [[nodiscard]] std::span<FunctionTimes> times() {
    return {reinterpret_cast<FunctionTimes*>(this + 1), count_};
  }

 private:
  Profile(Allocator& allocator, uint32_t count) : allocator_(allocator), count_(count) {}
  ~Profile() = default;
  friend struct ::wembed::Allocator;

  Allocator& allocator_;
  std::atomic<uint32_t> holders_{1};
  uint32_t count_;
};

// A call that runs.
struct ProfiledCall {
  const Slot* fp;  // of its frame; of a host function one slot above its caller's
  Profile* profile;
  uint32_t function;
  uint64_t begun_ns;
  uint64_t inner_ns;
};

struct ProfileStack {
  explicit ProfileStack(Allocator& allocator) : calls(allocator) {}
  Vector<ProfiledCall> calls;
};

// The frame at `fp`, whose arguments begin at `base`, has begun to run. Where there is no memory to
// note it, it is not counted, and its time is its caller's.
void profile_enter(ExecEnv& env, const Slot* fp, const Slot* base);
// The function in the frame at `fp` is about to call that import; nothing unless it is the host's.
void profile_host(ExecEnv& env, const Slot* fp, uint32_t function);
// All calls from `fp` upwards have come to their end.
void profile_leave(ExecEnv& env, const Slot* fp);

void destroy_profile_stack(ExecEnv& env);

}  // namespace wembed
