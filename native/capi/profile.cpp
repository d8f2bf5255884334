// wasm_export.h: what a module, an instance and an exec_env take, as text; and how long functions
// have run.
#include <algorithm>
#include <cinttypes>
#include <cstdarg>
#include <cstdio>

#include "capi/handles.h"
#include "memory/guest_heap.h"
#include "platform/stack.h"
#include "runtime/exec_env_cold.h"
#include "runtime/instance_cold.h"
#include "runtime/instance_storage.h"
#include "runtime/native_links.h"
#include "runtime/profile.h"
#include "runtime/runtime.h"

using namespace wembed;

namespace {

template <class T> uint64_t bytes_of(std::span<const T> items) { return items.size() * sizeof(T); }

// Lines to where guests print.
class Report {
 public:
  explicit Report(const PrintSink& print) : print_(print) {}
  __attribute__((format(printf, 2, 3))) void line(const char* format, ...) {
    char text[256];
    va_list args;
    va_start(args, format);
    int length = std::vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    if (length > 0 && print_.write != nullptr) {
      print_.write(print_.context, text, static_cast<size_t>(length));
    }
  }
  void size(const char* name, uint64_t bytes) { line("    %s size: %" PRIu64 "\n", name, bytes); }

 private:
  const PrintSink& print_;
};

// Names and constants stay in the module's bytes.
uint64_t report_module(Report& report, const Module& module) {
  uint64_t defined = module.function_count() - module.imported_function_count();
  uint64_t types = bytes_of(module.types());
  uint64_t imports = bytes_of(module.imports());
  uint64_t functions = defined * sizeof(FunctionBody) +
                       module.imported_function_count() * sizeof(TypeDef*) +
                       module.function_count() / 8;
  uint64_t tables = bytes_of(module.tables());
  uint64_t memories = bytes_of(module.memories());
  uint64_t globals = bytes_of(module.globals());
  uint64_t exports = bytes_of(module.exports()) + module.exports().size() * sizeof(uint32_t);
  uint64_t elements = bytes_of(module.elements());
  uint64_t data = module.data().size() * sizeof(PackedDataSegment);
  uint64_t total = sizeof(Module) + types + imports + functions + tables + memories + globals +
                   exports + elements + data;
  report.line("WASM module memory consumption, total size: %" PRIu64 "\n", total);
  report.size("module struct", sizeof(Module));
  report.size("types", types);
  report.size("imports", imports);
  report.size("funcs", functions);
  report.size("tables", tables);
  report.size("memories", memories);
  report.size("globals", globals);
  report.size("exports", exports);
  report.size("table segs", elements);
  report.size("data segs", data);
  report.size("const strings", 0);
  return total;
}

uint64_t function_chunks(const Instance& instance) {
  const Instance::Cold& cold = *instance.cold;
  uint64_t bytes = 0;
  uint32_t defined = cold.function_count - instance.module->imported_function_count();
  for (uint32_t i = 0; i < (defined + kFunctionChunk - 1) / kFunctionChunk; i++) {
    bool is_made = cold.chunks[i].load(std::memory_order_acquire) != nullptr;
    if (is_made) bytes += sizeof(FunctionChunk);
  }
  return bytes;
}

uint64_t report_instance(Report& report, const Instance& instance, uint64_t heap) {
  const Instance::Cold& cold = *instance.cold;
  uint64_t memories = 0;
  for (uint32_t i = 0; i < cold.own_memory_count; i++) memories += cold.own_memories[i].size;
  uint64_t tables = 0;
  for (uint32_t i = 0; i < cold.own_table_count; i++) {
    tables += cold.own_tables[i].capacity * sizeof(Slot);
  }
  uint64_t globals = instance.module->globals().size() * sizeof(GlobalCell);
  uint64_t structure = instance_bytes(*instance.module) - globals;
  uint64_t functions = function_chunks(instance);
  uint64_t total = structure + memories + tables + functions + globals;
  report.line("WASM module inst memory consumption, total size: %" PRIu64 "\n", total);
  report.size("module inst struct", structure);
  report.size("memories", memories);
  report.line("        app heap size: %" PRIu64 "\n", heap);
  report.size("tables", tables);
  report.size("functions", functions);
  report.size("globals", globals);
  report.size("exports", 0);
  return total;
}

uint64_t report_exec_env(Report& report, const ExecEnv& env) {
  uint64_t structure = sizeof(ExecEnv) + sizeof(ExecEnv::Cold);
  uint64_t stack = static_cast<uint64_t>(env.stack_end - env.stack_base) * sizeof(Slot);
  report.line("Exec env memory consumption, total size: %" PRIu64 "\n", structure + stack);
  report.size("exec env struct", structure);
  report.size("stack", stack);
  return structure + stack;
}

}  // namespace

