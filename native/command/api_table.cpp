#include "command/api_table.h"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <vector>

namespace wembed::command {

namespace {

// Each table's names, and its notes, as one text with NULs in between: a pointer for each would
// take more room than the texts.
constexpr char kNames[] =
#define FUNCTION(header, group, name, state, note) #name "\0"
#define ONLY_ON_MAIN(name)
#include "capi/functions.def"
#undef FUNCTION
#define PORTING_FUNCTION(header, name) #name "\0"
#include "porting/functions.def"
#undef PORTING_FUNCTION
    ;

constexpr char kNotes[] =
#define FUNCTION(header, group, name, state, note) note "\0"
#include "capi/functions.def"
#undef FUNCTION
    ;

// Those of the second table are all there.
constexpr ApiState kStates[] = {
#define FUNCTION(header, group, name, state, note) ApiState::state,
#include "capi/functions.def"
#undef FUNCTION
};

constexpr bool kIsOfGc[] = {
#define FUNCTION(header, group, name, state, note) std::string_view(#header) == "gc_export",
#include "capi/functions.def"
#undef FUNCTION
#undef ONLY_ON_MAIN
};

bool is_before(const ApiFunction& a, const ApiFunction& b) { return a.name < b.name; }

std::vector<ApiFunction> make_table() {
  std::vector<ApiFunction> all;
  const char* note = kNotes;
  for (const char* name = kNames; *name != 0; name += std::strlen(name) + 1) {
    const bool is_first = all.size() < std::size(kStates);
    const size_t at = all.size();
    all.push_back(
        {name, is_first ? kStates[at] : ApiState::Implemented, note, is_first && kIsOfGc[at]});
    if (is_first) note += std::strlen(note) + 1;  // the last one is empty
  }
  std::sort(all.begin(), all.end(), &is_before);
  return all;
}

}  // namespace

const ApiFunction* find_api_function(std::string_view name) {
  static const std::vector<ApiFunction> all = make_table();
  auto at = std::lower_bound(all.begin(), all.end(), ApiFunction{name, ApiState::Never, "", false},
                             &is_before);
  return at != all.end() && at->name == name ? &*at : nullptr;
}

bool is_of_wamr(std::string_view name) {
  constexpr std::string_view kPrefixes[] = {
      "wasm_runtime_", "wasm_application_", "wasm_exec_env_", "wasm_cluster_", "wasm_native_",
      "wasm_loader_",  "wasm_interp_",      "bh_hash_map_",   "bh_vector_",    "mem_allocator_"};
  return std::any_of(std::begin(kPrefixes), std::end(kPrefixes),
                     [&](std::string_view prefix) { return name.starts_with(prefix); });
}

bool is_internal_header(std::string_view name) {
  constexpr std::string_view kHeaders[] = {"wasm.h",
                                           "wasm_runtime.h",
                                           "wasm_runtime_common.h",
                                           "wasm_exec_env.h",
                                           "wasm_loader.h",
                                           "wasm_interp.h",
                                           "wasm_memory.h",
                                           "wasm_native.h",
                                           "wasm_opcode.h",
                                           "wasm_shared_memory.h",
                                           "wasm_suspend_flags.h",
                                           "aot_runtime.h",
                                           "aot_loader.h",
                                           "aot_reloc.h",
                                           "thread_manager.h",
                                           "bh_hashmap.h",
                                           "bh_vector.h",
                                           "bh_list.h",
                                           "bh_common.h",
                                           "bh_assert.h",
                                           "mem_alloc.h",
                                           "ems_gc.h",
                                           "platform_internal.h",
                                           "config.h",
                                           "wasi_nn_types.h",
                                           "wasmtime_ssp.h",
                                           "posix.h",
                                           "debug_engine.h",
                                           "gc_type.h",
                                           "gc_object.h",
                                           "wasm_c_api_internal.h",
                                           "jit_compiler.h"};
  const size_t slash = name.rfind('/');
  if (slash != std::string_view::npos) name.remove_prefix(slash + 1);
  return std::find(std::begin(kHeaders), std::end(kHeaders), name) != std::end(kHeaders);
}

}  // namespace wembed::command
