// Random sequences of everything that can happen to a memory: instances made, failing half-way,
// called, written by guest and host, grown, reset, closed, trimmed, on every backend and by several
// threads. A model says what each memory must contain; nothing else may ever be seen in it.
//
//   memory_random [--steps N] [--seed S] [--threads T]
#include <atomic>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "../unit/wasm_builder.h"
#include "wembed.h"

namespace {

using wembed::ExternKind;
using wembed::kI32;
using Bytes = wembed::WasmBuilder::Bytes;

constexpr uint64_t kPage = 65536;
constexpr uint32_t kModules = 7;
constexpr size_t kMostGuests = 10;  // of one thread
constexpr size_t kMargin = 64;      // around a buffer, to be left alone

[[noreturn]] void give_up(const char* format, ...) __attribute__((format(printf, 1, 2)));
void give_up(const char* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  std::vfprintf(stderr, format, arguments);
  va_end(arguments);
  std::fputc('\n', stderr);
  std::abort();
}

// --- modules -------------------------------------------------------------------------------------

enum Function : uint32_t { kFill, kGrow, kLoad };

// What a module's memory begins with, and the bytes of the module.
struct Plan {
  uint32_t pages;
  uint32_t most;
  bool traps;  // its start function soils the memory, then traps
  std::vector<uint8_t> contents;
  Bytes bytes;
};

Plan make_plan(uint32_t number, std::mt19937& random) {
  constexpr uint32_t kPages[kModules] = {0, 1, 1, 2, 4, 3, 2};
  Plan plan{
      kPages[number], kPages[number] + static_cast<uint32_t>(random() % 6), number == 5, {}, {}};
  plan.contents.resize(plan.pages * kPage);
  wembed::WasmBuilder wasm;
  uint32_t fill_type = wasm.type({kI32, kI32, kI32}, {});
  uint32_t type = wasm.type({kI32}, {kI32});
  uint32_t none = wasm.type({}, {});
  wasm.memory(plan.pages, plan.most);
  uint32_t first = wasm.function(fill_type, {0x20, 0, 0x20, 1, 0x20, 2, 0xfc, 11, 0, 0x0b});
  wasm.function(type, {0x20, 0, 0x40, 0, 0x0b});
  wasm.function(type, {0x20, 0, 0x2d, 0, 0, 0x0b});
  constexpr const char* kNames[] = {"fill", "grow", "load"};
  for (uint32_t i = 0; i < 3; i++) wasm.export_as(kNames[i], ExternKind::Func, first + i);
  // Small images are copied, large ones mapped; one module has none.
  uint32_t segments = plan.pages == 0 || number == 1 ? 0 : 1 + random() % 3;
  for (uint32_t i = 0; i < segments; i++) {
    size_t most = number % 2 == 0 ? 40000 : 300;
    Bytes content(1 + random() % most);
    for (uint8_t& byte : content) byte = static_cast<uint8_t>(random());
    size_t at = random() % (plan.contents.size() - content.size());
    std::copy(content.begin(), content.end(), plan.contents.begin() + static_cast<long>(at));
    wasm.data(wembed::WasmBuilder::i32_const(static_cast<int32_t>(at)), content);
  }
  if (plan.traps) {
    Bytes code{0x41, 0, 0x41, 0x6e, 0x3f, 0, 0x41, 16, 0x74, 0xfc, 11, 0, 0x00, 0x0b};
    wasm.start(wasm.function(none, code));
  } else if (number == 6) {
    wasm.start(wasm.function(none, {0x41, 4, 0x41, 42, 0x36, 2, 0, 0x0b}));
    std::memcpy(&plan.contents[4], "\x2a\0\0", 4);
  }
  plan.bytes = wasm.finish();
  return plan;
}

// --- where memories come from --------------------------------------------------------------------

void* create(void*, uint64_t minimum, uint64_t, void** handle) {
  void* base = std::malloc(minimum + 8);
  if (base == nullptr) return nullptr;
  std::memset(base, 0x99, minimum);
  *handle = base;
  return base;
}
void* grow(void*, void*, void* base, uint64_t old_bytes, uint64_t bytes) {
  void* moved = std::malloc(bytes + 8);
  if (moved == nullptr) return nullptr;
  std::memset(moved, 0x99, bytes);
  std::memcpy(moved, base, old_bytes);
  std::free(base);
  return moved;
}
void release(void*, void*, void* base, uint64_t) { std::free(base); }
constexpr wembed_memory_functions_t kFunctions = {sizeof kFunctions, create, grow, release,
                                                  nullptr};

struct Place {
  const char* name;
  wembed_memory_strategy_t strategy;
  wembed_backend_t backend;
  wembed_runtime_t runtime = nullptr;
  wasm_module_t modules[kModules] = {};
};

struct World {
  Plan plans[kModules];
  Place places[4] = {{"mapped", WEMBED_MEMORY_ON_DEMAND, WEMBED_BACKEND_MAPPED},
                     {"heap", WEMBED_MEMORY_ON_DEMAND, WEMBED_BACKEND_HEAP},
                     {"pool", WEMBED_MEMORY_POOL, WEMBED_BACKEND_AUTOMATIC},
                     {"small-pool", WEMBED_MEMORY_SMALL_POOL, WEMBED_BACKEND_AUTOMATIC}};
  std::atomic<uint64_t> made{0};
  std::atomic<uint64_t> calls{0};
  std::atomic<uint64_t> resets{0};
};

void open(World& world, uint32_t seed) {
  std::mt19937 random(seed);
  for (uint32_t i = 0; i < kModules; i++) world.plans[i] = make_plan(i, random);
  for (Place& place : world.places) {
    wembed_config_t config = {};
    config.size = sizeof config;
    config.mem_alloc_type = Alloc_With_System_Allocator;
    config.backend = place.backend;
    config.memory_strategy = place.strategy;
    config.log = [](void*, uint32_t, const char*) {};
    if (place.backend == WEMBED_BACKEND_AUTOMATIC) config.pool_slots = 6;
    // Slots that memories outgrow.
    if (place.strategy == WEMBED_MEMORY_SMALL_POOL) config.pool_slot_bytes = 3 * kPage;
    wembed_error_t error;
    place.runtime = wembed_runtime_new(&config, &error);
    if (place.runtime == nullptr) give_up("%s: %s", place.name, error.message);
    for (uint32_t i = 0; i < kModules; i++) {
      wembed_source_t source = {};
      source.size = sizeof source;
      source.ownership = WEMBED_BYTES_BORROW;
      source.bytes = world.plans[i].bytes.data();
      source.length = world.plans[i].bytes.size();
      place.modules[i] = wembed_load(place.runtime, &source, &error);
      if (place.modules[i] == nullptr) give_up("module %u: %s", i, error.message);
    }
  }
}

void close(World& world) {
  for (Place& place : world.places) {
    wembed_memory_report_t report = {};
    report.size = sizeof report;
    if (!wembed_memory_report(place.runtime, &report)) give_up("%s: no report", place.name);
    if (report.live != 0) give_up("%s: slots are in use at the end", place.name);
    for (wasm_module_t module : place.modules) wasm_runtime_unload(module);
    wembed_runtime_delete(place.runtime);
  }
}

// --- guests --------------------------------------------------------------------------------------

struct Guest {
  const Plan* plan;
  const char* place;
  wembed_backend_t backend;
  wasm_module_inst_t instance = nullptr;
  wasm_exec_env_t env = nullptr;
  wasm_memory_inst_t memory = nullptr;
  wasm_function_inst_t functions[3] = {};
  uint64_t most;                  // bytes it may grow to
  std::vector<uint8_t> contents;  // what has to be in the memory
  std::vector<uint8_t> block;     // of the buffer's backend, with its margins
};

uint8_t* base_of(const Guest& guest) {
  return static_cast<uint8_t*>(wasm_memory_get_base_address(guest.memory));
}

void compare(const Guest& guest, const char* when) {
  uint64_t size = wembed_memory_size(guest.memory);
  if (size != guest.contents.size()) {
    give_up("%s %s: %llu bytes instead of %zu", guest.place, when,
            static_cast<unsigned long long>(size), guest.contents.size());
  }
  const uint8_t* base = base_of(guest);
  bool same = size == 0 || std::memcmp(base, guest.contents.data(), size) == 0;
  for (size_t i = 0; !same && i < size; i++) {
    if (base[i] == guest.contents[i]) continue;
    give_up("%s %s: byte %zu is %u instead of %u", guest.place, when, i, base[i],
            guest.contents[i]);
  }
  for (size_t i = 0; i < std::min(kMargin, guest.block.size()); i++) {
    if (guest.block[i] != 0x66 || guest.block[guest.block.size() - 1 - i] != 0x66) {
      give_up("%s %s: written beside the buffer", guest.place, when);
    }
  }
}

class Player {
 public:
  Player(World& world, uint32_t seed) : world_(world), random_(seed) {}

