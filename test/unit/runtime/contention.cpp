// What two threads write in common when each makes, calls, resets and drops instances of one
// module: nothing. Memory that both could write is write-protected, and a fault tells which line
// was meant.
#include <signal.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#include <algorithm>
#include <semaphore>
#include <set>
#include <thread>

#include "base/sharded_count.h"
#include "fixture.h"
#include "platform/fault.h"
#include "runtime/close.h"
#include "runtime/reset.h"
#include "sanitized.h"

#if defined(__linux__) && defined(__x86_64__) && defined(__GLIBC__)

using namespace wembed;
using Bytes = WasmBuilder::Bytes;

extern "C" char __data_start[];
extern "C" char _end[];

namespace {

constexpr uintptr_t kPageBytes = 4096;
constexpr size_t kArenaBytes = size_t{16} << 20;
constexpr size_t kMostLines = 4096;
constexpr long kTrapFlag = 0x100;

struct Range {
  uintptr_t begin = 0;
  uintptr_t end = 0;
  [[nodiscard]] bool has(uintptr_t address) const { return address >= begin && address < end; }
};

// Lies in pages of its own, since the program's data are watched.
struct Watch {
  Range ranges[2];  // the program's data, the first thread's arena
  size_t lines = 0;
  uintptr_t line[kMostLines];
  uintptr_t open[8];  // pages that the instruction at work may write
  size_t opened = 0;
  struct sigaction before = {};
};
Watch* const watch = static_cast<Watch*>(
    mmap(nullptr, sizeof(Watch), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));

void on_write(int signal, siginfo_t* info, void* raw) {
  auto* context = static_cast<ucontext_t*>(raw);
  auto address = reinterpret_cast<uintptr_t>(info->si_addr);
  bool is_watched = watch->ranges[0].has(address) || watch->ranges[1].has(address);
  if (!is_watched || watch->opened == 8) {
    sigaction(signal, &watch->before, nullptr);
    return;
  }
  if (watch->lines < kMostLines) watch->line[watch->lines++] = address / 64;
  uintptr_t page = address & ~(kPageBytes - 1);
  watch->open[watch->opened++] = page;
  mprotect(reinterpret_cast<void*>(page), kPageBytes, PROT_READ | PROT_WRITE);
  context->uc_mcontext.gregs[REG_EFL] |= kTrapFlag;
}

void on_step(int, siginfo_t*, void* raw) {
  while (watch->opened > 0) {
    mprotect(reinterpret_cast<void*>(watch->open[--watch->opened]), kPageBytes, PROT_READ);
  }
  static_cast<ucontext_t*>(raw)->uc_mcontext.gregs[REG_EFL] &= ~kTrapFlag;
}

void protect(bool is_wanted) {
  for (const Range& range : watch->ranges) {
    mprotect(reinterpret_cast<void*>(range.begin), range.end - range.begin,
             is_wanted ? PROT_READ : PROT_READ | PROT_WRITE);
  }
}

// An embedder's allocator whose threads do not meet: blocks come from the thread's own arena, and
// go to its list of that size.
struct Arena {
  uint8_t* begin = static_cast<uint8_t*>(
      mmap(nullptr, kArenaBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  size_t used = 0;
  void* free[24] = {};
};
thread_local Arena* arena = nullptr;

constexpr size_t kHead = 64;
size_t class_of(size_t size) {
  size_t found = 0;
  while ((size_t{64} << found) < size) found++;
  return found;
}

void* arena_allocate(void*, size_t size) {
  size_t index = class_of(size);
  if (index >= 24) return nullptr;
  void*& first = arena->free[index];
  if (first != nullptr) {
    void* block = first;
    first = *static_cast<void**>(block);
    return block;
  }
  size_t bytes = kHead + (size_t{64} << index);
  if (arena->used + bytes > kArenaBytes) return nullptr;
  uint8_t* head = arena->begin + arena->used;
  arena->used += bytes;
  *reinterpret_cast<size_t*>(head) = index;
  return head + kHead;
}
void arena_release(void*, void* block) {
  size_t index = *reinterpret_cast<size_t*>(static_cast<uint8_t*>(block) - kHead);
  *static_cast<void**>(block) = arena->free[index];
  arena->free[index] = block;
}
void* arena_reallocate(void*, void* block, size_t old_size, size_t size) {
  void* fresh = arena_allocate(nullptr, size);
  if (fresh == nullptr || block == nullptr) return fresh;
  std::memcpy(fresh, block, std::min(old_size, size));
  arena_release(nullptr, block);
  return fresh;
}

Bytes counter() {
  WasmBuilder wasm;
  uint32_t get = wasm.type({}, {kI32});
  wasm.memory(1, 1);
  wasm.export_as("run", ExternKind::Func,
                 wasm.function(get, {0x41, 0, 0x41, 7, 0x36, 2, 0, 0x41, 0, 0x28, 2, 0, 0x0b}));
  return wasm.finish();
}

// What keeps the module for all of its instances, as capi's handle does.
ShardedCount holders;
HostModule holder() {
  return {&holders, [](void*) { holders.retain(); }, [](void*) { (void)holders.release(); }};
}

struct Work {
  Runtime& runtime;
  Module& module;
  bool resets;
  Instance* kept = nullptr;

  bool run(Instance& instance) {
    Slot result = 0;
    ExecEnv* env = create_exec_env(instance, 4096);
    bool good = env != nullptr && call(*env, instance, "run", {}, &result) == Trap::None;
    destroy_exec_env(*env);
    return good && result == 7;
  }
  bool once() {
    Diagnostic diagnostic;
    Trap trap = Trap::None;
    if (resets && kept != nullptr) {
      return run(*kept) && reset_instance(*kept, {}, diagnostic, trap) == Error::None;
    }
    InstantiateOptions options;
    options.host_module = holder();
    Instance* instance = instantiate(runtime, module, options, diagnostic, &trap);
    if (instance == nullptr) return false;
    if (resets) {
      kept = instance;
      return true;
    }
    bool good = run(*instance) && !is_running(*instance);
    close_instance(*instance);
    return good;
  }
};

std::set<uintptr_t> lines_written() { return {watch->line, watch->line + watch->lines}; }

// The lines that both of two threads write, each in its turn.
size_t common_lines(Runtime& runtime, Module& module, bool resets, bool& good) {
  std::set<uintptr_t> written[2];
  std::counting_semaphore<2> turns[2] = {std::counting_semaphore<2>(0),
                                         std::counting_semaphore<2>(0)};
  auto body = [&](int number) {
    static Arena* const arenas[2] = {new Arena, new Arena};
    arena = arenas[number];
    Work work = {runtime, module, resets};
    for (int i = 0; i < 20; i++) good = work.once() && good;
    turns[1 - number].release();
    turns[number].acquire();
    if (number == 1) turns[1].acquire();  // the first is done
    watch->lines = 0;
    protect(true);
    for (int i = 0; i < 3; i++) good = work.once() && good;
    protect(false);
    written[number] = lines_written();
    if (number == 0) turns[1].release();
    if (work.kept != nullptr) close_instance(*work.kept);
  };
  std::thread first(body, 0);
  std::thread second(body, 1);
  first.join();
  second.join();
  std::vector<uintptr_t> both;
  std::ranges::set_intersection(written[0], written[1], std::back_inserter(both));
  for (uintptr_t line : both) printf("both write the line at %zx\n", size_t{line * 64});
  return both.size();
}

}  // namespace

TEST_CASE(threads_write_no_line_in_common) {
  if (kAddressSanitizer || kThreadSanitizer) return;  // they write lines of their own
  struct sigaction action = {};
  action.sa_flags = SA_SIGINFO;
  action.sa_sigaction = on_write;
  sigaction(SIGSEGV, &action, &watch->before);
  action.sa_sigaction = on_step;
  sigaction(SIGTRAP, &action, nullptr);
  static Arena own;
  arena = &own;
  auto inner = [](uintptr_t begin, uintptr_t end) {
    return Range{(begin + kPageBytes - 1) & ~(kPageBytes - 1), end & ~(kPageBytes - 1)};
  };
  struct Case {
    const char* name;
    Backend backend;
    MemoryStrategy strategy;
  };
  for (Case one : {Case{"heap", Backend::Heap, MemoryStrategy::OnDemand},
                   Case{"mapped", Backend::Mapped, MemoryStrategy::OnDemand},
                   Case{"pool", Backend::Automatic, MemoryStrategy::Pool},
                   Case{"small pool", Backend::Automatic, MemoryStrategy::SmallPool}}) {
    for (bool resets : {false, true}) {
      RuntimeConfig config;
      config.allocator = {arena_allocate, arena_reallocate, arena_release, nullptr};
      config.engine = &chosen_engine();
      config.conventions = &kWamrConventions;
      config.backend = one.backend;
      config.memory.strategy = one.strategy;
      config.memory.pool.slots = 64;
      config.log.write = [](void*, uint32_t, const char*) {};
      Diagnostic diagnostic;
      Runtime* runtime = Runtime::create(config, diagnostic);
      REQUIRE(runtime != nullptr);
      Bytes bytes = counter();
      Module* module = load_module(runtime->allocator(), runtime->types(), bytes, diagnostic);
      REQUIRE(module != nullptr);
      watch->ranges[0] =
          inner(reinterpret_cast<uintptr_t>(__data_start), reinterpret_cast<uintptr_t>(_end));
      watch->ranges[1] = inner(reinterpret_cast<uintptr_t>(own.begin),
                               reinterpret_cast<uintptr_t>(own.begin) + kArenaBytes);
      bool good = true;
      size_t common = common_lines(*runtime, *module, resets, good);
      CHECK(good);
      if (common != 0) printf("%s, %s\n", one.name, resets ? "reset" : "make and drop");
      CHECK_EQ(common, 0u);
      module->release();
      runtime->destroy();
    }
  }
}

#endif
