// Faults of guest code become recoveries; everybody else's stay theirs. Whatever may end the
// process, or depends on handlers of a fresh one, runs in a child.
#include "platform/fault.h"

#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <thread>
#include <vector>

#include "check.h"
#include "platform/virtual_memory.h"

using namespace wembed;
using namespace wembed::platform;

extern "C" const char __start_guest_code[];
extern "C" const char __stop_guest_code[];

namespace {

// Guest code as the registered range sees it: everything in this section.
__attribute__((section("guest_code"), noinline)) uint32_t guest_load(volatile uint8_t* address) {
  return *address + 1u;
}

__attribute__((noinline)) uint32_t host_load(volatile uint8_t* address) { return *address + 1u; }

struct Guest {
  Guest() {
    space = reserve(kBytes);
    range = register_guest_range(space.address, kBytes);
    if (commit(space.address, page_size()) != 0) _exit(90);
  }
  ~Guest() {
    unregister_guest_range(range);
    platform::release(space.address, kBytes);
  }
  uint8_t* bad() const { return space.address + 3 * page_size() + 5; }

  static constexpr size_t kBytes = 1 << 20;
  Reserved space;
  uint32_t range;
};

struct Code {
  Code() : range(register_code_range(__start_guest_code, __stop_guest_code)) {}
  ~Code() { unregister_code_range(range); }
  uint32_t range;
};

// True when the access faulted and was recovered with the right address.
__attribute__((noinline)) bool faults(uint8_t* address) {
  FaultRecovery recovery;
  enter_fault_recovery(recovery);
  volatile bool faulted = false;
  if (WEMBED_CATCH_FAULT(recovery) == 0) {
    guest_load(address);
  } else {
    faulted = recovery.address == reinterpret_cast<uintptr_t>(address);
  }
  leave_fault_recovery(recovery);
  return faulted;
}

bool same_mask(const sigset_t& a, const sigset_t& b) {
  for (int i = 1; i < NSIG; i++) {
    if (sigismember(&a, i) != sigismember(&b, i)) return false;
  }
  return true;
}

// Runs `body` in a child. The result is its exit status, or 1000 + the signal that ended it.
template <class Body> int in_child(Body body) {
  fflush(stdout);
  pid_t pid = fork();
  if (pid == 0) {
    alarm(20);
    signal(SIGSEGV, SIG_DFL);  // a sanitizer may have its own
    signal(SIGBUS, SIG_DFL);
    body();
    _exit(0);
  }
  int status = 0;
  if (pid < 0 || waitpid(pid, &status, 0) != pid) return -1;
  return WIFSIGNALED(status) ? 1000 + WTERMSIG(status) : WEXITSTATUS(status);
}

void require(bool condition, int code) {
  if (!condition) _exit(code);
}

void handle(int signal, void (*handler)(int, siginfo_t*, void*), int flags,
            struct sigaction* before = nullptr) {
  struct sigaction action = {};
  action.sa_sigaction = handler;
  action.sa_flags = SA_SIGINFO | flags;
  sigemptyset(&action.sa_mask);
  sigaddset(&action.sa_mask, SIGUSR2);
  sigaction(signal, &action, before);
}

struct sigaction current_action(int signal) {
  struct sigaction action = {};
  sigaction(signal, nullptr, &action);
  return action;
}

uint8_t* foreign_page() {
  static uint8_t* page = reserve(page_size()).address;
  return page;
}

// A handler of somebody else that repairs its own faults, as Node's engine does for its code.
std::atomic<int> repairs{0};
sigset_t seen_mask;
bool on_alternate_stack = false;
void repair(int, siginfo_t* info, void*) {
  repairs++;
  pthread_sigmask(SIG_SETMASK, nullptr, &seen_mask);
  stack_t stack = {};
  sigaltstack(nullptr, &stack);
  on_alternate_stack = (stack.ss_flags & SS_ONSTACK) != 0;
  if (info->si_code <= 0) return;
  if (commit(foreign_page(), page_size()) != 0) _exit(91);
}

struct sigaction chained_before;
std::atomic<int> chained{0};
void chain_always(int signal, siginfo_t* info, void* context) {
  chained++;
  chained_before.sa_sigaction(signal, info, context);
}

void exit_77(int) { _exit(77); }

// Guest code that waits, without a call out of its section.
__attribute__((section("guest_code"), noinline, no_sanitize("thread", "address"))) void guest_wait(
    const volatile sig_atomic_t* done) {
  while (!*done) {
  }
}
volatile sig_atomic_t is_done = 0;
void end_wait(int, siginfo_t*, void*) { is_done = 1; }

}  // namespace

