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

#include "addon/exported_function.h"
#include "addon/napi_setup.h"
#include "wembed.h"

namespace wembed::addon {

class Environment;
struct Belongings;

struct HostFunction {
  Environment* environment = nullptr;  // lives as long as an open member of the group
  Belongings* home = nullptr;          // of the importing instance: owns it
  size_t place = 0;                    // there
  Signature signature;
  uint32_t param_slots = 0;
  uint32_t result_slots = 0;
  napi_ref function = nullptr;  // weak: the instance's JavaScript side holds it

  void set_type(wasm_func_type_t type);
  // On the JavaScript thread: the function in JavaScript, with its arguments in the cell. Null: it
  // is gone. `number`: of a call whose guest can wait for a promise, else 0.
  napi_value begin(wasm_exec_env_t exec_env, uint64_t* slots, uint32_t number);
  // Calls that too.
  HostOutcome run(wasm_exec_env_t exec_env, uint64_t* slots, uint32_t number);
  // Takes the results out of the cell.
  void take_results(uint64_t* slots);
  void drop(napi_env env);
};

// One such call on its way, shared by the waiting thread and the message.
struct HostCall {
  HostFunction* host = nullptr;
  wasm_exec_env_t exec_env = nullptr;
  uint64_t* slots = nullptr;

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
