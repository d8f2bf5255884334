#include "addon/requirements.h"

#include "addon/error.h"
#include "addon/given.h"
#include "wembed.h"

namespace wembed::addon {

namespace {

uint32_t whole(const Napi::Object& object, const char* name) {
  return index_of(property_of(object, name));
}

// What an instance of this package does: strict linking, one exec_env of the instance's own.
wembed_requirements_options_t fixed_options() {
  wembed_requirements_options_t options{};
  options.size = sizeof options;
  options.singleton = true;
  options.supply_imports = true;
  return options;
}

Napi::Object figures(Napi::Env env, const wembed_requirements_t& needs) {
  auto object = Napi::Object::New(env);
  const auto set = [&](const char* name, uint64_t value) {
    object[name] = Napi::Number::New(env, static_cast<double>(value));
  };
  set("blockBytes", needs.block_bytes);
  set("allocatorBytes", needs.allocator_bytes);
  set("runtimeBytes", needs.runtime_bytes);
  set("moduleBytes", needs.module_bytes);
  set("codeBytes", needs.code_bytes);
  set("instanceBytes", needs.instance_bytes);
  set("memoryBytes", needs.memory_bytes);
  set("transientBytes", needs.transient_bytes);
  set("trapBytes", needs.trap_bytes);
  set("growthPageBytes", needs.growth_page_bytes);
  set("objectBytes", needs.object_bytes);
  return object;
}

// requirements(Uint8Array, {name, copied, instances, stackSize, heapSize, maxMemoryPages,
// gcHeapBytes, metered, late}): the figures, or an object that describes the error.
Napi::Value requirements(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  size_t length = 0;
  void* data = nullptr;
  napi_get_typedarray_info(env, info[0], nullptr, &length, &data, nullptr, nullptr);
  const auto given = info[1].As<Napi::Object>();
  const std::string name = property_of(given, "name").As<Napi::String>();
  wembed_config_t config{};
  config.size = sizeof config;
  config.no_system_memory = true;
  const bool metered = flag_of(property_of(given, "metered"));
  if (!flag_of(property_of(given, "late"))) {
    config.translate_early = WEMBED_TRANSLATE_PLAIN;
    if (metered) config.translate_early |= WEMBED_TRANSLATE_METERED;
  }
  wembed_instantiate_options_t instantiate{};
  instantiate.size = sizeof instantiate;
  instantiate.strict = true;
  instantiate.stack_size = whole(given, "stackSize");
  instantiate.heap_size = whole(given, "heapSize");
  instantiate.max_memory_pages = whole(given, "maxMemoryPages");
  instantiate.gc_heap_size = whole(given, "gcHeapBytes");
  wembed_requirements_options_t options = fixed_options();
  options.config = &config;
  options.instantiate = &instantiate;
  options.ownership =
      flag_of(property_of(given, "copied")) ? WEMBED_BYTES_COPY : WEMBED_BYTES_BORROW;
  options.instances = whole(given, "instances");
  options.metered = metered;
  options.name = name.c_str();
  wembed_requirements_t needs{};
  needs.size = sizeof needs;
  wembed_error_t error{};
  if (!wembed_module_requirements(static_cast<const uint8_t*>(data), length, &options, &needs,
                                  &error)) {
    return error_to_js(env, error);
  }
  return figures(env, needs);
}

}  // namespace

void define_requirements(Napi::Object binding) {
  binding["requirements"] = Napi::Function::New(binding.Env(), requirements, "requirements");
}

}  // namespace wembed::addon
