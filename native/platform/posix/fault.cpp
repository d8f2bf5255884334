// SIGSEGV and SIGBUS: recognises faults of guest code, passes all other signals on.
//
//   kernel -> [handlers installed after ours, if they chain] -> deliver<link> -> previous handler
//
// A link is one place our handler has in that chain. There is more than one when somebody stayed
// on top of ours after a release and we are retained again: the new link goes on top with its own
// `previous`, so the chain cannot become a circle.
#include "platform/fault.h"

#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>

#include "base/byte_source.h"
#include "base/sanitizers.h"
#include "platform/posix/fault_context.h"
#include "platform/virtual_memory.h"

#if WEMBED_ADDRESS_SANITIZER
extern "C" void __asan_handle_no_return();
#endif

namespace wembed::platform {

constinit thread_local FaultRecovery* current_fault_recovery WEMBED_TLS_MODEL = nullptr;

namespace {

constexpr int kSignals[] = {SIGSEGV, SIGBUS};
constexpr int kSignalCount = 2;
constexpr int kLinks = 8;

struct Link {
  struct sigaction previous = {};
  std::atomic<bool> reset{false};  // an SA_RESETHAND handler has had its one call
};

struct Chain {
  Link links[kLinks];
  int used = 0;         // links [0, used) are in the chain or may be
  bool on_top = false;  // links[used - 1] was put there by the present retain
};

constinit RangeTable code_ranges;
constinit RangeTable guest_ranges;
constinit Chain chains[kSignalCount];
constinit std::mutex install_mutex;
constinit std::atomic<uint32_t> users{0};

// Runs outside of the signal, in place of the instruction that faulted. No frame between here and
// the recovery has anything to unwind: only registered code faults.
[[noreturn]] void land() {
#if WEMBED_ADDRESS_SANITIZER
  __asan_handle_no_return();
#endif
#ifdef WEMBED_BUILTIN_JUMP
  __builtin_longjmp(current_fault_recovery->jump, 1);
#else
  _longjmp(current_fault_recovery->jump, 1);
#endif
}

// True for a fault of the running code, false for a signal that somebody sent.
bool is_fault(const siginfo_t* info) {
  return info->si_code > 0 && info->si_code != SI_USER && info->si_code != SI_QUEUE;
}

// A code range's registers as the note of its entry.
uint32_t note_of(StateRegisters registers) {
  return static_cast<uint32_t>(registers.place) | static_cast<uint32_t>(registers.frame) << 8;
}
StateRegisters registers_of(uint32_t note) {
  return {static_cast<StateRegister>(note & 0xff), static_cast<StateRegister>(note >> 8)};
}

// The thread-local is touched only after the program counter has told that this thread runs guest
// code and has therefore used it before; a first use might allocate.
bool recover(const siginfo_t* info, ucontext_t* context) {
  uintptr_t pc = context_pc(context);
  uint32_t note = 0;
  if (!code_ranges.contains(pc, &note) || !is_fault(info)) return false;
  uintptr_t address = reinterpret_cast<uintptr_t>(info->si_addr);
  if (!guest_ranges.contains(address)) return false;
  FaultRecovery* recovery = current_fault_recovery;
  if (recovery == nullptr) return false;
  recovery->address = address;
  recovery->instruction = pc;
  StateRegisters registers = registers_of(note);
  recovery->has_state = registers.place != StateRegister::None;
  recovery->place = context_register(context, registers.place);
  recovery->frame = context_register(context, registers.frame);
  redirect_context(context, land);
  return true;
}

// A page of zeros where nothing is (any more). False: something else is there now.
bool put_zeros(uintptr_t page, bool over_mapping) {
  int flags = MAP_PRIVATE | MAP_ANONYMOUS;
  if (over_mapping) flags |= MAP_FIXED;
#ifdef MAP_FIXED_NOREPLACE
  if (!over_mapping) flags |= MAP_FIXED_NOREPLACE;
#endif
  void* wanted = reinterpret_cast<void*>(page);
  void* got = mmap(wanted, page_size(), PROT_READ, flags, -1, 0);
  if (got == MAP_FAILED) return false;
  if (got == wanted) return true;
  munmap(got, page_size());
  return false;
}

bool is_hardware_error(const siginfo_t* info) {
#ifdef BUS_MCEERR_AR
  return info->si_code == BUS_MCEERR_AR || info->si_code == BUS_MCEERR_AO;
#else
  static_cast<void>(info);
  return false;
#endif
}

// Bytes of a module that are gone while this thread reads them: a mapping whose file was cut short
// (SIGBUS: the mapping is there, its page is not), or memory that was unmapped. Memory that is
// there but must not be read was meant to be like that by somebody; it is not touched.
bool replace_lost_bytes(int signal, const siginfo_t* info) {
  uintptr_t address = reinterpret_cast<uintptr_t>(info->si_addr);
  const ReadScope* scope = current_read_scope;
  while (scope != nullptr && !scope->contains(address)) scope = scope->outer();
  if (scope == nullptr || !is_fault(info)) return false;
  bool is_cut = signal == SIGBUS && !is_hardware_error(info);
  bool is_unmapped = signal == SIGSEGV && info->si_code == SEGV_MAPERR;
  if (!is_cut && !is_unmapped) return false;
  scope->source().lose();  // first: another thread may read the zeros at once
  return put_zeros(address & ~(uintptr_t{page_size()} - 1), is_cut);
}

// The kernel's own reaction: returning repeats the fault, a sent signal has to be sent again and
// is delivered once this handler's mask is gone.
void act_default(int signal, const siginfo_t* info) {
  struct sigaction action = {};
  action.sa_handler = SIG_DFL;
  sigemptyset(&action.sa_mask);
  sigaction(signal, &action, nullptr);
  if (!is_fault(info)) pthread_kill(pthread_self(), signal);
}

// Calls what stood before us in the way the kernel would have called it.
void pass_on(Link& link, int signal, siginfo_t* info, ucontext_t* context) {
  const struct sigaction& action = link.previous;
  bool siginfo = (action.sa_flags & SA_SIGINFO) != 0;
  bool plain_value = !siginfo || action.sa_handler == SIG_DFL || action.sa_handler == SIG_IGN;
  if (plain_value && action.sa_handler == SIG_IGN) {
    // A fault cannot be ignored: the kernel ends the process then.
    if (is_fault(info)) act_default(signal, info);
    return;
  }
  if (plain_value && action.sa_handler == SIG_DFL) return act_default(signal, info);
  if ((action.sa_flags & static_cast<int>(SA_RESETHAND)) != 0 && link.reset.exchange(true)) {
    return act_default(signal, info);
  }
  sigset_t mask = context->uc_sigmask;
  for (int other = 1; other < NSIG; other++) {
    if (sigismember(&action.sa_mask, other) == 1) sigaddset(&mask, other);
  }
  if ((action.sa_flags & SA_NODEFER) == 0) sigaddset(&mask, signal);
  pthread_sigmask(SIG_SETMASK, &mask, nullptr);
  if (siginfo) {
    action.sa_sigaction(signal, info, context);
  } else {
    action.sa_handler(signal);
  }
}

template <int kLink> void deliver(int signal, siginfo_t* info, void* raw) {
  int saved_errno = errno;
  ucontext_t* context = static_cast<ucontext_t*>(raw);
  if (!recover(info, context) && !replace_lost_bytes(signal, info)) {
    Chain& chain = chains[signal == kSignals[0] ? 0 : 1];
    pass_on(chain.links[kLink], signal, info, context);
  }
  errno = saved_errno;
}

using Handler = void (*)(int, siginfo_t*, void*);
constexpr Handler kHandlers[kLinks] = {deliver<0>, deliver<1>, deliver<2>, deliver<3>,
                                       deliver<4>, deliver<5>, deliver<6>, deliver<7>};

bool is_ours(const struct sigaction& action, int link) {
  return (action.sa_flags & SA_SIGINFO) != 0 && action.sa_sigaction == kHandlers[link];
}

// Also one that somebody who had covered it has put back.
bool is_any_of_ours(const struct sigaction& action) {
  for (int link = 0; link < kLinks; link++) {
    if (is_ours(action, link)) return true;
  }
  return false;
}

int install(int signal, Chain& chain) {
  struct sigaction before;
  if (sigaction(signal, nullptr, &before) != 0) return errno;
  chain.on_top = false;
  // Still on top since an earlier retain.
  if (chain.used > 0 && is_ours(before, chain.used - 1)) return 0;
  if (chain.used == kLinks) return EAGAIN;
  Link& link = chain.links[chain.used];
  link.previous = before;
  link.reset = false;
  struct sigaction action = {};
  action.sa_sigaction = kHandlers[chain.used];
  sigemptyset(&action.sa_mask);
  // The stack the previous handler expects; without one, the alternate stack if a thread has it.
  bool plain_value = before.sa_handler == SIG_DFL || before.sa_handler == SIG_IGN;
  int inherited = plain_value ? SA_ONSTACK : before.sa_flags & (SA_ONSTACK | SA_RESTART);
  action.sa_flags = SA_SIGINFO | inherited;
  if (sigaction(signal, &action, nullptr) != 0) return errno;
  chain.used++;
  chain.on_top = true;
  return 0;
}

void uninstall(int signal, Chain& chain) {
  if (chain.used == 0) return;
  struct sigaction now;
  if (sigaction(signal, nullptr, &now) != 0 || !is_ours(now, chain.used - 1)) return;
  struct sigaction previous = chain.links[chain.used - 1].previous;
  if (chain.links[chain.used - 1].reset.load()) {
    previous.sa_handler = SIG_DFL;
    previous.sa_flags &= ~SA_SIGINFO;
  }
  sigaction(signal, &previous, nullptr);
  chain.used--;
}

}  // namespace

int retain_fault_handlers() {
#if WEMBED_FAULT_CONTEXT
  static_cast<void>(page_size());  // known before a handler asks
  std::lock_guard<std::mutex> lock(install_mutex);
  if (users.load(std::memory_order_relaxed) == 0) {
    for (int i = 0; i < kSignalCount; i++) {
      int error = install(kSignals[i], chains[i]);
      if (error == 0) continue;
      while (--i >= 0) {
        if (chains[i].on_top) uninstall(kSignals[i], chains[i]);
      }
      return error;
    }
  }
  users.fetch_add(1, std::memory_order_release);
  return 0;
#else
  return ENOSYS;
#endif
}

void release_fault_handlers() {
  std::lock_guard<std::mutex> lock(install_mutex);
  if (users.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
  for (int i = 0; i < kSignalCount; i++) uninstall(kSignals[i], chains[i]);
}

bool fault_handlers_active() { return users.load(std::memory_order_acquire) != 0; }

FaultDelivery fault_delivery() {
  sigset_t mask;
  bool is_mask_known = pthread_sigmask(SIG_SETMASK, nullptr, &mask) == 0;
  FaultDelivery result = FaultDelivery::Works;
  for (int signal : kSignals) {
    if (is_mask_known && sigismember(&mask, signal) == 1) return FaultDelivery::Blocked;
    // A question that is refused now was not when ours was installed: nobody can have changed it.
    struct sigaction now;
    if (sigaction(signal, nullptr, &now) == 0 && !is_any_of_ours(now)) {
      result = FaultDelivery::Covered;
    }
  }
  return result;
}

namespace {

constexpr uintptr_t kProbeBytes = 256;  // no less than probe_load has

__attribute__((noinline, no_sanitize("address", "undefined", "thread"))) void probe_load(
    const volatile uint8_t* address) {
  (void)*address;
}

__attribute__((noinline)) bool load_faults(const void* address) {
  FaultRecovery recovery;
  enter_fault_recovery(recovery);
  volatile bool faulted = true;
  if (WEMBED_CATCH_FAULT(recovery) == 0) {
    probe_load(static_cast<const volatile uint8_t*>(address));
    faulted = false;
  }
  leave_fault_recovery(recovery);
  return faulted;
}

}  // namespace

int probe_fault(const void* address) {
  if (!fault_handlers_active()) return ENOSYS;
  if (fault_delivery() != FaultDelivery::Works) return EAGAIN;
  uintptr_t code = reinterpret_cast<uintptr_t>(&probe_load);
  uint32_t range = code_ranges.add(code, code + kProbeBytes);
  if (range == RangeTable::kNone) return ENOMEM;
  bool faulted = load_faults(address);
  code_ranges.remove(range);
  return faulted ? 0 : EFAULT;
}

uint32_t register_code_range(const void* begin, const void* end, StateRegisters registers) {
  return code_ranges.add(reinterpret_cast<uintptr_t>(begin), reinterpret_cast<uintptr_t>(end),
                         note_of(registers));
}

void unregister_code_range(uint32_t range) { code_ranges.remove(range); }

uint32_t register_guest_range(const void* begin, size_t bytes) {
  uintptr_t address = reinterpret_cast<uintptr_t>(begin);
  return guest_ranges.add(address, address + bytes);
}

void unregister_guest_range(uint32_t range) { guest_ranges.remove(range); }

}  // namespace wembed::platform
