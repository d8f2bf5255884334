// Making instances: imports linked, memories and tables made, segments copied, start functions run.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/error.h"
#include "memory/backend.h"
#include "runtime/call.h"
#include "runtime/host_function.h"
#include "runtime/instance_cold.h"

namespace wembed {

enum class ImportSource : uint8_t {
  Default,   // registered natives; built-in names; else missing
  Callback,  // a host function that takes slots
  Export,    // an export of another instance
  Value,     // an immutable global of that value
  Fresh,     // a new memory, table or global of the type asked for
  Function,  // a function of any instance
};

// What satisfies one import.
struct ImportBinding {
  ImportSource source = ImportSource::Default;
  SlotCallback callback = nullptr;
  void* data = nullptr;
  Instance* instance = nullptr;
  uint32_t export_index = 0;
  Function* function = nullptr;
  Slot value[2] = {};
};

struct InstantiateOptions {
  uint32_t stack_size = 0;               // bytes of wasm stack per exec_env; 0: default
  uint32_t heap_size = 0;                // bytes of host-managed heap; 0: none
  uint32_t max_memory_pages = 0;         // 0: the module's
  Backend backend = Backend::Automatic;  // of memory 0 with Buffer and Functions, else of all
  uint8_t* buffer = nullptr;             // Backend::Buffer
  uint64_t buffer_capacity = 0;
  const MemoryFunctions* memory_functions = nullptr;  // Backend::Functions
  bool strict = false;           // what is missing or does not fit is an error, all at once
  bool run_constructors = true;  // __post_instantiate and __wasm_call_ctors, as WAMR
  std::span<const ImportBinding> imports;  // by position in the file; may be shorter
  NativeLinks* links = nullptr;            // for Default
  CallLimits limits;                       // of start functions
  void* custom_data = nullptr;
  HostModule host_module;  // if it has one, it keeps module and links alive
  char* report = nullptr;  // link errors, one line each
  size_t report_size = 0;
  Instance** failed = nullptr;  // takes the instance whose start functions failed
};

// Null on failure; `diagnostic` has the reason, and `trap` (may be null) the code if guest code or
// an active segment trapped. Nothing is left behind, except what `options.failed` takes and what
// the module has already written to memories and tables of others. `options.host_module` is held
// once for the caller then: a start function may have had the host give it up, and what is said of
// the failure needs it.
Instance* instantiate(Runtime& runtime, Module& module, const InstantiateOptions& options,
                      Diagnostic& diagnostic, Trap* trap);

// Whether a call is running on an exec_env made for the instance. Such an instance must not be
// closed.
bool is_running(const Instance& instance);

// Ends an instance: its exec_env goes, its storage as soon as its group allows.
void close_instance(Instance& instance);

}  // namespace wembed
