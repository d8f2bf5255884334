// What the embedder says about an instance to be made: imports, memory, stack, start.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "memory/backend.h"
#include "runtime/call.h"
#include "runtime/host_function.h"
#include "runtime/host_module.h"

namespace wembed {

class LibraryState;
class NativeLinks;

enum class ImportSource : uint8_t {
  Default,   // registered natives; built-in names; else missing
  Callback,  // a host function that takes slots
  Export,    // an export of another instance
  Value,     // an immutable global of that value
  Fresh,     // a new memory, table or global of the type asked for
  Function,  // a function of any instance
  Deferred,  // a host function that is left to the caller of a resumable call
  Tag,       // a tag of the embedder's, or of any instance
};

// What satisfies one import.
struct ImportBinding {
  ImportSource source = ImportSource::Default;
  SlotCallback callback = nullptr;
  void* data = nullptr;
  Instance* instance = nullptr;
  uint32_t export_index = 0;
  Function* function = nullptr;
  wembed::Tag* tag = nullptr;
  Slot value[2] = {};
};

struct InstantiateOptions {
  uint32_t stack_size = 0;               // bytes of wasm stack per exec_env; 0: see Conventions
  uint32_t heap_size = 0;                // bytes of host-managed heap; 0: none
  uint64_t gc_heap_size = 0;             // bytes it brings along for objects; 0: see RuntimeConfig
  uint32_t max_memory_pages = 0;         // of the first memory; 0: the module's
  bool pages_are_limited = false;        // that is a limit, the heap included; else WAMR's wish
  Backend backend = Backend::Automatic;  // of memory 0 with Buffer and Functions, else of all
  uint8_t* buffer = nullptr;             // Backend::Buffer
  uint64_t buffer_capacity = 0;
  bool buffer_is_reserved = false;                    // see MemoryRequest
  const MemoryFunctions* memory_functions = nullptr;  // Backend::Functions
  bool strict = false;           // what is missing or does not fit is an error, all at once
  bool run_constructors = true;  // see Conventions
  std::span<const ImportBinding> imports;  // by position in the file; may be shorter
  NativeLinks* links = nullptr;            // for Default
  // An instance of the same module, whose shared memories are those of the new one as well.
  Instance* shared_with = nullptr;
  CallLimits limits;  // of start functions
  void* custom_data = nullptr;
  LibraryState* library_state = nullptr;  // which the instance joins
  HostModule host_module;                 // if it has one, it keeps module and links alive
  char* report = nullptr;                 // link errors, one line each
  size_t report_size = 0;
  Instance** failed = nullptr;  // takes the instance whose start functions failed
};

}  // namespace wembed