  void play(uint64_t steps) {
    for (uint64_t i = 0; i < steps; i++) step();
    while (!guests_.empty()) end(0);
  }

 private:
  uint32_t below(uint64_t limit) { return static_cast<uint32_t>(random_() % limit); }

  void step() {
    uint32_t choice = below(100);
    if (guests_.empty() || (choice < 20 && guests_.size() < kMostGuests)) return make();
    size_t which = below(guests_.size());
    Guest& guest = *guests_[which];
    if (choice < 40)
      fill(guest);
    else if (choice < 50)
      write(guest);
    else if (choice < 62)
      extend(guest);
    else if (choice < 72)
      beyond(guest);
    else if (choice < 80)
      compare(guest, "meanwhile");
    else if (choice < 90)
      start_again(guest);
    else if (choice < 98)
      end(which);
    else
      wembed_memory_trim(world_.places[below(4)].runtime);
  }

  void make() {
    const uint32_t number = below(kModules);
    const Place& place = world_.places[below(4)];
    auto guest = std::make_unique<Guest>();
    guest->plan = &world_.plans[number];
    guest->place = place.name;
    guest->most = guest->plan->most * kPage;
    wembed_instantiate_options_t options = {};
    options.size = sizeof options;
    constexpr wembed_backend_t kChoices[] = {WEMBED_BACKEND_AUTOMATIC, WEMBED_BACKEND_AUTOMATIC,
                                             WEMBED_BACKEND_AUTOMATIC, WEMBED_BACKEND_MAPPED,
                                             WEMBED_BACKEND_HEAP,      WEMBED_BACKEND_BUFFER,
                                             WEMBED_BACKEND_FUNCTIONS};
    options.backend = guest->backend = kChoices[below(std::size(kChoices))];
    if (options.backend == WEMBED_BACKEND_BUFFER) {
      uint64_t capacity = (guest->plan->pages + below(3)) * kPage;
      guest->most = std::min(guest->most, capacity);
      guest->block.assign(capacity + 2 * kMargin, 0x66);
      options.memory_buffer = &guest->block[kMargin];
      options.memory_buffer_bytes = capacity;
    }
    if (options.backend == WEMBED_BACKEND_FUNCTIONS) options.memory_functions = &kFunctions;
    if (options.backend != WEMBED_BACKEND_AUTOMATIC) {
      guest->place = options.backend == WEMBED_BACKEND_BUFFER ? "buffer" : "an instance's own";
    }
    wembed_error_t error = {};
    guest->instance = wembed_instantiate(place.modules[number], &options, &error);
    if ((guest->instance == nullptr) != guest->plan->traps) give_up("make: %s", error.message);
    world_.made.fetch_add(1, std::memory_order_relaxed);
    if (guest->instance == nullptr) return;
    guest->env = wasm_runtime_create_exec_env(guest->instance, 8192);
    guest->memory = wasm_runtime_get_default_memory(guest->instance);
    if (guest->env == nullptr || guest->memory == nullptr) give_up("make: no exec_env");
    for (uint32_t i = 0; i < 3; i++)
      guest->functions[i] = wembed_instance_function(guest->instance, i);
    guest->contents = guest->plan->contents;
    compare(*guest, "at first");
    guests_.push_back(std::move(guest));
  }

