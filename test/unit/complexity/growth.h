// How cost grows with size. A subject is measured at a size and at a sixteenth of it: what grows
// with the size costs sixteen times as much, what grows with its square 256 times. The bound is at
// 64, where caches, page faults and a busy machine do not get. Costs are processor time of the
// thread and bytes of the embedder's allocator; the latter are the same in every run.
// WEMBED_GROWTH_LOG=1 shows them all.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#ifdef __GLIBC__  // said by the headers above
#include <malloc.h>
#endif

#include "check.h"
#include "sanitized.h"
#include "wasm_builder.h"
#include "wembed.h"

namespace wembed::growth {

using Bytes = WasmBuilder::Bytes;

constexpr uint32_t kTimes = 16;
// Less than this is too little to be compared; more is too much to go on with.
constexpr double kLeastTime = 300'000, kLeastBytes = 16'384, kLongTime = 50'000'000;

// --- an allocator that counts --------------------------------------------------------------------

inline uint64_t live_bytes = 0, peak_bytes = 0;

inline void* counted_realloc(void* block, unsigned size) {
  constexpr size_t kHead = 16;
  auto* head = block == nullptr ? nullptr : static_cast<char*>(block) - kHead;
  uint64_t old = head == nullptr ? 0 : *reinterpret_cast<uint64_t*>(head);
  auto* moved = static_cast<char*>(std::realloc(head, size + kHead));
  if (moved == nullptr) return nullptr;
  *reinterpret_cast<uint64_t*>(moved) = size;
  live_bytes += size - old;
  peak_bytes = std::max(peak_bytes, live_bytes);
  return moved + kHead;
}
inline void* counted_malloc(unsigned size) { return counted_realloc(nullptr, size); }
inline void counted_free(void* block) {
  if (block == nullptr) return;
  char* head = static_cast<char*>(block) - 16;
  live_bytes -= *reinterpret_cast<uint64_t*>(head);
  std::free(head);
}

// What was given back is given out again: a page's first touch costs as much as many a subject, and
// only the larger size would pay for it.
inline void keep_freed_memory() {
#ifdef M_MMAP_MAX
  mallopt(M_MMAP_MAX, 0);
  mallopt(M_TRIM_THRESHOLD, INT32_MAX);
#endif
}

inline wembed_runtime_t make_runtime() {
  keep_freed_memory();
  wembed_config_t config = {};
  config.size = sizeof config;
  config.mem_alloc_type = Alloc_With_Allocator;
  config.mem_alloc_option.allocator.malloc_func = reinterpret_cast<void*>(counted_malloc);
  config.mem_alloc_option.allocator.realloc_func = reinterpret_cast<void*>(counted_realloc);
  config.mem_alloc_option.allocator.free_func = reinterpret_cast<void*>(counted_free);
  config.log = [](void*, uint32_t, const char*) {};
  return wembed_runtime_new(&config, nullptr);
}

// --- costs ---------------------------------------------------------------------------------------

inline double thread_ns() {
  timespec time;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) * 1e9 + static_cast<double>(time.tv_nsec);
}

struct Cost {
  std::string of;
  double ns = 0;
  uint64_t bytes = 0;  // most that were allocated meanwhile, beyond what there was
};

class Costs {
 public:
  // Does the work, whose cost has a name: each name once.
  template <class Work> void of(const char* name, const Work& work) {
    uint64_t before = peak_bytes = live_bytes;
    double start = thread_ns();
    work();
    all.push_back({name, thread_ns() - start, peak_bytes - before});
  }
  std::vector<Cost> all;
};

// Does something of size n, in a runtime whose allocator counts. What is not in Costs::of() is
// preparation.
using Subject = std::function<void(uint32_t n, wembed_runtime_t runtime, Costs& costs)>;

inline std::vector<Cost> measure(uint32_t n, const Subject& subject) {
  Costs costs;
  wembed_runtime_t runtime = make_runtime();
  if (runtime == nullptr) std::abort();
  subject(n, runtime, costs);
  costs.of("end the runtime", [&] { wembed_runtime_delete(runtime); });
  return std::move(costs.all);
}

// The least of several runs: other programs only add.
inline std::vector<Cost> measure_best(uint32_t n, const Subject& subject, int runs) {
  std::vector<Cost> best = measure(n, subject);
  for (int run = 1; run < runs; run++) {
    std::vector<Cost> again = measure(n, subject);
    for (size_t i = 0; i < best.size(); i++) best[i].ns = std::min(best[i].ns, again[i].ns);
  }
  return best;
}

// Costs at two sizes, the larger one `times` the other.
struct Steps {
  uint32_t times;
  std::vector<Cost> small, large;

