// Between reading a signature and calling by it: private to host_plan.cpp and host_function.cpp.
#pragma once

#include <cstddef>
#include <cstdint>

#include "runtime/host_function.h"

namespace wembed {

// What `signature` means for a function of that type; null when it does not fit (`fits` false) or
// there is no memory (`fits` true). For raw functions only arguments that are converted are listed.
HostPlan* make_host_plan(Allocator& allocator, const char* signature, const TypeDef* type, bool raw,
                         bool wide_index, bool& fits);

// Picks the way to enter a native by its plan, which the result refers to.
HostFunction bind_host_plan(const HostPlan& plan, const NativeRegistry::Found& native);

// Bytes of an argument on a packed stack.
constexpr uint32_t packed_size(ArgKind kind) {
  return kind == ArgKind::Word32 || kind == ArgKind::Float32 || kind == ArgKind::Func ? 4 : 8;
}

// "failed to call unlinked import function (<module>, <name>)", cut to the buffer.
void format_unlinked(const Module& module, uint32_t function, char* text, size_t size);

}  // namespace wembed
