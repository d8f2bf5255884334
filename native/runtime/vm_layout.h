// Offsets and sizes for tiers that emit machine code, from vm_layout.def:
//   vm::kExecEnv_fuel   offset of ExecEnv::fuel
//   vm::kSizeof_Code    bytes of a Code
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "runtime/code.h"
#include "runtime/exec_env.h"
#include "runtime/function.h"
#include "runtime/global.h"
#include "runtime/host_function.h"
#include "runtime/instance.h"
#include "runtime/memory.h"
#include "runtime/table.h"

namespace wembed::vm {

#define FIELD(structure, field, type)                              \
  static_assert(std::is_standard_layout_v<structure>);             \
  static_assert(std::is_same_v<decltype(structure::field), type>); \
  constexpr int32_t k##structure##_##field = static_cast<int32_t>(offsetof(structure, field));
#define SIZE(structure) constexpr int32_t kSizeof_##structure = int32_t{sizeof(structure)};
#include "runtime/vm_layout.def"

// Compiled code reads and writes atomics as plain words.
static_assert(sizeof(std::atomic<Slot*>) == sizeof(Slot*));
static_assert(sizeof(std::atomic<uint32_t>) == sizeof(uint32_t));
static_assert(sizeof(Published<uint64_t>) == sizeof(uint64_t));
static_assert(std::atomic<Slot*>::is_always_lock_free);
static_assert(std::atomic<uint32_t>::is_always_lock_free);

}  // namespace wembed::vm
