// JavaScript functions as imports. The JavaScript side gives a function without parameters that
// reads the arguments from the cell and leaves the results there (lib/host/host_function.ts). As a
// rule a call waits for it and JavaScript runs it, see waiting_call.h; it is called from here for
// start functions, allocators of the guest's, and calls on other threads.
//
// Called on another thread, by an asynchronous call, the arguments travel to the JavaScript
// thread and the caller waits, also for a promise; when the environment ends, it is let go with a
// failure. While a promise is awaited the instance is busy, but for who names this host call.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>

#include "addon/belongings.h"
#include "addon/environment.h"
#include "addon/exported_function.h"
#include "addon/instance.h"
#include "addon/napi_setup.h"
#include "wembed.h"

namespace wembed::addon {

struct HostFunction {
  Environment* environment = nullptr;  // lives as long as an open member of the group
  Belongings* home = nullptr;          // of the importing instance: owns it
  size_t place = 0;                    // there
  Signature signature;
  uint32_t param_slots = 0;
  uint32_t result_slots = 0;
  napi_ref function = nullptr;  // weak: the instance's JavaScript side holds it

  void set_type(wasm_func_type_t type);
  // On the JavaScript thread: puts the arguments into the cell. `number`: of a call whose guest can
  // wait for a promise, else 0. The cell is the environment's: what it takes to find it there would
  // stand between each call and its arguments.
  void begin(Cell& cell, wasm_exec_env_t exec_env, const uint64_t* slots, uint32_t number);
  // The function in JavaScript that takes them from there. Null: it is gone.
  [[nodiscard]] napi_value target() const;
  // Both, and the call.
  HostOutcome run(wasm_exec_env_t exec_env, uint64_t* slots, uint32_t number);
  // Takes the results out of the cell.
  void take_results(Cell& cell, uint64_t* slots);
  void drop(napi_env env);

 private:
  // A start function's first way out: the instance is known from here on.
  void enter_owner(wasm_exec_env_t exec_env) const;
};

inline void HostFunction::begin(Cell& cell, wasm_exec_env_t exec_env, const uint64_t* slots,
                                uint32_t number) {
  const InstanceState* owner = home->owner;
  if (owner != nullptr && owner->instance == nullptr && owner->starting) [[unlikely]]
    enter_owner(exec_env);
  home->group->refresh(environment->env);
  // A few, as a rule: a call of memcpy would take longer.
  for (uint32_t i = 0; i < param_slots; ++i) cell.slots[i] = slots[i];
  if (signature.functions) [[unlikely]]
    params_to_js(*environment, signature, cell.slots);
  cell.host_call = number;
}

inline void HostFunction::take_results(Cell& cell, uint64_t* slots) {
  if (signature.functions) [[unlikely]]
    results_from_js(*environment, signature, cell.slots);
  if (signature.narrow_results) {
    // JavaScript has just written these halves alone: a load of both would wait for the store.
    for (uint32_t i = 0; i < result_slots; ++i) slots[i] = static_cast<uint32_t>(cell.slots[i]);
  } else {
    for (uint32_t i = 0; i < result_slots; ++i) slots[i] = cell.slots[i];
  }
}

// One such call on its way, shared by the waiting thread and the message.
struct HostCall {
  HostFunction* host = nullptr;
  wasm_exec_env_t exec_env = nullptr;
  uint64_t* slots = nullptr;
  std::shared_ptr<ExceptionState> thrown;  // kHostThrew; set before answer()

  void answer(HostOutcome outcome);  // the first one counts
  HostOutcome wait();                // never kHostWaits

 private:
  std::mutex mutex_;
  std::condition_variable wake_;
  HostOutcome outcome_ = kHostWaits;
};

// The wembed_callback_t of all of them; data is the HostFunction.
bool call_host_function(wasm_exec_env_t exec_env, void* data, uint64_t* slots);

// Adds hostSettle(number): a promise settled, see the cell for how. Ignored when its call is over.
void define_host_functions(Environment& environment, Napi::Object binding);

}  // namespace wembed::addon
