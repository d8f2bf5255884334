#include "command/runtime.h"

#include "command/interruption.h"
#include "command/module_file.h"
#include "wembed.h"

namespace wembed::command {

bool start_runtime(uint32_t log_level, uint32_t tier) {
  wembed_config_t config = {};
  config.size = sizeof(config);
  config.checkpoint = &may_go_on;
  config.checkpoint_ms = 10;
  config.tier = tier;
  wembed_error_t error;
  RuntimeInitArgs args = {};
  args.mem_alloc_type = Alloc_With_System_Allocator;
  if (!wembed_set_default_config(&config, &error) || !wasm_runtime_full_init(&args)) {
    complain("the runtime cannot be started");
    return false;
  }
  wasm_runtime_set_log_level(static_cast<log_level_t>(log_level));
  return true;
}

}  // namespace wembed::command
