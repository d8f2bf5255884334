// What wembed_config_t means for the core, checked.
#pragma once

#include "capi/handles.h"
#include "capi/refusal.h"

namespace wembed {

// The caller's structure with what it leaves out as zero; null means defaults. The result says what
// makes no sense.
Refusal read_config(const wembed_config_t* config, wembed_config_t& settings);

// Null, or why its allocator contradicts the rest. Not part of reading, since WAMR's hosts give
// the allocator apart from the rest.
const char* refuse_allocator(const wembed_config_t& settings);

// For read settings and the allocator they name.
RuntimeConfig core_config(const wembed_config_t& settings, const Allocator& allocator,
                          const TierChoice& tier);

// Where its messages go.
LogOutput log_output(const wembed_config_t& settings);

// A runtime with the allocator that its settings name, in memory of that allocator; null on
// failure.
EmbedderRuntime* make_runtime(const wembed_config_t& settings, Diagnostic& diagnostic,
                              bool is_rehearsal = false);
// Gives it up: it ends now, or with the last of its modules, exec_envs and stops.
void delete_runtime(EmbedderRuntime* embedder);

}  // namespace wembed
