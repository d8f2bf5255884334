// A function of JavaScript that serves a stream, a clock or randomness of a guest's. It is called
// on the JavaScript thread; a guest on another one waits for the answer, never for more: what is
// not ready says so, and the guest waits where it can be stopped.
#pragma once

#include <memory>

#include "addon/environment.h"
#include "addon/napi_setup.h"
#include "wembed_wasi.h"

namespace wembed::addon {

struct ExceptionState;

// What the function is asked for: its first parameter. The second are the bytes, a Uint8Array, the
// third whether the guest waits on the JavaScript thread.
enum WasiQuestion : uint32_t {
  kWasiRead,       // put bytes: how many, 0 is the end
  kWasiWrite,      // take bytes: how many
  kWasiReadable,   // how many could be read
  kWasiWritable,   // how many could be written
  kWasiRealtime,   // put eight bytes: nanoseconds
  kWasiMonotonic,  // the same
  kWasiRandom,     // put bytes
  // Of a directory, see wasi_directory.cpp.
  kWasiStatus,
  kWasiEntry,
  kWasiReadAt,
  kWasiWriteAt,
  kWasiResize,
  kWasiMake,
  kWasiRemove,
  kWasiRename,
  kWasiReadLink,
  kWasiSetModified,
};

// A negative answer is an error number of WASI, or one of these.
constexpr int64_t kWasiFailed = -1001;  // - HostOutcome
constexpr int64_t kWasiThrew = -1004;

class WasiSource {
 public:
  WasiSource(std::shared_ptr<Environment> environment, Napi::Value function);
  WasiSource(const WasiSource&) = delete;
  WasiSource& operator=(const WasiSource&) = delete;
  // Deletes it, on any thread: what it has of JavaScript goes on the JavaScript thread.
  static void give_up(WasiSource* source);

  // From `from`, or into `to`, or both in one block; what is not wanted is null. With a failure the
  // guest has an exception; `exec_env` is null when the host itself asks.
  int64_t ask(wasm_exec_env_t exec_env, uint32_t question, const void* from, void* to, size_t size);

 private:
  friend class WasiMessage;
  ~WasiSource();
  int64_t ask_there(wasm_exec_env_t exec_env, uint32_t question, const void* from, void* to,
                    size_t size);

  const std::shared_ptr<Environment> environment_;
  napi_ref function_ = nullptr;  // weak: the instance's JavaScript side holds it
};

}  // namespace wembed::addon