TEST_CASE(faults_of_guest_code_are_recovered_again_and_again) {
  REQUIRE(retain_fault_handlers() == 0);
  Code code;
  Guest guest;
  CHECK_EQ(guest_load(guest.space.address), 1u);
  sigset_t before;
  pthread_sigmask(SIG_SETMASK, nullptr, &before);
  for (int i = 0; i < 1000; i++) CHECK(faults(guest.bad() + i));
  sigset_t after;
  pthread_sigmask(SIG_SETMASK, nullptr, &after);
  CHECK(same_mask(before, after));
  CHECK(current_fault_recovery == nullptr);
  release_fault_handlers();
  CHECK(!fault_handlers_active());
}

// Loads from its third argument, with the others where the convention has them, and the first one
// in a register that C functions keep as well. What it changes the recovery puts back.
extern "C" void bare_load(uint64_t, uint64_t, uint8_t*);
extern "C" const uint8_t bare_load_place[];
#if defined(__x86_64__)
#define BARE_LOAD "mov %rdi, %rbp\nbare_load_place: movb (%rdx), %al\nret\n"
#elif defined(__aarch64__)
#define BARE_LOAD "mov x21, x0\nbare_load_place: ldrb w3, [x2]\nret\n"
#endif
#ifdef BARE_LOAD
asm(".pushsection guest_code, \"ax\"\n"
    ".globl bare_load, bare_load_place\nbare_load: " BARE_LOAD ".popsection\n");

TEST_CASE(registers_with_the_guests_state_are_told) {
  using enum StateRegister;
  REQUIRE(retain_fault_handlers() == 0);
  Guest guest;
  constexpr uint64_t kFirst = 0x1234567812345678, kSecond = 42;
  auto place = reinterpret_cast<uintptr_t>(bare_load_place);
  struct {
    StateRegisters registers;
    uintptr_t place, frame;
  } const cases[] = {{{}, 0, 0},
                     {{Argument0, Argument1}, kFirst, kSecond},
                     {{ProgramCounter, Kept}, place, kFirst}};
  for (const auto& [registers, expected_place, frame] : cases) {
    uint32_t range = register_code_range(__start_guest_code, __stop_guest_code, registers);
    FaultRecovery recovery;
    enter_fault_recovery(recovery);
    if (WEMBED_CATCH_FAULT(recovery) == 0) bare_load(kFirst, kSecond, guest.bad());
    leave_fault_recovery(recovery);
    unregister_code_range(range);
    CHECK_EQ(recovery.has_state, registers.place != None);
    CHECK_EQ(recovery.place, expected_place);
    CHECK_EQ(recovery.frame, frame);
    CHECK_EQ(recovery.instruction, place);
  }
  release_fault_handlers();
}
#endif

TEST_CASE(recoveries_nest) {
  REQUIRE(retain_fault_handlers() == 0);
  Code code;
  Guest guest;
  FaultRecovery outer;
  enter_fault_recovery(outer);
  volatile int order = 0;
  if (WEMBED_CATCH_FAULT(outer) == 0) {
    CHECK(faults(guest.bad()));
    order = 1;
    guest_load(guest.bad() + 1);
    order = 2;
  }
  leave_fault_recovery(outer);
  CHECK_EQ(order, 1);
  CHECK_EQ(outer.address, reinterpret_cast<uintptr_t>(guest.bad() + 1));
  CHECK(outer.instruction >= reinterpret_cast<uintptr_t>(__start_guest_code));
  CHECK(outer.instruction < reinterpret_cast<uintptr_t>(__stop_guest_code));
  release_fault_handlers();
}

