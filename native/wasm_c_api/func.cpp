// wasm_c_api.h: functions of the host's, and calls.
#include <algorithm>
#include <cstring>

#include "wasm_c_api/internals.h"
#include "wasm_c_api/memory.h"
#include "wasm_c_api/reference.h"
#include "wasm_c_api/tiny_module.h"
#include "wasm_c_api/value.h"

using namespace wembed::c_api;

namespace {

constexpr size_t kInline = 16;  // values that need no allocation

// Signature of a call, for its values.
struct Shape {
  explicit Shape(wasm_function_inst_t function) : type(wembed_function_type(function)) {
    params = wasm_func_type_get_param_count(type);
    results = wasm_func_type_get_result_count(type);
  }
  [[nodiscard]] wasm_valkind_t param(uint32_t i) const {
    return wasm_func_type_get_param_valkind(type, i);
  }
  [[nodiscard]] wasm_valkind_t result(uint32_t i) const {
    return wasm_func_type_get_result_valkind(type, i);
  }
  // Vectors take two slots.
  [[nodiscard]] size_t slots() const { return 2 * size_t{std::max(params, results)}; }

  wasm_func_type_t type;
  uint32_t params;
  uint32_t results;
};

bool fail(wasm_exec_env_t exec_env, const char* text) {
  wasm_runtime_set_exception(wasm_runtime_get_module_inst(exec_env), text);
  return false;
}

// The message, which need not end with a NUL, becomes the exception, cut as WAMR cuts it.
bool fail(wasm_exec_env_t exec_env, wasm_trap_t* trap) {
  constexpr size_t kMost = 107;
  wasm_message_t message;
  wasm_trap_message(trap, &message);
  char text[kMost + 1] = {};
  if (message.size > 0) std::memcpy(text, message.data, std::min(message.size, kMost));
  wasm_name_delete(&message);
  wasm_trap_delete(trap);
  return fail(exec_env, text[0] == 0 ? "native function throw unknown exception" : text);
}

wasm_trap_t* invoke(const HostCallback& host, const wasm_val_vec_t& args, wasm_val_vec_t& results) {
  return host.plain != nullptr ? host.plain(&args, &results)
                               : host.with_env(host.env, &args, &results);
}

bool store_results(const Shape& shape, wasm_val_t* values, uint64_t* slots) {
  bool all = true;
  for (uint32_t i = 0; i < shape.results; i++) {
    // Hosts of WAMR need not say what kind a result is.
    values[i].kind = shape.result(i);
    all = all && to_slot(values[i], shape.result(i), slots[i]);
  }
  return all;
}

// What the guest calls. The arguments' references are ours: the guest's call keeps their functions.
bool call_host(wasm_exec_env_t exec_env, void* data, uint64_t* slots) {
  auto& instance = *static_cast<wasm_instance_t*>(data);
  wasm_function_inst_t function = wembed_instance_function(instance.native, 0);
  Shape shape(function);
  Scratch<wasm_val_t, kInline> args(shape.params);
  Scratch<wasm_val_t, kInline> results(shape.results);
  if (args.get() == nullptr || results.get() == nullptr) return fail(exec_env, "out of memory");
  uint32_t made = 0;
  while (made < shape.params && from_slot(instance, shape.param(made), slots[made], args[made])) {
    made++;
  }
  wasm_trap_t* trap = nullptr;
  bool is_whole = made == shape.params;
  if (is_whole) {
    wasm_val_vec_t given = {made, args.get(), made, sizeof(wasm_val_t), nullptr};
    wasm_val_vec_t room = {shape.results, results.get(), 0, sizeof(wasm_val_t), nullptr};
    for (uint32_t i = 0; i < shape.results; i++) results[i] = {};
    trap = invoke(instance.host, given, room);
  }
  for (uint32_t i = 0; i < made; i++) wasm_val_delete(&args[i]);
  if (!is_whole) return fail(exec_env, "out of memory");
  if (trap != nullptr) return fail(exec_env, trap);
  bool is_right = store_results(shape, results.get(), slots);
  for (uint32_t i = 0; i < shape.results; i++) wasm_val_delete(&results[i]);
  return is_right || fail(exec_env, "a result of the host function is no function reference");
}

bool has_vector(const wasm_valtype_vec_t& types) {
  for (size_t i = 0; i < types.num_elems; i++) {
    if (types.data[i]->kind == WASM_V128) return true;
  }
  return false;
}

wasm_func_t* new_func(wasm_store_t* store, const wasm_functype_t* type, const HostCallback& host) {
  if (store == nullptr || type == nullptr || has_vector(type->params) ||
      has_vector(type->results)) {
    return nullptr;
  }
  wembed_import_t import = {};
  import.source = WEMBED_IMPORT_CALLBACK;
  import.callback = call_host;
  wasm_instance_t* instance = tiny_instance(*store, *type, import);
  if (instance == nullptr) return nullptr;
  instance->host = host;
  return static_cast<wasm_func_t*>(export_handle(instance, 0));
}

bool load_args(const Shape& shape, const wasm_val_vec_t* args, uint64_t* slots) {
  if (shape.params == 0) return true;
  if (args == nullptr || args->data == nullptr || args->size < shape.params) return false;
  for (uint32_t i = 0; i < shape.params; i++) {
    if (!to_slot(args->data[i], shape.param(i), slots[i])) return false;
  }
  return true;
}

// False: no memory for a reference; nothing is left of the values then.
bool give_results(const Shape& shape, wasm_instance_t& home, const uint64_t* slots,
                  wasm_val_vec_t* results) {
  if (results == nullptr || shape.results == 0) return true;
  for (uint32_t i = 0; i < shape.results; i++) {
    if (from_slot(home, shape.result(i), slots[i], results->data[i])) continue;
    while (i > 0) wasm_val_delete(&results->data[--i]);
    return false;
  }
  results->num_elems = shape.results;
  results->size = shape.results;
  return true;
}

bool has_vector(const Shape& shape) {
  for (uint32_t i = 0; i < shape.params; i++) {
    if (shape.param(i) == WASM_V128) return true;
  }
  for (uint32_t i = 0; i < shape.results; i++) {
    if (shape.result(i) == WASM_V128) return true;
  }
  return false;
}

wasm_trap_t* call(const wasm_func_t& function, const wasm_val_vec_t* args,
                  wasm_val_vec_t* results) {
  wasm_instance_t& home = *function.home;
  Shape shape(function.function);
  if (has_vector(shape)) return new_trap(home.store, "wasm_val_t has no room for v128");
  if (results != nullptr && results->size < shape.results) {
    return new_trap(home.store, "wasm_func_call: there is less room than results");
  }
  Scratch<uint64_t, 2 * kInline> slots(shape.slots());
  if (slots.get() == nullptr) return new_trap(home.store, "out of memory");
  if (!load_args(shape, args, slots.get())) {
    return new_trap(home.store, "wasm_func_call: arguments do not fit the function's type");
  }
  wasm_exec_env_t exec_env = wasm_runtime_get_exec_env_singleton(home.native);
  if (exec_env == nullptr) return new_trap(home.store, "out of memory");
  wasm_runtime_clear_exception(home.native);
  if (!wembed_call(exec_env, function.function, slots.get(), nullptr)) return pending_trap(home);
  return give_results(shape, home, slots.get(), results) ? nullptr
                                                         : new_trap(home.store, "out of memory");
}

}  // namespace

