// A group of linked instances. References among them may point anywhere in the group, so the
// storage of a closed instance stays until every instance of its group is closed.
//
// Groups only ever unite, and the group an instance was in is freed then: whoever follows
// Instance::store holds Runtime::store_mutex(). The free functions below take it themselves.
#pragma once

#include <cstdint>

#include "base/allocator.h"

namespace wembed {

struct ExecEnv;
struct Instance;
class Runtime;

class Store {
 public:
  static Store* create(Runtime& runtime);

  // One group from now on: `other` is emptied and freed, if it is another one.
  void unite(Store& other);

  // True once some call in the group counts instructions: then every instance has metered code.
  bool metered = false;

  [[nodiscard]] Instance* instances() const { return instances_; }
  [[nodiscard]] ExecEnv* envs() const { return envs_; }

 private:
  explicit Store(Runtime& runtime) : runtime_(runtime) {}
  ~Store() = default;
  friend struct ::wembed::Allocator;
  friend void enter_store(Store& store, Instance& instance);
  friend void leave_store(Instance& instance);
  friend void add_env(Instance& home, ExecEnv& env);
  friend void remove_env(Instance& home, ExecEnv& env);
  void forget_envs();
  void free_all();

  Runtime& runtime_;
  Instance* instances_ = nullptr;
  ExecEnv* envs_ = nullptr;
  uint32_t open_ = 0;
};

// Takes a new instance in; it counts as open.
void enter_store(Store& store, Instance& instance);

// The instance is used no more. When it was the last open one, its whole group is freed.
void leave_store(Instance& instance);

// An exec_env belongs to the group of the instance it was made for.
void add_env(Instance& home, ExecEnv& env);
void remove_env(Instance& home, ExecEnv& env);

// Puts two instances into one group, for a reference that passes from one to the other. False
// when they belong to different runtimes, or metered code is wanted and there is no memory for it.
// Code of `user` may get at `owner` from now on; `both`: the reverse as well.
[[nodiscard]] bool join(Instance& user, Instance& owner, bool both = true);

// Makes metered code for all instances of a group and of what joins later. False: no memory.
[[nodiscard]] bool meter(Instance& instance);

}  // namespace wembed