  bool call(Guest& guest, Function function, uint64_t (&slots)[3]) {
    world_.calls.fetch_add(1, std::memory_order_relaxed);
    return wembed_call(guest.env, guest.functions[function], slots, nullptr);
  }

  void fill(Guest& guest) {
    if (guest.contents.empty()) return;
    uint32_t at = below(guest.contents.size());
    size_t length =
        std::min<size_t>(below(3) == 0 ? below(100000) : below(64), guest.contents.size() - at);
    uint8_t byte = static_cast<uint8_t>(random_());
    uint64_t slots[3] = {at, byte, length};
    if (!call(guest, kFill, slots)) give_up("%s: fill failed", guest.place);
    std::memset(&guest.contents[at], byte, length);
  }

  // By the host, through the address.
  void write(Guest& guest) {
    for (uint32_t count = guest.contents.empty() ? 0 : 1 + below(20); count > 0; count--) {
      uint32_t at = below(guest.contents.size());
      base_of(guest)[at] = guest.contents[at] = static_cast<uint8_t>(random_());
    }
  }

  void extend(Guest& guest) {
    uint32_t pages = below(4);
    uint64_t old = guest.contents.size();
    uint32_t epoch = *wembed_memory_epoch(guest.memory);
    bool fits = old + pages * kPage <= guest.most;
    uint64_t slots[3] = {pages};
    if (!call(guest, kGrow, slots)) give_up("%s: grow trapped", guest.place);
    if (static_cast<uint32_t>(slots[0]) != (fits ? old / kPage : UINT32_MAX)) {
      give_up("%s: grow from %llu by %u of at most %llu gave %u", guest.place,
              static_cast<unsigned long long>(old), pages,
              static_cast<unsigned long long>(guest.most), static_cast<uint32_t>(slots[0]));
    }
    if (!fits || pages == 0) return;
    guest.contents.resize(old + pages * kPage);
    if (*wembed_memory_epoch(guest.memory) == epoch) give_up("%s: an old epoch", guest.place);
    if (below(2) == 0) compare(guest, "grown");
  }

