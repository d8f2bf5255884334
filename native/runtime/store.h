// A group of linked instances. References among them may point anywhere in the group, so the
// storage of a closed instance stays until every instance of its group is closed.
//
// Groups only ever unite. All of this is guarded by Runtime::store_mutex(), except that an
// instance's own thread may read Instance::store.
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

  // Takes a new instance in; it counts as open.
  void add(Instance& instance);

  // The instance is used no more. When it was the last open one, the whole group is freed, this
  // object with it.
  void close(Instance& instance);

  // One group from now on: `other` is emptied and freed, if it is another one.
  void unite(Store& other);

  void add_env(ExecEnv& env);
  void remove_env(ExecEnv& env);

  // True once some call in the group counts instructions: then every instance has metered code.
  bool metered = false;

  [[nodiscard]] Instance* instances() const { return instances_; }
  [[nodiscard]] ExecEnv* envs() const { return envs_; }

 private:
  explicit Store(Runtime& runtime) : runtime_(runtime) {}
  ~Store() = default;
  friend struct ::wembed::Allocator;
  void free_all();

  Runtime& runtime_;
  Instance* instances_ = nullptr;
  ExecEnv* envs_ = nullptr;
  uint32_t open_ = 0;
};

// Puts two instances into one group, for a reference that passes from one to the other. False
// when they belong to different runtimes, or metered code is wanted and there is no memory for it.
[[nodiscard]] bool join(Instance& a, Instance& b);

// Makes metered code for all instances of a group and of what joins later. False: no memory.
[[nodiscard]] bool meter(Instance& instance);

}  // namespace wembed
