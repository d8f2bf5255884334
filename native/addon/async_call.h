// A call that runs on the pool. Its link group belongs to it until it ends: JavaScript has no
// buffer over its memories and is refused everything, except in host functions it calls.
#pragma once

#include <memory>
#include <vector>

#include "addon/environment.h"
#include "addon/instance.h"
#include "addon/stop.h"

namespace wembed::addon {

struct AsyncCall final : Task {
  std::shared_ptr<Environment> environment;
  std::shared_ptr<InstanceState> instance;
  std::shared_ptr<StopState> stop;
  wasm_exec_env_t exec_env = nullptr;
  wasm_function_inst_t function = nullptr;
  Signature signature;
  std::vector<uint64_t> slots;
  int64_t deadline = 0;  // steady clock, milliseconds; 0: none
  int64_t fuel = -1;
  bool ok = false;
  napi_ref settle = nullptr;  // JavaScript's function to call at the end
  napi_ref handle = nullptr;  // keeps the instance's JavaScript object

  ~AsyncCall() override;
  void run() override;
  // Tells the guest to stop, from the environment's clean-up.
  void abandon() { wembed_stop_request(stop->stop); }
  // Ends it without telling JavaScript; deletes it.
  void drop();
  // Ends it and tells JavaScript, on its thread; deletes it.
  void finish(napi_env env);
  [[nodiscard]] CallBounds bounds() const { return {nullptr, deadline, stop->stop}; }

 private:
  void give_back();
};

// Adds callAsync(instance handle, stop, settle): target, arguments and bounds in the cell.
void define_async_call(Environment& environment, Napi::Object binding);

}  // namespace wembed::addon
