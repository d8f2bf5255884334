// pthread_mutex_* and pthread_cond_*. A guest has the number of one in a word of its memory.
#include "libc/functions.h"
#include "libc/program.h"
#include "platform/clock.h"

namespace wembed::libc {

namespace {

constexpr uint32_t kTimedOut = 110;  // ETIMEDOUT

// Whoever waited longest has it then.
void give_up(Mutex& mutex) {
  if (!mutex.line.call_first()) mutex.is_locked = false;
}

// None: the caller has it. One that has to stop has not.
Trap take(Mutex& mutex, ExecEnv& env, Lock& lock) {
  if (!mutex.is_locked) {
    mutex.is_locked = true;
    return Trap::None;
  }
  Waiter waiter(env);
  Trap trap = mutex.line.wait(waiter, lock);
  if (trap != Trap::None && waiter.is_called) give_up(mutex);
  return trap;
}

// Makes one, and writes its number at the first argument; the second says nothing.
template <class T> Trap init(Call& call) {
  const uint64_t target = call.pointer(0);
  if (call.range(target, sizeof(uint32_t)) == nullptr ||
      call.range(call.pointer(1), 1) == nullptr) {
    return Trap::MemoryOutOfBounds;
  }
  Program* program = Program::of(call.instance());
  if (program == nullptr) return call.give(kFailed);
  std::lock_guard lock(program->mutex());
  const T* made = program->make<T>();
  if (made == nullptr) return call.give(kFailed);
  call.write_word(target, made->number);
  return call.give(0);
}

// act(program, object, lock) with the object whose number the argument points to.
template <class T, class Act> Trap with(Call& call, uint32_t index, Act act) {
  uint32_t number;
  if (!call.read_word(call.pointer(index), number)) return Trap::MemoryOutOfBounds;
  Program* program = Program::of(call.instance());
  if (program == nullptr) return call.give(kFailed);
  Lock lock(program->mutex());
  T* object = program->find<T>(number);
  return object == nullptr ? call.give(kFailed) : act(*program, *object, lock);
}

}  // namespace

Trap mutex_init(Call& call) { return init<Mutex>(call); }

Trap mutex_lock(Call& call) {
  return with<Mutex>(call, 0, [&](Program&, Mutex& mutex, Lock& lock) {
    Trap trap = take(mutex, call.env(), lock);
    return trap != Trap::None ? trap : call.give(0);
  });
}

Trap mutex_unlock(Call& call) {
  return with<Mutex>(call, 0, [&](Program&, Mutex& mutex, Lock&) {
    give_up(mutex);
    return call.give(0);
  });
}

// Not one that is in use.
Trap mutex_destroy(Call& call) {
  return with<Mutex>(call, 0, [&](Program& program, Mutex& mutex, Lock&) {
    if (mutex.is_locked) return call.give(kFailed);
    program.end(mutex);
    return call.give(0);
  });
}

Trap condition_init(Call& call) { return init<Condition>(call); }

namespace {

// Without the mutex until it is signalled, or the time is over; with the mutex from then on.
Trap wait(Call& call, uint64_t deadline) {
  uint32_t number;
  if (!call.read_word(call.pointer(1), number)) return Trap::MemoryOutOfBounds;
  return with<Condition>(call, 0, [&](Program& program, Condition& condition, Lock& lock) {
    auto* mutex = program.find<Mutex>(number);
    if (mutex == nullptr) return call.give(kFailed);
    const uint32_t own = condition.number;
    bool is_signalled = false;
    {
      Waiter waiter(call.env());
      give_up(*mutex);
      Trap trap = condition.line.wait(waiter, lock, deadline);
      is_signalled = waiter.is_called;
      if (trap != Trap::None) {
        // A signal is for one that goes on.
        auto* still = program.find<Condition>(own);
        if (is_signalled && still != nullptr) still->line.call_first();
        return trap;
      }
    }
    mutex = program.find<Mutex>(number);
    if (mutex == nullptr) return call.give(kFailed);
    Trap trap = take(*mutex, call.env(), lock);
    return trap != Trap::None ? trap : call.give(is_signalled ? 0 : kTimedOut);
  });
}

}  // namespace

Trap condition_wait(Call& call) { return wait(call, platform::kNever); }

// The time is microseconds from now.
Trap condition_timedwait(Call& call) {
  const uint64_t now = platform::monotonic_ns();
  const uint64_t most = (platform::kNever - now) / 1000;
  const uint64_t time = call.long_word(2);
  return wait(call, time < most ? now + time * 1000 : platform::kNever);
}

Trap condition_signal(Call& call) {
  return with<Condition>(call, 0, [&](Program&, Condition& condition, Lock&) {
    condition.line.call_first();
    return call.give(0);
  });
}

Trap condition_broadcast(Call& call) {
  return with<Condition>(call, 0, [&](Program&, Condition& condition, Lock&) {
    condition.line.call_all();
    return call.give(0);
  });
}

Trap condition_destroy(Call& call) {
  return with<Condition>(call, 0, [&](Program& program, Condition& condition, Lock&) {
    if (!condition.line.is_empty()) return call.give(kFailed);
    program.end(condition);
    return call.give(0);
  });
}

}  // namespace wembed::libc
