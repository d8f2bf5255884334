// sem_*: semaphores with names, which are the program's own: neither another guest nor the system
// knows of them.
#include <cstring>

#include "libc/functions.h"
#include "libc/program.h"

namespace wembed::libc {

namespace {

constexpr uint32_t kCreate = 0100;  // O_CREAT
constexpr uint32_t kMostCount = INT32_MAX;

// Where the link to it is; null: no name of that kind.
Semaphore** find(Program& program, const Text& name) {
  for (Semaphore** at = &program.semaphores; *at != nullptr; at = &(*at)->next) {
    const Semaphore& semaphore = **at;
    if (semaphore.name_length != name.length) continue;
    if (std::memcmp(semaphore.name, name.data, semaphore.name_length) == 0) return at;
  }
  return nullptr;
}

// Null: too many, or no memory.
Semaphore* create(Program& program, const Text& name, uint32_t count) {
  uint32_t others = 0;
  for (Semaphore* at = program.semaphores; at != nullptr; at = at->next) others++;
  if (others >= Program::kMostSemaphores || count > kMostCount) return nullptr;
  auto* made = program.make<Semaphore>();
  if (made == nullptr) return nullptr;
  made->count = count;
  made->name_length = static_cast<uint32_t>(name.length);
  std::memcpy(made->name, name.data, made->name_length);
  made->next = program.semaphores;
  program.semaphores = made;
  return made;
}

// act(program, name) with a name that may be one, under the program's mutex.
template <class Act> Trap with_name(Call& call, Act act) {
  Text name;
  if (Trap trap = call.string(call.pointer(0), name); trap != Trap::None) return trap;
  if (name.length == 0 || name.length > Semaphore::kMostName) return call.give(kFailed);
  Program* program = Program::of(call.instance());
  if (program == nullptr) return call.give(kFailed);
  std::lock_guard lock(program->mutex());
  return act(*program, name);
}

// act(program, semaphore, lock) with one that is open.
template <class Act> Trap with(Call& call, Act act) {
  Program* program = Program::of(call.instance());
  if (program == nullptr) return call.give(kFailed);
  Lock lock(program->mutex());
  auto* semaphore = program->find<Semaphore>(call.word(0));
  if (semaphore == nullptr || !semaphore->is_open) return call.give(kFailed);
  return act(*semaphore, lock);
}

// False: it is as high as it can be.
bool post(Semaphore& semaphore) {
  if (semaphore.line.call_first()) return true;
  if (semaphore.count == kMostCount) return false;
  semaphore.count++;
  return true;
}

}  // namespace

Trap semaphore_open(Call& call) {
  return with_name(call, [&](Program& program, const Text& name) {
    Semaphore** known = find(program, name);
    Semaphore* semaphore = known == nullptr ? nullptr : *known;
    if (semaphore == nullptr && (call.word(1) & kCreate) != 0) {
      semaphore = create(program, name, call.word(3));
    }
    if (semaphore == nullptr) return call.give(kFailed);
    semaphore->is_open = true;
    return call.give(semaphore->number);
  });
}

// Its name stays.
Trap semaphore_close(Call& call) {
  return with(call, [&](Semaphore& semaphore, Lock&) {
    semaphore.is_open = false;
    return call.give(0);
  });
}

// Not one that somebody waits for.
Trap semaphore_unlink(Call& call) {
  return with_name(call, [&](Program& program, const Text& name) {
    Semaphore** link = find(program, name);
    if (link == nullptr || !(*link)->line.is_empty()) return call.give(kFailed);
    Semaphore& semaphore = **link;
    *link = semaphore.next;
    program.end(semaphore);
    return call.give(0);
  });
}

Trap semaphore_wait(Call& call) {
  return with(call, [&](Semaphore& semaphore, Lock& lock) {
    if (semaphore.count > 0) {
      semaphore.count--;
      return call.give(0);
    }
    const uint32_t number = semaphore.number;
    Waiter waiter(call.env());
    Trap trap = semaphore.line.wait(waiter, lock);
    if (trap == Trap::None) return call.give(0);
    // What it was called for is another's, if the semaphore is still there.
    Program* program = Program::of(call.instance());
    auto* still = program->find<Semaphore>(number);
    if (waiter.is_called && still != nullptr) post(*still);
    return trap;
  });
}

Trap semaphore_try(Call& call) {
  return with(call, [&](Semaphore& semaphore, Lock&) {
    if (semaphore.count == 0) return call.give(kFailed);
    semaphore.count--;
    return call.give(0);
  });
}

Trap semaphore_post(Call& call) {
  return with(
      call, [&](Semaphore& semaphore, Lock&) { return call.give(post(semaphore) ? 0 : kFailed); });
}

Trap semaphore_value(Call& call) {
  const uint64_t target = call.pointer(1);
  if (call.range(target, 1) == nullptr) return Trap::MemoryOutOfBounds;
  return with(call, [&](Semaphore& semaphore, Lock&) {
    return call.give(call.write_word(target, semaphore.count) ? 0 : kFailed);
  });
}

}  // namespace wembed::libc
