#include "addon/error.h"

#include "addon/environment.h"
#include "addon/exception.h"
#include "addon/trap_places.h"

namespace wembed::addon {

namespace {

void set_known(Napi::Object& object, const char* key, uint64_t value, uint64_t unknown) {
  if (value != unknown) object[key] = static_cast<double>(value);
}

constexpr uint32_t kMostPlaces = 64;

// What costs little: most errors are never looked at closely. The numbers are in the cell's first
// slots: function index, how many frames there were, and which of the batch has their places.
napi_value trap_to_js(Environment& environment, const wembed_trap_t& trap,
                      const wembed_place_t* places) {
  const napi_env env = environment.env;
  uint32_t index = 0;
  environment.trap_batches.add(env, environment.traps, places, trap.place_count, index);
  uint64_t* slots = environment.cell->slots;
  slots[0] = places->function_index;
  slots[1] = trap.frame_total;
  slots[2] = index;
  uint32_t length = 0;
  const char* name = wembed_place_function(places, &length);
  const char* module = wasm_runtime_get_module_name(places->module);
  return environment.trap_batches.described(
      env, {trap.code, trap.message, module == nullptr ? "" : module, {name, length}});
}

}  // namespace

Napi::Object error_to_js(Napi::Env env, const wembed_error_t& error) {
  auto object = Napi::Object::New(env);
  object["kind"] = error.kind;
  object["code"] = error.code;
  object["message"] = error.message;
  object["module"] = error.module_name;
  object["function"] = error.function_name;
  object["section"] = error.section;
  set_known(object, "functionIndex", error.function_index, UINT32_MAX);
  set_known(object, "offset", error.offset, UINT64_MAX);
  return object;
}

napi_value take_error(Environment& environment, wasm_module_inst_t instance,
                      const std::shared_ptr<RuntimeState>& runtime) {
  const napi_env env = environment.env;
  wembed_place_t places[kMostPlaces];
  wembed_trap_t trap{};
  trap.size = sizeof trap;
  if (!wembed_get_trap(instance, &trap, places, kMostPlaces)) return nullptr;
  keep_exception(environment, instance, runtime);
  napi_value object = nullptr;
  if (trap.kind == WEMBED_ERROR_TRAP && trap.place_count > 0) {
    object = trap_to_js(environment, trap, places);
  } else {
    wembed_error_t error{};
    wembed_get_error(instance, &error);
    object = error_to_js(env, error);
  }
  wasm_runtime_clear_exception(instance);
  return object;
}

}  // namespace wembed::addon