void wasm_runtime_dump_mem_consumption(wasm_exec_env_t exec_env) {
  if (exec_env == nullptr || unwrap(exec_env)->instance == nullptr) return;
  const ExecEnv& env = *unwrap(exec_env);
  const Instance& instance = *env.instance;
  GuestHeap::Statistics heap = {};
  uint64_t heap_bytes = 0;
  if (instance.memory != nullptr && instance.memory->heap != nullptr) {
    heap = instance.memory->heap->statistics();
    heap_bytes = instance.memory->heap->end() - instance.memory->heap->begin();
  }
  Report report(instance.runtime->print());
  report.line("\nMemory consumption summary (bytes):\n");
  uint64_t total = report_module(report, *instance.module);
  total += report_instance(report, instance, heap_bytes);
  total += report_exec_env(report, env);
  report.line("\nTotal memory consumption of module, module inst and exec env: %" PRIu64 "\n",
              total);
  report.line("Total interpreter stack used: %" PRIu64 "\n",
              static_cast<uint64_t>(env.top - env.stack_base) * sizeof(Slot));
  report.line("Total aux stack used: no enough info to profile\n");
  platform::StackBounds bounds = platform::native_stack_bounds();
  auto here = reinterpret_cast<uintptr_t>(__builtin_frame_address(0));
  if (here > bounds.low && here <= bounds.high) {
    report.line("Native stack left: %" PRIu64 "\n", static_cast<uint64_t>(here - bounds.low));
  } else {
    report.line("Native stack left: no enough info to profile\n");
  }
  report.line("Total app heap used: %" PRIu64 "\n", heap.peak);
}

namespace {

constexpr double kNotMeasured = -1.0;

double milliseconds(uint64_t ns) { return static_cast<double>(ns) / 1e6; }

// The shown name; the text is cut, and lost bytes have none.
void line_of(Report& report, const Module& module, uint32_t function, const FunctionTimes& times) {
  char text[96];
  {
    const ReadScope scope(module.source());
    std::string_view name = module.function_name(function);
    int length = static_cast<int>(std::min<size_t>(name.size(), sizeof(text) - 1));
    std::snprintf(text, sizeof text, "%.*s", length, name.data());
    if (name.empty() || scope.lost()) std::snprintf(text, sizeof text, "%" PRIu32, function);
  }
  report.line("  func %s, execution time: %.3f ms, execution count: %" PRIu64
              " times, children execution time: %.3f ms\n",
              text, milliseconds(times.total_ns.load(std::memory_order_relaxed)),
              times.calls.load(std::memory_order_relaxed),
              milliseconds(times.inner_ns.load(std::memory_order_relaxed)));
}

// The first function of that name; its count of functions: none.
uint32_t find_function(const Module& module, std::string_view name) {
  const ReadScope scope(module.source());
  uint32_t index = 0;
  while (index < module.function_count() && module.function_name(index) != name) index++;
  return scope.lost() ? module.function_count() : index;
}

Profile* profile_of(wasm_module_inst_t instance) {
  return instance == nullptr ? nullptr : unwrap(instance)->cold->profile;
}

}  // namespace

void wasm_runtime_dump_perf_profiling(wasm_module_inst_t module_inst) {
  if (module_inst == nullptr) return;
  const Instance& instance = *unwrap(module_inst);
  Report report(instance.runtime->print());
  report.line("Performance profiler data:\n");
  Profile* profile = profile_of(module_inst);
  if (profile == nullptr) return;
  for (uint32_t i = 0; i < profile->times().size(); i++) {
    const FunctionTimes& times = profile->of(i);
    if (times.calls.load(std::memory_order_relaxed) > 0) {
      line_of(report, *instance.module, i, times);
    }
  }
}

double wasm_runtime_sum_wasm_exec_time(wasm_module_inst_t module_inst) {
  Profile* profile = profile_of(module_inst);
  if (profile == nullptr) return kNotMeasured;
  uint64_t own = 0;
  for (const FunctionTimes& times : profile->times()) own += times.own_ns();
  return milliseconds(own);
}

double wasm_runtime_get_wasm_func_exec_time(wasm_module_inst_t inst, const char* func_name) {
  Profile* profile = profile_of(inst);
  if (profile == nullptr || func_name == nullptr) return kNotMeasured;
  uint32_t function = find_function(*unwrap(inst)->module, func_name);
  if (function >= profile->times().size()) return kNotMeasured;
  return milliseconds(profile->of(function).own_ns());
}
