#include "addon/waiting_call.h"

#include "addon/environment.h"
#include "addon/instance.h"

namespace wembed::addon {

void WaitingCalls::drop(Environment& environment, size_t count) {
  if (count < floor_) count = floor_;
  while (count_ > count) {
    const WaitingCall call = innermost();
    uint64_t slots[1];
    wembed_host_call_t none{};
    none.size = sizeof none;
    const wasm_module_inst_t running = wasm_runtime_get_module_inst(call.exec_env);
    // Failed calls run no code of the guest's.
    wembed_call_resume(call.exec_env, false, slots, &none);
    wasm_runtime_clear_exception(running);
    wasm_runtime_clear_exception(wasm_runtime_get_module_inst(call.exec_env));
    if (call.is_bounded) environment.bounds = call.bounds.outer;
    --call.instance->active;
    remove();
  }
  environment.cell->depth = static_cast<uint32_t>(count_);
}

WaitingCalls::Floor::Floor(Environment& environment)
    : environment_(environment), before_(environment.waiting.floor_) {
  environment.waiting.floor_ = environment.waiting.count();
}

WaitingCalls::Floor::~Floor() {
  WaitingCalls& waiting = environment_.waiting;
  if (waiting.count() > waiting.floor_) waiting.drop(environment_, waiting.floor_);
  waiting.floor_ = before_;
}

}  // namespace wembed::addon
