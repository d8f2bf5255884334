// The native side of the benchmarks: measures what the lines on standard input name and answers
// each with one line, "ok" and numbers or "error" and a text. run.ts drives it, interleaved with
// the same work in V8.
#include <cstdio>
#include <cstring>
#include <fstream>
#include <functional>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

#include "embed.h"
#include "instances.h"
#include "loading.h"
#include "residence.h"
#include "step.h"
#include "timing.h"
#include "wembed.h"

namespace {

using Words = std::istringstream;
using bench::time_of;

std::string failure(const std::string& text) {
  std::string line = "error " + text;
  for (char& c : line) {
    if (c == '\n') c = ' ';
  }
  return line;
}

std::string success(std::initializer_list<double> numbers) {
  std::string line = "ok";
  for (double number : numbers) {
    char text[48];
    std::snprintf(text, sizeof text, " %.4f", number);
    line += text;
  }
  return line;
}

std::string rest_of(Words& words) {
  std::string rest;
  words >> std::ws;
  std::getline(words, rest);
  return rest;
}

// A module in a step's runtime, with an instance where one is asked for.
class Guest {
 public:
  Guest() = default;
  Guest(const Guest&) = delete;
  ~Guest() {
    if (instance) wasm_runtime_deinstantiate(instance);
    if (module) wasm_runtime_unload(module);
  }

  // False with error() set.
  bool load(const std::string& step, const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    bytes_.assign(std::istreambuf_iterator<char>(file), {});
    runtime = step_runtime(step.c_str(), &error_);
    if (!runtime) return false;
    options = step_options(step.c_str());
    module = load_again();
    return module != nullptr;
  }

  bool instantiate() {
    instance = wembed_instantiate(module, &options, &error_);
    return instance != nullptr;
  }

  // Another module of the same bytes, an instance of it and the first call of its run(0).
  bool first_call() {
    wasm_module_t other = load_again();
    wasm_module_inst_t guest = other ? wembed_instantiate(other, &options, &error_) : nullptr;
    wasm_function_inst_t run = guest ? wasm_runtime_lookup_function(guest, "run") : nullptr;
    uint64_t slots[1] = {0};
    bool right =
        run && wembed_call(wasm_runtime_get_exec_env_singleton(guest), run, slots, nullptr);
    if (guest) wasm_runtime_deinstantiate(guest);
    if (other) wasm_runtime_unload(other);
    return right;
  }

  [[nodiscard]] std::string error() const { return failure(error_.message); }

  wembed_runtime_t runtime = nullptr;
  wasm_module_t module = nullptr;
  wasm_module_inst_t instance = nullptr;
  wembed_instantiate_options_t options = {};

 private:
  wasm_module_t load_again() {
    wembed_source_t source = {};
    source.size = sizeof source;
    source.ownership = WEMBED_BYTES_BORROW;
    source.bytes = bytes_.data();
    source.length = bytes_.size();
    return wembed_load(runtime, &source, &error_);
  }