TEST_CASE(threads_fault_independently) {
  REQUIRE(retain_fault_handlers() == 0);
  Code code;
  Guest guest;
  std::atomic<int> recovered{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; t++) {
    threads.emplace_back([&] {
      for (int i = 0; i < 500; i++) {
        Guest own;
        recovered += faults(own.bad()) + faults(guest.bad());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK_EQ(recovered.load(), 4000);
  release_fault_handlers();
}

TEST_CASE(handlers_are_counted_and_put_back) {
  CHECK_EQ(in_child([] {
             handle(SIGSEGV, repair, SA_ONSTACK);
             require(retain_fault_handlers() == 0 && retain_fault_handlers() == 0, 1);
             require(current_action(SIGSEGV).sa_sigaction != repair, 2);
             release_fault_handlers();
             require(current_action(SIGSEGV).sa_sigaction != repair && fault_handlers_active(), 3);
             release_fault_handlers();
             require(current_action(SIGSEGV).sa_sigaction == repair, 4);
             require((current_action(SIGSEGV).sa_flags & SA_ONSTACK) != 0, 5);
             require(current_action(SIGBUS).sa_handler == SIG_DFL, 6);
           }),
           0);
}

TEST_CASE(foreign_faults_end_the_process_as_without_us) {
  for (bool ignored : {false, true}) {
    CHECK_EQ(in_child([&] {
               signal(SIGSEGV, ignored ? SIG_IGN : SIG_DFL);
               require(retain_fault_handlers() == 0, 1);
               Code code;
               host_load(foreign_page());
               _exit(2);
             }),
             1000 + SIGSEGV);
  }
  // Our code at a foreign address, and foreign code at our address.
  CHECK_EQ(in_child([] {
             require(retain_fault_handlers() == 0, 1);
             Code code;
             faults(foreign_page());
             _exit(2);
           }),
           1000 + SIGSEGV);
  CHECK_EQ(in_child([] {
             require(retain_fault_handlers() == 0, 1);
             Code code;
             Guest guest;
             FaultRecovery recovery;
             enter_fault_recovery(recovery);
             if (WEMBED_CATCH_FAULT(recovery) == 0) host_load(guest.bad());
             _exit(2);
           }),
           1000 + SIGSEGV);
  // Guest code that nobody entered through a recovery.
  CHECK_EQ(in_child([] {
             require(retain_fault_handlers() == 0, 1);
             Code code;
             Guest guest;
             guest_load(guest.bad());
             _exit(2);
           }),
           1000 + SIGSEGV);
  // After the range is gone.
  CHECK_EQ(in_child([] {
             require(retain_fault_handlers() == 0, 1);
             Code code;
             Guest guest;
             require(faults(guest.bad()), 2);
             unregister_guest_range(guest.range);
             faults(guest.bad());
             _exit(3);
           }),
           1000 + SIGSEGV);
}

TEST_CASE(signals_that_were_sent_keep_their_meaning) {
  for (int signal : {SIGSEGV, SIGBUS}) {
    CHECK_EQ(in_child([&] {
               require(retain_fault_handlers() == 0, 1);
               kill(getpid(), signal);
               usleep(1000000);
               _exit(2);
             }),
             1000 + signal);
    CHECK_EQ(in_child([&] {
               ::signal(signal, SIG_IGN);
               require(retain_fault_handlers() == 0, 1);
               raise(signal);
               _exit(5);
             }),
             5);
  }
}

#ifdef __linux__
TEST_CASE(a_sent_signal_that_names_an_address_of_ours_is_no_fault) {
  CHECK_EQ(in_child([] {
             handle(SIGSEGV, end_wait, 0);
             require(retain_fault_handlers() == 0, 1);
             Code code;
             Guest guest;
             auto number = static_cast<pid_t>(syscall(SYS_gettid));
             std::atomic<bool> is_inside{false};
             std::thread sender([&] {
               while (!is_inside) usleep(100);
               usleep(50000);
               siginfo_t info = {};
               info.si_signo = SIGSEGV;
               info.si_code = SI_QUEUE;
               info.si_addr = guest.bad();  // where a sent signal has its sender
               require(syscall(SYS_rt_tgsigqueueinfo, getpid(), number, SIGSEGV, &info) == 0, 4);
             });
             FaultRecovery recovery;
             enter_fault_recovery(recovery);
             if (WEMBED_CATCH_FAULT(recovery) != 0) _exit(3);
             is_inside = true;
             guest_wait(&is_done);
             leave_fault_recovery(recovery);
             sender.join();
           }),
           0);
}
#endif

TEST_CASE(an_earlier_handler_gets_its_own_faults) {
  for (int flags : {0, static_cast<int>(SA_NODEFER), static_cast<int>(SA_ONSTACK)}) {
    CHECK_EQ(in_child([&] {
               static uint8_t alternate[64 * 1024];
               stack_t stack = {};
               stack.ss_sp = alternate;
               stack.ss_size = sizeof alternate;
               sigaltstack(&stack, nullptr);
               handle(SIGSEGV, repair, flags);
               require(retain_fault_handlers() == 0, 1);
               Code code;
               Guest guest;
               require(faults(guest.bad()) && repairs == 0, 2);
               require(host_load(foreign_page()) == 1 && repairs == 1, 3);
               require(sigismember(&seen_mask, SIGUSR2) == 1, 4);
               require(sigismember(&seen_mask, SIGSEGV) == ((flags & SA_NODEFER) == 0), 5);
               require(on_alternate_stack == ((flags & SA_ONSTACK) != 0), 6);
               pthread_sigmask(SIG_SETMASK, nullptr, &seen_mask);
               require(sigismember(&seen_mask, SIGUSR2) == 0, 7);
               require(faults(guest.bad()), 8);
               raise(SIGSEGV);
               require(repairs == 2, 9);
             }),
             0);
  }
}

TEST_CASE(a_plain_handler_and_a_one_shot_handler_are_called_as_usual) {
  CHECK_EQ(in_child([] {
             signal(SIGSEGV, exit_77);
             require(retain_fault_handlers() == 0, 1);
             host_load(foreign_page());
             _exit(2);
           }),
           77);
  CHECK_EQ(in_child([] {
             handle(SIGSEGV, repair, static_cast<int>(SA_RESETHAND));
             require(retain_fault_handlers() == 0, 1);
             require(host_load(foreign_page()) == 1 && repairs == 1, 2);
             uint8_t* another = reserve(page_size()).address;
             host_load(another);
             _exit(3);
           }),
           1000 + SIGSEGV);
  CHECK_EQ(in_child([] {
             handle(SIGSEGV, repair, static_cast<int>(SA_RESETHAND));
             require(retain_fault_handlers() == 0, 1);
             require(host_load(foreign_page()) == 1, 2);
             release_fault_handlers();
             require(current_action(SIGSEGV).sa_handler == SIG_DFL, 3);
           }),
           0);
}

TEST_CASE(a_later_handler_that_chains_to_us_keeps_us_working) {
  CHECK_EQ(in_child([] {
             handle(SIGSEGV, repair, 0);
             require(retain_fault_handlers() == 0, 1);
             Code code;
             Guest guest;
             handle(SIGSEGV, chain_always, 0, &chained_before);
             for (int i = 0; i < 10; i++) require(faults(guest.bad()), 2);
             require(chained == 10 && repairs == 0, 3);
             require(host_load(foreign_page()) == 1 && chained == 11 && repairs == 1, 4);
           }),
           0);
}

TEST_CASE(a_release_under_a_later_handler_leaves_the_chain_whole) {
  CHECK_EQ(in_child([] {
             handle(SIGSEGV, repair, 0);
             require(retain_fault_handlers() == 0, 1);
             handle(SIGSEGV, chain_always, 0, &chained_before);
             release_fault_handlers();
             require(current_action(SIGSEGV).sa_sigaction == chain_always, 2);
             require(host_load(foreign_page()) == 1 && repairs == 1, 3);
             // Retained again we are above and below that handler, and nothing goes in circles.
             for (int round = 0; round < 20; round++) {
               require(retain_fault_handlers() == 0, 4);
               Code code;
               Guest guest;
               require(faults(guest.bad()), 5);
               require(protect(foreign_page(), page_size(), Access::None) == 0, 6);
               int before = repairs;
               require(host_load(foreign_page()) == 1 && repairs == before + 1, 7);
               release_fault_handlers();
               require(current_action(SIGSEGV).sa_sigaction == chain_always, 8);
             }
           }),
           0);
}

TEST_CASE(installing_gives_up_after_many_handlers_on_top) {
  CHECK_EQ(in_child([] {
             for (int round = 0; round < 8; round++) {
               require(retain_fault_handlers() == 0, 1);
               handle(SIGSEGV, repair, 0);
               release_fault_handlers();
             }
             require(retain_fault_handlers() != 0 && !fault_handlers_active(), 2);
             require(current_action(SIGSEGV).sa_sigaction == repair, 3);
             require(current_action(SIGBUS).sa_handler == SIG_DFL, 4);
           }),
           0);
}

TEST_CASE(many_ranges_are_found_and_forgotten) {
  static RangeTable table;
  std::vector<uint32_t> slots;
  constexpr uintptr_t kCount = 5000;
  for (uintptr_t i = 1; i <= kCount; i++) slots.push_back(table.add(i * 4096, i * 4096 + 100));
  for (uintptr_t i = 1; i <= kCount; i++) {
    CHECK(slots[i - 1] != RangeTable::kNone);
    CHECK(table.contains(i * 4096) && table.contains(i * 4096 + 99));
    CHECK(!table.contains(i * 4096 + 100) && !table.contains(i * 4096 - 1));
  }
  for (uintptr_t i = 2; i <= kCount; i += 2) table.remove(slots[i - 1]);
  for (uintptr_t i = 1; i <= kCount; i++) CHECK_EQ(table.contains(i * 4096), i % 2 == 1);
  uint32_t reused = table.add(77, 78);
  CHECK(reused < kCount);
  CHECK(table.contains(77));
  table.remove(reused);
  table.remove(RangeTable::kNone);
  for (uintptr_t i = 1; i <= kCount; i += 2) table.remove(slots[i - 1]);
  CHECK(!table.contains(4096));
}

// Against a set of them: in any order, with removals, equal ones, and a note for each.
TEST_CASE(ranges_are_found_whatever_the_order_they_came_in) {
  static RangeTable table;
  constexpr uint32_t kPlaces = 300;
  std::vector<std::vector<uint32_t>> held(kPlaces);
  uint32_t random = 1;
  for (int step = 0; step < 20000; step++) {
    random = random * 1664525 + 1013904223;
    uint32_t place = (random >> 8) % kPlaces;
    uintptr_t begin = uintptr_t{place + 1} * 1000;
    if (held[place].size() < 3 && (random >> 28) % 2 == 0) {
      held[place].push_back(table.add(begin, begin + 500, place));
    } else if (!held[place].empty()) {
      size_t which = (random >> 20) % held[place].size();
      table.remove(held[place][which]);
      held[place].erase(held[place].begin() + static_cast<ptrdiff_t>(which));
    }
    uint32_t looked = (random >> 4) % kPlaces;
    uintptr_t at = uintptr_t{looked + 1} * 1000;
    uint32_t note = UINT32_MAX;
    bool is_there = !held[looked].empty();
    CHECK_EQ(table.contains(at + 499, &note), is_there);
    CHECK_EQ(note, is_there ? looked : UINT32_MAX);
    CHECK(!table.contains(at + 500) && !table.contains(at - 1));
  }
}

TEST_CASE(ranges_may_change_while_others_look) {
  static RangeTable table;
  uint32_t kept = table.add(1 << 20, (1 << 20) + 10);
  std::atomic<bool> stop{false};
  std::atomic<int> wrong{0};
  std::thread reader([&] {
    while (!stop) {
      if (!table.contains((1 << 20) + 5)) wrong++;
      if (table.contains(500)) wrong++;
    }
  });
  for (int i = 0; i < 20000; i++) {
    uint32_t low = table.add(100, 200);
    uint32_t high = table.add(1000, 2000);
    table.remove(low);
    table.remove(high);
  }
  stop = true;
  reader.join();
  CHECK_EQ(wrong.load(), 0);
  table.remove(kept);
}
