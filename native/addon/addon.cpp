// Where Node enters: everything the binding offers, once per environment.
#include "addon/async_call.h"
#include "addon/debug.h"
#include "addon/environment.h"
#include "addon/exception.h"
#include "addon/global.h"
#include "addon/guest_memory.h"
#include "addon/guest_object.h"
#include "addon/host_function.h"
#include "addon/host_reference.h"
#include "addon/inspect.h"
#include "addon/instance.h"
#include "addon/memory.h"
#include "addon/memory_report.h"
#include "addon/module.h"
#include "addon/napi_setup.h"
#include "addon/requirements.h"
#include "addon/reset.h"
#include "addon/runtime.h"
#include "addon/shared_memory.h"
#include "addon/stop.h"
#include "addon/table.h"
#include "addon/trap_places.h"
#include "addon/wasi.h"

namespace wembed::addon {

namespace {

Napi::Object init(Napi::Env env, Napi::Object binding) {
  Environment* environment = Environment::create(env);
  if (environment == nullptr) {
    Napi::Error::New(env, "wembed: out of memory").ThrowAsJavaScriptException();
    return binding;
  }
  binding["cell"] = environment->cell_buffer();
  binding["version"] = wembed_version();
  binding["dispatch"] = wembed_interpreter_dispatch();
  define_runtime(binding);
  define_module(binding);
  define_instance(binding);
  define_reset(binding);
  define_calls(*environment, binding);
  define_async_call(*environment, binding);
  define_host_functions(*environment, binding);
  define_stop(binding);
  define_exceptions(*environment, binding);
  define_memory(binding);
  define_shared_memory(binding);
  define_guest_memory(binding);
  define_memory_report(binding);
  define_table(binding);
  define_guest_objects(binding);
  define_host_references(binding);
  define_trap_places(binding);
  define_global(binding);
  define_inspect(binding);
  define_debug(binding);
  define_requirements(binding);
  define_wasi(binding);
  define_wasi_files(binding);
  return binding;
}

}  // namespace

}  // namespace wembed::addon

static Napi::Object wembed_addon_init(Napi::Env env, Napi::Object exports) {
  return wembed::addon::init(env, exports);
}

NODE_API_MODULE(wembed, wembed_addon_init)