  std::vector<uint8_t> bytes_;
  wembed_error_t error_ = {};
};

// ---- kernels

Guest* g_kernel = nullptr;
wasm_function_inst_t g_run = nullptr;

// kernel STEP PATH
std::string prepare_kernel(Words& words) {
  std::string step;
  words >> step;
  delete g_kernel;
  g_kernel = new Guest();
  g_run = nullptr;
  if (!g_kernel->load(step, rest_of(words))) return g_kernel->error();
  g_kernel->options.stack_size = 256 * 1024;
  if (!g_kernel->instantiate()) return g_kernel->error();
  g_run = wasm_runtime_lookup_function(g_kernel->instance, "run");
  return g_run ? "ok" : "error the kernel does not export run";
}

// run N: answers the checksum and nanoseconds
std::string run_kernel(Words& words) {
  uint32_t n = 0;
  words >> n;
  if (!g_run) return "error no kernel";
  wasm_exec_env_t exec_env = wasm_runtime_get_exec_env_singleton(g_kernel->instance);
  uint64_t slots[1] = {n};
  double time = time_of([&] { return wembed_call(exec_env, g_run, slots, nullptr); });
  if (time < 0) return failure(wasm_runtime_get_exception(g_kernel->instance));
  return success({static_cast<double>(static_cast<int32_t>(slots[0])), time});
}

// ---- operations that are repeated

// Nanoseconds for one; the number of repetitions grows until they take long enough. Negative:
// failed.
double repeat(double least_ms, const std::function<bool(uint32_t)>& run,
              const std::function<bool(uint32_t)>& less = nullptr) {
  for (uint32_t n = 1;; n *= 2) {
    double time = time_of([&] { return run(n); });
    if (time < 0) return -1;
    if (time < least_ms * 1e6 && n < 1u << 29) continue;
    double bare = less ? time_of([&] { return less(n); }) : 0;
    return (time - bare) / n;
  }
}

const operation_t* find_operation(const std::string& name) {
  for (uint32_t i = 0; i < operation_count; i++) {
    if (name == operations[i].name) return &operations[i];
  }
  return nullptr;
}

// measure MILLISECONDS NAME
std::string measure(Words& words) {
  double least = 0;
  std::string name;
  words >> least >> name;
  const operation_t* operation = find_operation(name);
  if (!operation) return "error there is no operation " + name;
  double each = repeat(least, operation->run, operation->less);
  return each < 0 ? "error " + name + " failed" : success({each});
}

// times N NAME: the same so many times, with the loop that measure takes off
std::string times(Words& words) {
  uint32_t n = 0;
  std::string name;
  words >> n >> name;
  const operation_t* operation = find_operation(name);
  if (!operation) return "error there is no operation " + name;
  double time = time_of([&] { return operation->run(n); });
  return time < 0 ? "error " + name + " failed" : success({time / n});
}

// operations MODULES: makes them ready and answers their names
std::string list_operations(Words& words) {
  static bool ready = operations_begin(rest_of(words).c_str());
  if (!ready) return "error the operations' modules cannot be used";
  std::string line = "ok";
  for (uint32_t i = 0; i < operation_count; i++) line += std::string(" ") + operations[i].name;
  return line;
}

// ---- instances

// Calls `timer` with a function that goes through the cycle n times. Words: STEP drop|reset PAGES
// PATH.
std::string with_cycle(Words& words,
                       const std::function<double(const std::function<bool(uint32_t)>&)>& timer) {
  std::string step, action;
  cycle_t cycle = {};
  words >> step >> action >> cycle.written_pages;
  Guest guest;
  if (!guest.load(step, rest_of(words))) return guest.error();
  if (action == "reset" && !guest.instantiate()) return guest.error();
  cycle.module = guest.module;
  cycle.options = guest.options;
  cycle.resets = guest.instance;
  double each = timer([&](uint32_t n) { return cycle_run(&cycle, n); });
  return each < 0 ? "error the cycle failed" : success({each});
}

// cycle MILLISECONDS STEP drop|reset PAGES PATH: an instance made and dropped, or reset, with so
// many of the system's pages written in between
std::string measure_cycle(Words& words) {
  double least = 0;
  words >> least;
  return with_cycle(words, [&](const auto& run) { return repeat(least, run); });
}

// cycles N STEP drop|reset PAGES PATH: the same so many times
std::string measure_cycles(Words& words) {
  uint32_t n = 0;
  words >> n;
  return with_cycle(words, [&](const auto& run) {
    if (!run(1)) return -1.0;  // The first makes what the others find.
    return time_of([&] { return run(n); }) / n;
  });
}

// first N PATH: a module loaded and instantiated, its function called for the first time, and all
// of it dropped; so many times
std::string measure_first(Words& words) {
  uint32_t n = 0;
  words >> n;
  std::string path = rest_of(words);
  Guest files;
  if (!files.load("mapped", path)) return files.error();
  double time = time_of([&] {
    for (uint32_t i = 0; i < n; i++) {
      if (!files.first_call()) return false;
    }
    return true;
  });
  return time < 0 ? "error the call failed" : success({time / n});
}

// threads COUNT N STEP PATH: nanoseconds for each of n instances on every thread, by the clock on
// the wall and of processor time; without STEP, for work that shares nothing
std::string measure_threads(Words& words) {
  uint32_t threads = 0, n = 0;
  std::string step;
  words >> threads >> n >> step;
  Guest guest;
  if (!step.empty() && !guest.load(step, rest_of(words))) return guest.error();
  cycle_t cycle = {};
  cycle.module = guest.module;
  cycle.options = guest.options;
  double processor = 0;
  double time = cycle_run_threads(&cycle, threads, n, &processor);
  return time < 0 ? "error the threads failed" : success({time / n, processor / n});
}

// shrink STEP BYTES PATH: resident bytes at first, in use, after the reset, after the trim; bytes
// the trim returned; nanoseconds of reset and trim
std::string shrink(Words& words) {
  std::string step;
  uint64_t bytes = 0;
  words >> step >> bytes;
  Guest guest;
  shrinking_t r;
  if (!guest.load(step, rest_of(words))) return guest.error();
  if (!measure_shrinking(guest.runtime, guest.module, &guest.options, bytes, &r)) {
    return "error the instance failed";
  }
  return success({static_cast<double>(r.before), static_cast<double>(r.used),
                  static_cast<double>(r.reset), static_cast<double>(r.trimmed),
                  static_cast<double>(r.returned), r.reset_ns, r.trim_ns});
}

// trim STEP COUNT BYTES PATH: resident bytes that `count` instances leave behind, and that are left
// after the trim; bytes it returned, nanoseconds
std::string trim(Words& words) {
  std::string step;
  uint32_t count = 0, written = 0;
  words >> step >> count >> written;
  Guest guest;
  trimming_t r;
  if (!guest.load(step, rest_of(words))) return guest.error();
  if (!measure_trimming(guest.runtime, guest.module, &guest.options, count, written, &r)) {
    return "error the instances failed";
  }
  return success({static_cast<double>(r.kept), static_cast<double>(r.left),
                  static_cast<double>(r.returned), r.ns});
}

// ---- what the allocator sees

// load OWNERSHIP PATH: nanoseconds, bytes that stay allocated, the most that were allocated
std::string load(Words& words) {
  std::string ownership;
  words >> ownership;
  bench::Loading r = bench::load_module(ownership, rest_of(words));
  if (!r.error.empty()) return failure(r.error);
  return success({r.time, static_cast<double>(r.stays), static_cast<double>(r.most)});
}

// live PLACE COUNT PATH: how many instances there were, nanoseconds, bookkeeping and resident bytes
// for each
std::string live(Words& words) {
  std::string place;
  uint64_t count = 0;
  words >> place >> count;
  bench::Living r = bench::live_instances(place, count, rest_of(words));
  if (!r.error.empty()) return failure(r.error);
  return success({static_cast<double>(r.count), r.each, static_cast<double>(r.bookkeeping),
                  static_cast<double>(r.resident)});
}

uint32_t g_marks = 0;

// marks: how often the program has come by bench_mark
std::string count_marks(Words&) { return success({static_cast<double>(g_marks)}); }

std::string about(Words&) {
  return std::string("ok ") + wembed_version() + " " + wembed_interpreter_dispatch();
}

struct Verb {
  const char* name;
  std::string (*answer)(Words&);
};

const Verb verbs[] = {
    {"kernel", prepare_kernel},
    {"run", run_kernel},
    {"operations", list_operations},
    {"measure", measure},
    {"times", times},
    {"cycle", measure_cycle},
    {"cycles", measure_cycles},
    {"first", measure_first},
    {"threads", measure_threads},
    {"shrink", shrink},
    {"trim", trim},
    {"load", load},
    {"live", live},
    {"marks", count_marks},
    {"about", about},
};

std::string perform(const std::string& line) {
  Words words(line);
  std::string name;
  words >> name;
  for (const Verb& verb : verbs) {
    if (name == verb.name) return verb.answer(words);
  }
  return "error unknown verb " + name;
}

}  // namespace

__attribute__((noinline)) void bench_mark() { g_marks++; }

int main() {
  if (!wasm_runtime_init()) return 1;
  wasm_runtime_set_log_level(WASM_LOG_LEVEL_ERROR);
  char line[4096];
  while (std::fgets(line, sizeof line, stdin)) {
    line[std::strcspn(line, "\n")] = '\0';
    std::printf("%s\n", perform(line).c_str());
    std::fflush(stdout);
  }
  delete g_kernel;
  operations_end();
  steps_end();
  wasm_runtime_destroy();
  return 0;
}
