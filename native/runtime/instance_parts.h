// The parts of an instance that are made while it is: memories, tables, contents of segments.
// Private to instantiation.
#pragma once

#include "base/error.h"
#include "runtime/instance.h"
#include "runtime/instantiate_options.h"

namespace wembed {

// Makes memory `index` of the module, with the host-managed heap behind it if it is the first.
// Null on failure.
Memory* make_memory(Instance& instance, uint32_t index, const InstantiateOptions& options,
                    Diagnostic& diagnostic);

// Makes table `index`, all elements null or as its image has them. Null: it is too large.
Table* make_table(Instance& instance, uint32_t index);

// Gives tables with an initial expression their elements.
Error init_tables(Instance& instance, Diagnostic& diagnostic);

// Gives the globals that the module defines their values.
Error init_globals(Instance& instance, Diagnostic& diagnostic);

enum class Targets : uint8_t {
  All,
  Own,  // only what the instance made itself; segments for the rest count as done
};

// Copies active segments, elements first, each wholly or not at all; `trap` says why one did not.
Error init_segments(Instance& instance, Targets targets, Diagnostic& diagnostic, Trap& trap);

// All segments are there again, as before init_segments().
void undrop_segments(Instance& instance);

// Whether a memory is that of the instance it is shared with, and taking it from there.
[[nodiscard]] bool is_taken_over(const InstantiateOptions& options, const Module& module,
                                 uint32_t memory);
[[nodiscard]] Error take_over_memory(Instance& instance, uint32_t memory,
                                     const InstantiateOptions& options);

}  // namespace wembed
