// From a function's bytes to its register operations, and back to byte offsets.
#pragma once

#include <cstdint>
#include <span>

#include "base/error.h"
#include "base/poll.h"
#include "runtime/code.h"
#include "runtime/handler_table.h"
#include "runtime/loop_entry.h"
#include "runtime/root_map.h"

namespace wembed {

// Register code as it is published: `ops` points behind the word that says what the frame needs
// (local slots in the low half, all slots in the high half). The block starts at that word.
struct Translation {
  uint64_t* block = nullptr;
  uint32_t words = 0;                // of the ops
  HandlerTable* handlers = nullptr;  // the module allocator's; null: none
  [[nodiscard]] const uint64_t* ops() const { return block + 1; }
};

// Translates the body of `code`, checking it again. The block is the module allocator's. Several
// threads may do so at once. Fails for lack of memory, because the bytes changed or are lost, or
// as `poll` says.
[[nodiscard]] Error translate(const Code& code, const Poll& poll, Translation& result);

// Which slots of a frame have references at each position of the ops; null when there is no memory
// to find out. The module allocator's.
[[nodiscard]] RootMap* make_root_map(const Code& code, std::span<const uint64_t> ops);

// The loop that branches to word `index` of the function's ops go on with, if there is one: not all
// of what branches lead to is a loop. What is needed meanwhile is the entry's allocator's.
[[nodiscard]] Error find_loop(const Code& code, std::span<const uint64_t> ops, uint32_t index,
                              const Poll& poll, LoopEntry& entry, bool& is_found);

// The module's byte offset of the instruction that word `index` of the function's ops belongs to;
// kNoOffset when there is no memory to find out.
uint64_t source_offset(const Code& code, uint32_t index);

}  // namespace wembed
