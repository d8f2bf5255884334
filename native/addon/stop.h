// A request to stop, as JavaScript holds it: what an AbortSignal is turned into.
#pragma once

#include <memory>

#include "addon/loaded_module.h"
#include "addon/owned_handle.h"

namespace wembed::addon {

// Held by its JavaScript object and by the calls that run under it.
struct StopState {
  std::shared_ptr<NativeRuntime> runtime;
  wembed_stop_t stop = nullptr;

  ~StopState() {
    if (stop != nullptr) wembed_stop_delete(stop);
  }
  void abandon() {}
};

// Adds stopNew(runtime) and stopRequest(stop).
void define_stop(Napi::Object binding);

}  // namespace wembed::addon