namespace wembed::c_api {

wasm_func_t* function_handle(wasm_instance_t& near, wasm_function_inst_t function) {
  wasm_module_inst_t native = wembed_function_instance(function);
  auto* owner = static_cast<wasm_instance_t*>(wasm_runtime_get_custom_data(native));
  if (owner != nullptr && owner->state == wasm_instance_t::State::Alive) {
    auto* handle =
        create<wasm_func_t>(wasm_extern_t{{RefKind::Func, near.store}, retain(owner), 0, function});
    if (handle == nullptr) {
      release(owner);
    } else {
      retain(near.store);
    }
    return handle;
  }
  // Its instance was given up and lives by what refers to it: an instance that imports it does.
  wasm_functype_t* type = type_of(wembed_function_type(function));
  if (type == nullptr) return nullptr;
  wembed_import_t import = {};
  import.source = WEMBED_IMPORT_FUNCTION;
  import.function = function;
  wasm_instance_t* keeper = tiny_instance(*near.store, *type, import);
  wasm_functype_delete(type);
  return keeper == nullptr ? nullptr : static_cast<wasm_func_t*>(export_handle(keeper, 0));
}

}  // namespace wembed::c_api

wasm_func_t* wasm_func_new(wasm_store_t* store, const wasm_functype_t* type,
                           wasm_func_callback_t callback) {
  if (callback == nullptr) return nullptr;
  HostCallback host;
  host.plain = callback;
  return new_func(store, type, host);
}

wasm_func_t* wasm_func_new_with_env(wasm_store_t* store, const wasm_functype_t* type,
                                    wasm_func_callback_with_env_t callback, void* env,
                                    void (*finalizer)(void*)) {
  if (callback == nullptr) return nullptr;
  HostCallback host;
  host.with_env = callback;
  host.env = env;
  host.finalizer = finalizer;
  return new_func(store, type, host);
}

wasm_functype_t* wasm_func_type(const wasm_func_t* function) {
  return wasm_externtype_as_functype(wasm_extern_type(function));
}

size_t wasm_func_param_arity(const wasm_func_t* function) {
  return function == nullptr || function->function == nullptr ? 0
                                                              : Shape(function->function).params;
}

size_t wasm_func_result_arity(const wasm_func_t* function) {
  return function == nullptr || function->function == nullptr ? 0
                                                              : Shape(function->function).results;
}

wasm_trap_t* wasm_func_call(const wasm_func_t* function, const wasm_val_vec_t* args,
                            wasm_val_vec_t* results) {
  if (function == nullptr) return nullptr;
  wasm_store_t* store = function->store;
  if (function->home == nullptr || function->home->native == nullptr) {
    return new_trap(store, "failed to call unlinked function");
  }
  // The callback may delete the function, and the store.
  retain(store);
  wasm_instance_t* home = retain(function->home);
  wasm_func_t called = *function;
  store->calls++;
  wasm_trap_t* trap = call(called, args, results);
  store->calls--;
  release(home);
  sweep(*store);
  release(store);
  return trap;
}
