#include "runtime/exception_space.h"

#include <algorithm>
#include <mutex>
#include <utility>

#include "runtime/exec_env_cold.h"
#include "runtime/field.h"
#include "runtime/instance_cold.h"
#include "runtime/object_space.h"
#include "runtime/runtime.h"
#include "runtime/store.h"
#include "runtime/trap_record.h"

namespace wembed {

namespace {

constexpr size_t kFirstSize = 64;
constexpr size_t kLeastLimit = 256;  // exceptions between two looks
constexpr Slot kSeen = 1;

Slot address_of(Slot entry) { return entry & ~kSeen; }

size_t home_of(const ExceptionSpace& space, Slot address) {
  return static_cast<size_t>((address * 0x9e3779b97f4a7c15u) >> 32) & (space.size - 1);
}

// Where the exception is, or where it would be put.
Slot& place_of(ExceptionSpace& space, Slot address) {
  size_t at = home_of(space, address);
  while (space.entries[at] != 0 && address_of(space.entries[at]) != address) {
    at = (at + 1) & (space.size - 1);
  }
  return space.entries[at];
}

void see(ExceptionSpace& space, Slot slot) {
  if (slot == 0 || (slot & kSeen) != 0) return;
  Slot& entry = place_of(space, slot);
  if (entry != 0) entry = slot | space.seen;
}

bool grow(ExceptionSpace& space) {
  const size_t size = space.size == 0 ? kFirstSize : 2 * space.size;
  auto* made = static_cast<Slot*>(space.allocator.allocate(size * sizeof(Slot)));
  if (made == nullptr) return false;
  std::fill_n(made, size, 0);
  Slot* old = std::exchange(space.entries, made);
  const size_t old_size = std::exchange(space.size, size);
  for (size_t i = 0; i < old_size; i++) {
    if (old[i] != 0) place_of(space, address_of(old[i])) = old[i];
  }
  space.allocator.release(old);
  return true;
}

// Takes the entry at `hole` out. Those behind it that would not be found any more move up.
void take_out(ExceptionSpace& space, size_t hole) {
  const size_t mask = space.size - 1;
  space.count--;
  for (size_t at = (hole + 1) & mask; space.entries[at] != 0; at = (at + 1) & mask) {
    const size_t home = home_of(space, address_of(space.entries[at]));
    if (((at - home) & mask) < ((at - hole) & mask)) continue;
    space.entries[hole] = space.entries[at];
    hole = at;
  }
  space.entries[hole] = 0;
}

// Where slots outside of stacks may refer to one.
class Outside {
 public:
  Outside(ExceptionSpace& space, const ExecEnv& env) : space_(space), env_(env) {}

  // False: other threads may be reading and writing them, so that it cannot be told.
  bool look() {
    const Instance* home = env_.cold->home;
    if (home == nullptr) return true;
    if (!home->cold->is_joined.load(std::memory_order_acquire)) {
      return visit(*home) && visit_objects(*home->store);
    }
    std::lock_guard lock(home->runtime->store_mutex());
    bool good = true;
    for (const Instance* at = home->store->instances(); at != nullptr; at = at->cold->next) {
      good = visit(*at) && good;
    }
    return good && visit_objects(*home->store);
  }
  [[nodiscard]] uint64_t steps() const { return steps_; }
  // One that has such slots.
  [[nodiscard]] const Instance* holder() const { return holder_; }

 private:
  bool visit(const Instance& instance) {
    if (!instance.cold->is_made.load(std::memory_order_acquire)) return true;
    const Module& module = *instance.module;
    bool has_any = false;
    for (uint32_t i = 0; i < module.globals().size(); i++) {
      if (!holds_exceptions(module.globals()[i].type.type)) continue;
      has_any = true;
      see(space_, __atomic_load_n(&instance.global(i)->slots[0], __ATOMIC_RELAXED));
    }
    for (uint32_t i = 0; i < module.tables().size(); i++) {
      const Table& table = *instance.tables[i];
      if (!holds_exceptions(table.type.element)) continue;
      has_any = true;
      const uint64_t size = __atomic_load_n(&table.size, __ATOMIC_ACQUIRE);
      for (uint64_t k = 0; k < size; k++) {
        see(space_, __atomic_load_n(&table.elements[k], __ATOMIC_RELAXED));
      }
      steps_ += size;
    }
    for (const TypeDef* type : module.types()) {
      steps_ += 1 + type->traced_count;
      for (const TracedField& field : std::span(type->traced, type->traced_count)) {
        if (holds_exceptions(field.type)) has_any = objects_have_any_ = true;
      }
    }
    if (!has_any) return true;
    holder_ = &instance;
    return !is_used_by_others(instance);
  }

