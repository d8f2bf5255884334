// Functions of the host that are made for an instance when it is there already, to be referred to
// by tables, globals and arguments. They are the instance's like those it imports, and go with it
// or, when the host asks for that, once nothing refers to them. Their index is kNotOfModule, and
// call stacks do not show them.
#pragma once

#include <cstdint>
#include <span>

#include "isa/types.h"
#include "runtime/function.h"
#include "runtime/host_function.h"

namespace wembed {

struct Instance;

// Null: no memory. Same rules of threads as for running the instance's code.
Function* make_host_reference(Instance& instance, std::span<const ValType> params,
                              std::span<const ValType> results, const HostFunction& host);

// The host may hold one that no table and no global has; it is about to be freed when not.
using KeepReference = bool (*)(void* context, const Function& function);

// Frees those of the instance that nothing refers to. How many places were looked at, or -1, with
// nothing done: something runs in the group, and may have them anywhere.
int64_t sweep_host_references(Instance& instance, KeepReference keep, void* context);

// The instance is closed, and others may still call them; or it goes.
void close_host_references(Instance& instance);
void free_host_references(Instance& instance);

}  // namespace wembed
