// wembed.h: tags and exceptions.
#include <algorithm>

#include "capi/exception_text.h"
#include "capi/handles.h"
#include "capi/kind_list.h"
#include "module/type_registry.h"
#include "runtime/funcref.h"
#include "runtime/runtime.h"
#include "runtime/trap_record.h"

using namespace wembed;

WEMBED_API wembed_tag_t wembed_tag_new(wembed_runtime_t runtime, const wasm_valkind_t* kinds,
                                       uint32_t count) {
  Runtime* target = runtime_of(unwrap(runtime));
  KindList list;
  if (target == nullptr || !list.read(kinds, count)) return nullptr;
  const TypeDef* type = target->types().function(list.types(), {});
  if (type == nullptr) return nullptr;
  Tag* tag = make_tag(*target, *type);
  target->types().release(type);
  return wrap(tag);
}

WEMBED_API wembed_tag_t wembed_instance_tag(wasm_module_inst_t instance, uint32_t export_index) {
  if (instance == nullptr) return nullptr;
  const auto exports = unwrap(instance)->module->exports();
  if (export_index >= exports.size() || exports[export_index].kind != ExternKind::Tag) {
    return nullptr;
  }
  Tag* tag = unwrap(instance)->tags()[exports[export_index].index];
  tag->retain();
  return wrap(tag);
}

WEMBED_API void wembed_tag_retain(wembed_tag_t tag) {
  if (tag != nullptr) unwrap(tag)->retain();
}

WEMBED_API void wembed_tag_release(wembed_tag_t tag) {
  if (tag != nullptr) unwrap(tag)->release();
}

WEMBED_API wasm_func_type_t wembed_tag_type(wembed_tag_t tag) {
  return tag == nullptr ? nullptr : wrap(unwrap(tag)->type);
}

namespace {

// The instance that called the host function that runs; null: none does, or it is of another
// runtime.
Instance* thrower(wasm_exec_env_t exec_env, const Tag& tag) {
  if (exec_env == nullptr) return nullptr;
  ExecEnv& env = *unwrap(exec_env);
  if (env.host_function == nullptr || env.instance == nullptr) return nullptr;
  return env.instance->runtime == tag.runtime ? env.instance : nullptr;
}

bool are_of_type(const Instance& instance, const TypeDef& type, const Slot* slots) {
  for (ValType value : type.params()) {
    if (holds_exceptions(value) ? *slots == 0 && !value.is_nullable()
                                : !is_of_type(instance, value, *slots)) {
      return false;
    }
    slots += value.slots();
  }
  return true;
}

// A reference of the embedder's; null stays null.
wembed_exception_t held(Exception* exception) {
  if (exception != nullptr) exception->tag->runtime->held_exceptions().add(*exception);
  return wrap(exception);
}

}  // namespace

WEMBED_API bool wembed_throw(wasm_exec_env_t exec_env, wembed_tag_t tag, const uint64_t* slots) {
  if (tag == nullptr) return false;
  const TypeDef& type = *unwrap(tag)->type;
  if (slots == nullptr && type.param_slots > 0) return false;
  Instance* instance = thrower(exec_env, *unwrap(tag));
  if (instance == nullptr || !are_of_type(*instance, type, slots)) return false;
  return pend_exception(*instance, make_exception(*unwrap(tag), slots));
}

WEMBED_API bool wembed_throw_again(wasm_exec_env_t exec_env, wembed_exception_t exception) {
  if (exception == nullptr) return false;
  Instance* instance = thrower(exec_env, *unwrap(exception)->tag);
  if (instance == nullptr) return false;
  unwrap(exception)->retain();
  return pend_exception(*instance, unwrap(exception));
}

WEMBED_API wembed_exception_t wembed_exception_new(wasm_module_inst_t instance, wembed_tag_t tag,
                                                   const uint64_t* slots) {
  if (instance == nullptr || tag == nullptr) return nullptr;
  const TypeDef& type = *unwrap(tag)->type;
  if (unwrap(tag)->runtime != unwrap(instance)->runtime) return nullptr;
  if (slots == nullptr && type.param_slots > 0) return nullptr;
  if (!are_of_type(*unwrap(instance), type, slots)) return nullptr;
  return held(make_exception(*unwrap(tag), slots));
}

WEMBED_API bool wembed_module_catches(wasm_module_t module) {
  return module != nullptr && unwrap(module)->module().has_handlers();
}

WEMBED_API wembed_exception_t wembed_get_exception(wasm_module_inst_t instance) {
  Exception* exception = instance == nullptr ? nullptr : pending_exception(*unwrap(instance));
  if (exception != nullptr) exception->retain();
  return held(exception);
}

WEMBED_API void wembed_exception_retain(wembed_exception_t exception) {
  if (exception == nullptr) return;
  unwrap(exception)->retain();
  held(unwrap(exception));
}

WEMBED_API void wembed_exception_release(wembed_exception_t exception) {
  if (exception == nullptr) return;
  Exception& given_up = *unwrap(exception);
  given_up.tag->runtime->held_exceptions().remove(given_up);
  given_up.release();
}

WEMBED_API wembed_tag_t wembed_exception_tag(wembed_exception_t exception) {
  return exception == nullptr ? nullptr : wrap(unwrap(exception)->tag);
}

WEMBED_API uint32_t wembed_exception_values(wembed_exception_t exception, uint64_t* slots,
                                            uint32_t capacity) {
  if (exception == nullptr) return 0;
  const Exception& from = *unwrap(exception);
  const uint32_t count = from.tag->type->param_slots;
  if (slots != nullptr) std::copy_n(from.values(), std::min(count, capacity), slots);
  return count;
}

WEMBED_API uint32_t wembed_exception_text(wasm_module_inst_t instance, wembed_exception_t exception,
                                          char* text, uint32_t capacity) {
  TextBuffer out(text, text == nullptr ? 0 : capacity);
  if (instance != nullptr && exception != nullptr) {
    describe_exception(out, *unwrap(instance), *unwrap(exception));
  }
  return static_cast<uint32_t>(out.size());
}