  [[nodiscard]] bool is_good(size_t i) const {
    double bytes = std::max(static_cast<double>(small[i].bytes), kLeastBytes);
    return large[i].ns <= std::max(small[i].ns, kLeastTime) * times * std::sqrt(times) &&
           static_cast<double>(large[i].bytes) <= bytes * times * 2.5;  // vectors double
  }
  [[nodiscard]] bool is_good() const {
    for (size_t i = 0; i < large.size(); i++) {
      if (!is_good(i)) return false;
    }
    return true;
  }
  [[nodiscard]] bool is_hopeless() const {
    for (size_t i = 0; i < large.size(); i++) {
      if (!is_good(i) && large[i].ns > kLongTime) return true;
    }
    return false;
  }
  void report(const char* name) const {
    const bool is_log = std::getenv("WEMBED_GROWTH_LOG") != nullptr;
    for (size_t i = 0; i < large.size(); i++) {
      if (is_good(i) && !is_log) continue;
      const Cost &a = small[i], &b = large[i];
      char text[240];
      std::snprintf(text, sizeof text,
                    "%s: %u times as many take %.2f ms and %.1f KiB, not %.2f and %.1f",
                    b.of.c_str(), times, b.ns / 1e6, static_cast<double>(b.bytes) / 1024,
                    a.ns / 1e6, static_cast<double>(a.bytes) / 1024);
      if (!is_good(i)) check::fail(__FILE__, __LINE__, name, text);
      if (is_log) std::fprintf(stderr, "%s %s: %s\n", is_good(i) ? "  " : "!!", name, text);
    }
  }
};

// Fails the running case when something costs out of proportion more at size `most` than at a
// sixteenth of it. The step before the last is looked at first: what is out of proportion there
// already would take minutes at the last. Sanitizers' builds take smaller sizes.
inline void check_linear(const char* name, uint32_t most, const Subject& subject) {
  if (kAddressSanitizer || kThreadSanitizer) most /= 4;
  Steps steps{4, measure_best(most / kTimes, subject, 3), measure(most / kTimes * 4, subject)};
  if (steps.is_hopeless()) steps.large = measure_best(most / kTimes * 4, subject, 3);
  if (steps.is_hopeless()) return steps.report(name);
  steps.times = kTimes;
  steps.large = measure(most, subject);
  if (!steps.is_good()) steps.large = measure_best(most, subject, 3);  // Disturbed thrice: no.
  steps.report(name);
}

// --- what many subjects do -----------------------------------------------------------------------

inline wasm_module_t load(wembed_runtime_t runtime, const Bytes& bytes) {
  wembed_source_t source = {};
  source.size = sizeof source;
  source.ownership = WEMBED_BYTES_BORROW;
  source.bytes = bytes.data();
  source.length = bytes.size();
  wembed_error_t error;
  wasm_module_t module = wembed_load(runtime, &source, &error);
  if (module == nullptr) check::fail(__FILE__, __LINE__, "load", error.message);
  return module;
}

// A module of these bytes loaded, instantiated, its "run" called for the first time with 0, and all
// of it ended. The call may trap.
inline void live_through(const Bytes& bytes, wembed_runtime_t runtime, Costs& costs) {
  wasm_module_t module = nullptr;
  wasm_module_inst_t instance = nullptr;
  costs.of("load", [&] { module = load(runtime, bytes); });
  if (module == nullptr) return;
  wembed_error_t error = {};
  wembed_instantiate_options_t options = {};
  options.size = sizeof options;
  options.stack_size = 64 << 20;
  costs.of("instantiate", [&] { instance = wembed_instantiate(module, &options, &error); });
  if (instance == nullptr) return check::fail(__FILE__, __LINE__, "instantiate", error.message);
  wasm_exec_env_t env = wasm_runtime_get_exec_env_singleton(instance);
  wasm_function_inst_t run = wasm_runtime_lookup_function(instance, "run");
  uint64_t slots[1] = {0};
  costs.of("first call", [&] { (void)wembed_call(env, run, slots, nullptr); });
  costs.of("second call", [&] {
    wasm_runtime_clear_exception(instance);
    slots[0] = 0;
    (void)wembed_call(env, run, slots, nullptr);
  });
  costs.of("close", [&] {
    wasm_runtime_deinstantiate(instance);
    wasm_runtime_unload(module);
  });
}

inline Bytes join(std::initializer_list<Bytes> parts) {
  Bytes out;
  for (const Bytes& part : parts) WasmBuilder::append(out, part);
  return out;
}
inline Bytes repeat(uint32_t n, const Bytes& part) {
  Bytes out;
  for (uint32_t i = 0; i < n; i++) WasmBuilder::append(out, part);
  return out;
}
inline Bytes with_index(uint8_t opcode, uint32_t index) {
  Bytes out{opcode};
  WasmBuilder::u32(out, index);
  return out;
}

}  // namespace wembed::growth