  // Those too that the next collection will free. Where a type of theirs is that of a module which
  // is gone, they were passed to one that knows it, or nobody can read the field.
  bool visit_objects(const Store& store) {
    if (store.objects == nullptr || !objects_have_any_) return true;
    for (const Instance* at = store.instances(); at != nullptr; at = at->cold->next) {
      if (is_used_by_others(*at)) return false;
    }
    store.objects->heap().for_each([this](const Object& object) { visit(object); });
    return true;
  }
  void visit(const Object& object) {
    const TypeDef& type = type_of(object);
    steps_++;
    for_each_traced(object, type, [this](ValType value, Slot slot) {
      if (holds_exceptions(value)) see(space_, slot);
      steps_++;
    });
  }

  // Another thread may have read a reference that is overwritten by now.
  bool is_used_by_others(const Instance& instance) {
    std::lock_guard lock(instance.cold->mutex);
    for (const ExecEnv* at = instance.cold->envs; at != nullptr; at = at->cold->next) {
      if (at != &env_ && at->depth.load(std::memory_order_acquire) > 0) return true;
    }
    return false;
  }

  ExceptionSpace& space_;
  const ExecEnv& env_;
  const Instance* holder_ = nullptr;
  bool objects_have_any_ = false;
  uint64_t steps_ = 0;
};

void sweep(ExceptionSpace& space) {
  for (size_t i = 0; i < space.size; i++) {
    while (space.entries[i] != 0 && (space.entries[i] & kSeen) != space.seen) {
      Exception& exception = *exception_of(address_of(space.entries[i]));
      take_out(space, i);
      exception.release();
    }
  }
}

void look(ExceptionSpace& space, const ExecEnv& env, const Slot* top) {
  space.seen ^= kSeen;
  for (const Slot* at = env.stack_base; at < top; at++) see(space, *at);
  Outside outside(space, env);
  if (outside.look()) {
    sweep(space);
  } else {
    for (size_t i = 0; i < space.size; i++) see(space, address_of(space.entries[i]));
  }
  // The next one is due when it is worth what this one has read.
  constexpr size_t kStepsEach = 16;
  const size_t steps = static_cast<size_t>(top - env.stack_base) + outside.steps();
  space.limit = std::max({kLeastLimit, 2 * space.count, space.count + steps / kStepsEach});
}

}  // namespace

ExceptionSpace* exception_space(ExecEnv& env) {
  ExceptionSpace*& space = env.cold->exceptions;
  if (space == nullptr) {
    Allocator& allocator = env.cold->runtime->allocator();
    space = allocator.create<ExceptionSpace>(allocator);
  }
  return space;
}

bool keep_exception(ExecEnv& env, Exception& exception, const Slot* top) {
  ExceptionSpace* space = exception_space(env);
  if (space == nullptr) return false;
  if (space->limit == 0) space->limit = kLeastLimit;
  if (space->count >= space->limit) look(*space, env, top);
  if (4 * (space->count + 1) > 3 * space->size && !grow(*space)) return false;
  Slot& entry = place_of(*space, slot_of(exception));
  if (entry == 0) {
    entry = slot_of(exception) | space->seen;
    space->count++;
    exception.retain();
  }
  return true;
}

void leave_exceptions(ExecEnv& env) {
  ExceptionSpace* space = std::exchange(env.cold->exceptions, nullptr);
  if (space == nullptr) return;
  if (space->thrown != nullptr) std::exchange(space->thrown, nullptr)->release();
  if (space->count > 0) {
    // Exceptions in globals and tables stay as long as an instance that has such.
    space->seen ^= kSeen;
    Outside outside(*space, env);
    static_cast<void>(outside.look());
    sweep(*space);
    auto* holder = const_cast<Instance*>(outside.holder());
    if (space->count > 0 && holder != nullptr && make_trap_record(*holder)) {
      std::lock_guard lock(holder->cold->mutex);
      space->next = std::exchange(holder->cold->trap->exceptions, space);
      return;
    }
  }
  free_exception_spaces(space);
}

void free_exception_spaces(ExceptionSpace* first) {
  while (first != nullptr) {
    ExceptionSpace* space = std::exchange(first, first->next);
    for (size_t i = 0; i < space->size; i++) {
      if (space->entries[i] != 0) exception_of(address_of(space->entries[i]))->release();
    }
    Allocator& allocator = space->allocator;
    allocator.release(space->entries);
    allocator.destroy(space);
  }
}

}  // namespace wembed
