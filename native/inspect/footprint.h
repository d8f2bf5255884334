// How large things are, for people: what modules and instances take from the allocator.
#pragma once

#include <cstdint>

#include "runtime/instance.h"

namespace wembed {

struct ModuleFootprint {
  uint64_t bookkeeping = 0;  // bytes beside the module's own bytes and translated code
  uint32_t defined = 0;      // functions
  uint32_t translated = 0;   // of these, in any variant
};
ModuleFootprint module_footprint(Module& module);

struct StackFootprint {
  uint32_t stacks = 0;  // exec_envs made for the instance
  uint64_t bytes = 0;   // of all of them
  uint64_t used = 0;
};

struct InstanceFootprint {
  uint64_t bookkeeping = 0;  // bytes beside memories and wasm stacks; tables included
  StackFootprint stack;
};
InstanceFootprint instance_footprint(Instance& instance);

// Whether anything runs in the group the instance belongs to.
bool is_group_running(const Instance& instance);

}  // namespace wembed
