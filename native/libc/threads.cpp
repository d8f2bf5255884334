// pthread_create and what is done with threads.
#include "libc/functions.h"
#include "libc/thread_locals.h"
#include "module/module.h"
#include "runtime/call.h"
#include "runtime/guest_threads.h"
#include "runtime/interrupt.h"
#include "runtime/memory.h"
#include "runtime/runtime.h"
#include "runtime/table.h"

namespace wembed::libc {

namespace {

constexpr uint32_t kDeadlock = 35;  // EDEADLK

// The element's function, if it takes a word and gives at most one.
Trap find_element(Instance& instance, uint32_t element, const Function*& function) {
  if (instance.module->tables().empty()) return Trap::UndefinedElement;
  Table& table = *instance.tables[0];
  if (!table.type.element.is_function_ref()) return Trap::UndefinedElement;
  Slot value = 0;
  Trap trap = table.get(element, value);
  if (trap == Trap::TableOutOfBounds) trap = Trap::UndefinedElement;
  if (trap != Trap::None) return trap;
  if (value == 0) return Trap::UninitializedElement;
  function = reinterpret_cast<const Function*>(static_cast<uintptr_t>(value));
  const TypeDef& type = *function->type;
  bool fits = type.param_count == 1 && type.params()[0] == kI32 && type.result_count <= 1 &&
              (type.result_count == 0 || type.results()[0] == kI32);
  return fits ? Trap::None : Trap::IndirectCallType;
}

}  // namespace

Trap call_element(ExecEnv& env, uint32_t element, uint32_t argument, uint32_t& result) {
  const Function* function = nullptr;
  Trap trap = find_element(*env.instance, element, function);
  if (trap != Trap::None) return refuse_call(env, trap);
  Slot* slots = call_slots(env, function->type);
  if (slots == nullptr) return refuse_call(env, Trap::StackOverflow);
  slots[0] = argument;
  trap = invoke(env, *function, slots);
  result = function->type->result_count == 0 ? 0 : static_cast<uint32_t>(slots[0]);
  return trap;
}

namespace {

// Whether it is still to run.
bool begin(Thread& thread, ExecEnv& env) {
  library_part(env) = thread.locals;
  std::lock_guard lock(thread.program->mutex());
  thread.locals = nullptr;
  thread.instance = env.instance;
  return !thread.is_cancelled;
}

// Whether how it ended is nobody else's concern. Nobody cancels it any more.
bool ends_alone(Thread& thread) {
  std::lock_guard lock(thread.program->mutex());
  thread.instance = nullptr;
  return thread.has_left || thread.is_cancelled;
}

// Whoever waits for its end is told, or nobody wants to know: the next one finds its place free.
void finish(void* argument) {
  auto& thread = *static_cast<Thread*>(argument);
  Program& program = *thread.program;
  std::lock_guard lock(program.mutex());
  thread.is_done = true;
  thread.line.call_all();
  if (thread.is_detached) program.end(thread);
}

void* run(ExecEnv* env, void* argument) {
  auto& thread = *static_cast<Thread*>(argument);
  Instance& instance = *env->instance;
  if (begin(thread, *env)) {
    uint32_t result = 0;
    Trap trap = call_element(*env, thread.element, thread.argument, result);
    if (trap == Trap::None) trap = end_values(*thread.program, *env);
    if (trap == Trap::None) thread.result = result;
  }
  if (ends_alone(thread)) instance.set_exception(nullptr);
  return nullptr;
}

// With all that it needs before there is a thread. Null: no memory.
Thread* prepare(Program& program, uint32_t element, uint32_t argument) {
  Allocator& allocator = program.allocator();
  auto* locals = allocator.create<ThreadLocals>(allocator);
  if (locals == nullptr) return nullptr;
  std::lock_guard lock(program.mutex());
  auto* thread = program.make<Thread>();
  if (thread == nullptr) {
    locals->release();
    return nullptr;
  }
  locals->thread = thread;
  thread->program = &program;
  thread->locals = locals;
  thread->element = element;
  thread->argument = argument;
  return thread;
}

bool start(Call& call, Thread& thread) {
  Instance& instance = call.instance();
  const GuestThreads* threads = instance.runtime->guest_threads();
  if (threads == nullptr) return false;
  if (!instance.memory->is_shared()) {
    log_message(instance.runtime->log(), LogLevel::Error,
                "pthread_create: the module's memory is not shared");
    return false;
  }
  return threads->start(call.env(), {&run, &finish, &thread});
}

}  // namespace

Trap thread_create(Call& call) {
  const uint64_t target = call.pointer(0);
  if (call.range(call.pointer(1), 1) == nullptr) return Trap::MemoryOutOfBounds;
  if (call.range(target, sizeof(uint32_t)) == nullptr) return Trap::MemoryOutOfBounds;
  Program* program = Program::of(call.instance());
  Thread* thread = program == nullptr ? nullptr : prepare(*program, call.word(2), call.word(3));
  if (thread == nullptr) return call.give(kFailed);
  // First of all: it may be detached, and over, before the rest is done here.
  const uint32_t number = thread->number;
  if (start(call, *thread)) {
    if (target != 0) call.write_word(target, number);
    return call.give(0);
  }
  {
    std::lock_guard lock(program->mutex());
    thread->locals->release();
    program->end(*thread);
  }
  // One that is to end is not told that there are no more threads.
  Trap pending = call.instance().pending_trap();
  return pending != Trap::None ? pending : call.give(kFailed);
}

Trap thread_self(Call& call) {
  const ThreadLocals* locals = ThreadLocals::of(call.env());
  bool is_one = locals != nullptr && locals->thread != nullptr;
  return call.give(is_one ? locals->thread->number : 0);
}

// What is no thread, any more at least, has been joined.
Trap thread_join(Call& call) {
  const uint64_t target = call.word(1);
  Program* program = Program::of(call.instance());
  if (call.range(target, sizeof(uint32_t)) == nullptr || program == nullptr) {
    return call.give(kFailed);
  }
  const uint32_t number = call.word(0);
  const ThreadLocals* locals = ThreadLocals::of(call.env());
  Lock lock(program->mutex());
  auto* thread = program->find<Thread>(number);
  if (thread == nullptr) return call.give(0);
  if (locals != nullptr && locals->thread == thread) return call.give(kDeadlock);
  if (!thread->is_done) {
    Waiter waiter(call.env());
    if (Trap trap = thread->line.wait(waiter, lock); trap != Trap::None) return trap;
    thread = program->find<Thread>(number);
    if (thread == nullptr) return call.give(0);
  }
  const uint32_t result = thread->result;
  program->end(*thread);
  lock.unlock();
  if (target != 0) call.write_word(target, result);
  return call.give(0);
}

namespace {

// act(program, thread) under the program's mutex, if there still is that thread.
template <class Act> Trap with_thread(Call& call, Act act) {
  Program* program = Program::of(call.instance());
  if (program == nullptr) return call.give(0);
  std::lock_guard lock(program->mutex());
  if (auto* thread = program->find<Thread>(call.word(0)); thread != nullptr) act(*program, *thread);
  return call.give(0);
}

}  // namespace

Trap thread_detach(Call& call) {
  return with_thread(call, [](Program& program, Thread& thread) {
    thread.is_detached = true;
    if (thread.is_done && thread.line.is_empty()) program.end(thread);
  });
}

Trap thread_cancel(Call& call) {
  return with_thread(call, [](Program&, Thread& thread) {
    if (thread.is_done) return;
    thread.is_cancelled = true;
    // It cannot go before it has had the mutex.
    if (thread.instance != nullptr) terminate(*thread.instance);
  });
}

// The program's first thread goes on, as under WAMR.
Trap thread_exit(Call& call) {
  const ThreadLocals* locals = ThreadLocals::of(call.env());
  if (locals == nullptr || locals->thread == nullptr) return Trap::None;
  Thread& thread = *locals->thread;
  if (end_values(*thread.program, call.env()) != Trap::None) return Trap::HostException;
  thread.result = call.word(0);
  thread.has_left = true;
  return call.fail("pthread_exit");
}

}  // namespace wembed::libc
