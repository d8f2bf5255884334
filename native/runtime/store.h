// A group of linked instances. References among them may point anywhere in the group, so the
// storage of a closed instance stays until every instance of its group is closed.
//
// Groups only ever unite, and the group an instance was in is used no more then: whoever follows
// Instance::store holds Runtime::store_mutex(), and who writes it does so atomically. The free
// functions below take the mutex themselves.
#pragma once

#include <cstdint>

namespace wembed {

struct ExecEnv;
struct Instance;
class Runtime;

// Each instance has room for the group it begins in; that of one member serves all.
class Store {
 public:
  Store() = default;
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  // One group from now on: `other` is emptied, if it is another one.
  void unite(Store& other);

  // True once some call in the group counts instructions: then every instance has metered code.
  bool metered = false;

  [[nodiscard]] Instance* instances() const { return instances_; }
  [[nodiscard]] ExecEnv* envs() const { return envs_; }

 private:
  friend void begin_store(Instance& instance);
  friend void leave_store(Instance& instance);
  friend void add_env(Instance& home, ExecEnv& env);
  friend void remove_env(Instance& home, ExecEnv& env);
  void forget_envs();

  Instance* instances_ = nullptr;
  ExecEnv* envs_ = nullptr;
  uint32_t open_ = 0;
};

// A group for a new instance that nobody else knows yet; it counts as open.
void begin_store(Instance& instance);

// The instance is used no more. When it was the last open one, its whole group is freed.
void leave_store(Instance& instance);

// An exec_env belongs to the group of the instance it was made for.
void add_env(Instance& home, ExecEnv& env);
void remove_env(Instance& home, ExecEnv& env);

// Whether any was made in the group, as far as the thread that ends or resets the instance has to
// know: false only when nothing can run.
bool has_envs(const Instance& instance);

// Puts two instances into one group, for a reference that passes from one to the other. False
// when they belong to different runtimes, or metered code is wanted and there is no memory for it.
// Code of `user` may get at `owner` from now on; `both`: the reverse as well.
[[nodiscard]] bool join(Instance& user, Instance& owner, bool both = true);

// Whether references may pass between the two. Any thread: others may be uniting groups meanwhile.
[[nodiscard]] bool in_one_group(const Instance& a, const Instance& b);

// Makes metered code for all instances of a group and of what joins later. False: no memory.
[[nodiscard]] bool meter(Instance& instance);

}  // namespace wembed