  void beyond(Guest& guest) {
    uint64_t size = guest.contents.size();
    uint64_t slots[3] = {below(3) == 0 ? UINT32_MAX - below(100) : size + below(2 * kPage)};
    if (call(guest, kLoad, slots)) give_up("%s: a load beyond the end", guest.place);
    wasm_runtime_clear_exception(guest.instance);
    if (size == 0) return;
    slots[0] = size - 1;
    if (!call(guest, kLoad, slots) || static_cast<uint8_t>(slots[0]) != guest.contents[size - 1]) {
      give_up("%s: the last byte", guest.place);
    }
  }

  void start_again(Guest& guest) {
    uint32_t epoch = *wembed_memory_epoch(guest.memory);
    wembed_error_t error;
    if (!wembed_instance_reset(guest.instance, nullptr, &error)) {
      give_up("%s: reset: %s", guest.place, error.message);
    }
    world_.resets.fetch_add(1, std::memory_order_relaxed);
    if (*wembed_memory_epoch(guest.memory) == epoch) give_up("%s: an old epoch", guest.place);
    guest.contents = guest.plan->contents;
    compare(guest, "after a reset");
  }

  void end(size_t which) {
    compare(*guests_[which], "at last");
    wasm_runtime_destroy_exec_env(guests_[which]->env);
    wasm_runtime_deinstantiate(guests_[which]->instance);
    guests_.erase(guests_.begin() + static_cast<long>(which));
  }

  World& world_;
  std::mt19937 random_;
  std::vector<std::unique_ptr<Guest>> guests_;
};

uint64_t option(int argc, char** argv, const char* name, uint64_t otherwise) {
  for (int i = 1; i + 1 < argc; i++) {
    if (std::strcmp(argv[i], name) == 0) return std::strtoull(argv[i + 1], nullptr, 10);
  }
  return otherwise;
}

}  // namespace

int main(int argc, char** argv) {
  uint64_t steps = option(argc, argv, "--steps", 4000);
  uint32_t seed = static_cast<uint32_t>(option(argc, argv, "--seed", 1));
  uint64_t threads = option(argc, argv, "--threads", 4);
  World world;
  open(world, seed);
  std::vector<std::thread> running;
  for (uint64_t i = 0; i < threads; i++) {
    running.emplace_back([&world, steps, seed, i] {
      wasm_runtime_init_thread_env();
      Player(world, seed * 1000 + static_cast<uint32_t>(i)).play(steps);
      wasm_runtime_destroy_thread_env();
    });
  }
  for (std::thread& thread : running) thread.join();
  close(world);
  std::printf("%llu instances, %llu calls, %llu resets: every byte as expected\n",
              static_cast<unsigned long long>(world.made),
              static_cast<unsigned long long>(world.calls),
              static_cast<unsigned long long>(world.resets));
  return 0;
}
