// pthread_key_*: values that each thread has of its own.
#include "libc/functions.h"
#include "libc/thread_locals.h"

namespace wembed::libc {

namespace {

// False: there is no such key.
bool is_key(const Program& program, uint32_t key) {
  return key < Program::kKeys && program.keys[key].serial != 0;
}

// act(program, key) with one that there is, under the program's mutex.
template <class Act> Trap with_key(Call& call, Act act) {
  Program* program = Program::of(call.instance());
  if (program == nullptr) return call.give(kFailed);
  std::lock_guard lock(program->mutex());
  const uint32_t key = call.word(0);
  return is_key(*program, key) ? act(*program, key) : call.give(kFailed);
}

// Null: no memory.
ThreadLocals* make_locals(Program& program, ExecEnv& env) {
  if (library_part(env) == nullptr) {
    library_part(env) = program.allocator().create<ThreadLocals>(program.allocator());
  }
  return ThreadLocals::of(env);
}

// What is to be called for a value that the thread has, which it has no more. False: nothing.
bool take_value(Program& program, ThreadLocals& locals, uint32_t key, uint32_t& destructor,
                uint32_t& value) {
  std::lock_guard lock(program.mutex());
  uint32_t* set = locals.find(program, key);
  if (set == nullptr || *set == 0) return false;
  value = *set;
  *set = 0;
  destructor = program.keys[key].destructor;
  return destructor != 0;
}

}  // namespace

Trap end_values(Program& program, ExecEnv& env) {
  ThreadLocals* locals = ThreadLocals::of(env);
  for (uint32_t key = 0; key < Program::kKeys; key++) {
    uint32_t destructor;
    uint32_t value;
    uint32_t ignored;
    if (!take_value(program, *locals, key, destructor, value)) continue;
    Trap trap = call_element(env, destructor, value, ignored);
    if (trap != Trap::None) return trap;
  }
  return Trap::None;
}

Trap key_create(Call& call) {
  const uint64_t target = call.pointer(0);
  if (call.range(target, sizeof(uint32_t)) == nullptr) return Trap::MemoryOutOfBounds;
  Program* program = Program::of(call.instance());
  if (program == nullptr) return call.give(kFailed);
  std::lock_guard lock(program->mutex());
  uint32_t key = 0;
  while (key < Program::kKeys && is_key(*program, key)) key++;
  if (key == Program::kKeys) return call.give(kFailed);
  program->last_key = program->last_key == UINT32_MAX ? 1 : program->last_key + 1;
  program->keys[key] = {program->last_key, call.word(1)};
  call.write_word(target, key);
  return call.give(0);
}

Trap key_delete(Call& call) {
  return with_key(call, [&](Program& program, uint32_t key) {
    program.keys[key] = {};
    return call.give(0);
  });
}

Trap key_set(Call& call) {
  return with_key(call, [&](Program& program, uint32_t key) {
    ThreadLocals* locals = make_locals(program, call.env());
    if (locals == nullptr) return call.give(kFailed);
    locals->set(program, key, call.word(1));
    return call.give(0);
  });
}

// 0 as well where there is no such key.
Trap key_get(Call& call) {
  Program* program = Program::of(call.instance());
  ThreadLocals* locals = ThreadLocals::of(call.env());
  if (program == nullptr || locals == nullptr) return call.give(0);
  std::lock_guard lock(program->mutex());
  if (!is_key(*program, call.word(0))) return call.give(0);
  const uint32_t* value = locals->find(*program, call.word(0));
  return call.give(value == nullptr ? 0 : *value);
}

}  // namespace wembed::libc
