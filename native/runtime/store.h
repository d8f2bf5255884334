// A group of linked instances. References among them may point anywhere in the group, so what is
// left of a closed instance stays while others may get at it:
//
//   never within reach of others   freed when it is closed: it only used them
//   within reach of others         freed when a look (reach.h) finds that nothing leads to it any
//                                  more, or with the last instance of its group
//
// Within reach is an instance from which something was imported, whose references may have passed
// to others (by an imported table or global, as an argument), or which ran on another's exec_env.
// That costs nothing to know and is never taken back.
//
// Groups only ever unite, the smaller into the larger, so that each instance moves a logarithmic
// number of times, and one that joins a group once. Whoever follows Instance::store holds
// Runtime::store_mutex(), and who writes it does so atomically. The free functions below take the
// mutex themselves, for instances that were never linked only the instance's own.
#pragma once

#include <cstdint>
#include <mutex>

namespace wembed {

struct ExecEnv;
struct Instance;
class ObjectSpace;
class Runtime;

// Each instance has room for the group it begins in; that of one member within reach serves all.
class Store {
 public:
  Store() = default;
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  // The group's objects, once there is one. Under Runtime::store_mutex().
  ObjectSpace* objects = nullptr;

  // True once some call in the group counts instructions: then every instance has metered code.
  [[nodiscard]] bool metered() const { return metered_ != 0; }
  void set_metered() { metered_ = 1; }

  [[nodiscard]] Instance* instances() const { return instances_; }
  [[nodiscard]] uint32_t size() const { return size_; }

  // One group from now on: `other` is emptied, if it is another one. False: no memory.
  [[nodiscard]] bool unite(Store& other);

  // No member any more.
  void take_out(Instance& instance);

  // Closing an instance was worth so many steps of looking for what can go. Whether the next look
  // is due: it will take `least` steps, or as many as the last; closings were worth as many but for
  // `allowed`.
  [[nodiscard]] bool is_look_due(uint64_t worth, uint64_t least, uint64_t allowed);
  void look_was_made(uint64_t steps);
  void postpone_look();  // until half as much again was closed

 private:
  friend void begin_store(Instance& instance);
  friend void leave_store(Instance& instance);

  Instance* instances_ = nullptr;
  uint32_t size_ : 31 = 0;
  uint32_t metered_ : 1 = 0;
  uint32_t open_ = 0;
  uint64_t credit_ = 0;  // of closings since the last look, in its steps
  uint64_t price_ = 0;   // what the next one may cost
};

// A group for a new instance that nobody else knows yet; it counts as open.
void begin_store(Instance& instance);

// The instance is used no more. It is freed, unless others of its group can get at it, and so are
// closed ones that only it could; the last open one takes the whole group along.
void leave_store(Instance& instance);

// An exec_env belongs to the instance it was made for, or is lent to.
void add_env(Instance& home, ExecEnv& env);
void remove_env(Instance& home, ExecEnv& env);

// Whether any was made in the group, as far as the thread that ends or resets the instance has to
// know: false only when nothing can run.
bool has_envs(const Instance& instance);

// Puts two instances into one group, for a reference that passes from one to the other. False
// when they belong to different runtimes, or metered code is wanted and there is no memory for it.
// Code of `user` may get at `owner` from now on; `both`: the reverse as well.
[[nodiscard]] bool join(Instance& user, Instance& owner, bool both = true);

// Whether the two are in one group and `owner` counts as within reach. Any thread: others may be
// uniting groups meanwhile.
[[nodiscard]] bool is_within_reach(const Instance& user, const Instance& owner);

// Makes metered code for all instances of a group and of what joins later. False: no memory.
[[nodiscard]] bool meter(Instance& instance);

}  // namespace wembed
