// wasm_c_api.h: instances.
#include <algorithm>
#include <cstdarg>
#include <cstdio>

#include "wasm_c_api/internals.h"
#include "wasm_c_api/memory.h"
#include "wasm_c_api/reference.h"

using namespace wembed::c_api;

namespace {

// The externals of each kind in turn, as they are given.
class Given {
 public:
  explicit Given(const wasm_extern_vec_t* imports) : imports_(imports) {}

  // The next of that kind; null: there are no more.
  const wasm_extern_t* next(RefKind kind) {
    size_t& at = at_[static_cast<size_t>(kind)];
    size_t count = imports_ == nullptr ? 0 : imports_->num_elems;
    while (at < count && imports_->data[at]->kind != kind) at++;
    return at < count ? imports_->data[at++] : nullptr;
  }

 private:
  const wasm_extern_vec_t* imports_;
  size_t at_[4] = {};
};

// Why it could not be made, for the trap.
struct Reason {
  char text[1200] = {};
};

__attribute__((format(printf, 2, 3))) bool because(Reason& reason, const char* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  std::vsnprintf(reason.text, sizeof reason.text, format, arguments);
  va_end(arguments);
  return false;
}

bool fits(wasm_func_type_t wanted, wasm_func_type_t given) {
  uint32_t params = wasm_func_type_get_param_count(wanted);
  uint32_t results = wasm_func_type_get_result_count(wanted);
  bool same = params == wasm_func_type_get_param_count(given) &&
              results == wasm_func_type_get_result_count(given);
  for (uint32_t i = 0; same && i < params; i++) {
    same =
        wasm_func_type_get_param_valkind(wanted, i) == wasm_func_type_get_param_valkind(given, i);
  }
  for (uint32_t i = 0; same && i < results; i++) {
    same =
        wasm_func_type_get_result_valkind(wanted, i) == wasm_func_type_get_result_valkind(given, i);
  }
  return same;
}

bool refuse(Reason& reason, const char* what, uint32_t index) {
  log_warning("link %s #%u failed", what, index);
  return because(reason, "Failed to validate imports");
}

// A constant may be made of what a variable holds now, as in WAMR.
bool bind_global(wasm_global_type_t wanted, const wasm_extern_t& given, wembed_import_t& import) {
  wembed_global_t cell;
  wasm_valkind_t kind = wasm_global_type_get_valkind(wanted);
  bool is_mutable = wasm_global_type_get_mutable(wanted);
  if (!wembed_instance_global(given.home->native, given.export_index, &cell) || cell.kind != kind) {
    return false;
  }
  if (cell.is_mutable == is_mutable) return true;
  if (is_mutable || kind >= WASM_EXTERNREF) return false;
  import.source = WEMBED_IMPORT_VALUE;
  std::copy_n(cell.slots, kind == WASM_V128 ? 2 : 1, import.value);
  return true;
}

// `index` counts the imports of the kind.
bool bind(const wembed_extern_type_t& wanted, const wasm_extern_t& given, uint32_t index,
          wembed_import_t& import, Reason& reason) {
  if (given.home == nullptr) return true;  // registered natives
  if (given.home->native == nullptr) return because(reason, "an import's store was deleted");
  import.instance = given.home->native;
  import.export_index = given.export_index;
  import.source = WEMBED_IMPORT_EXPORT;
  if (given.kind == RefKind::Func) {
    import.source = WEMBED_IMPORT_FUNCTION;
    import.function = given.function;
    wasm_func_type_t type = wembed_function_type(given.function);
    return fits(wanted.u.func_type, type) || refuse(reason, "function ", index);
  }
  return given.kind != RefKind::Global || bind_global(wanted.u.global_type, given, import) ||
         refuse(reason, "global", index);
}

bool are_there(const wasm_extern_vec_t* imports, Reason& reason) {
  for (size_t i = 0; imports != nullptr && i < imports->num_elems; i++) {
    if (imports->data[i] != nullptr) continue;
    log_warning("imports[%zu] is NULL and it is fatal\n", i);
    return because(reason, "Failed to validate imports");
  }
  return true;
}

// Of a global alone, for WAMR's text: functions may be missing, the rest is told at instantiation.
bool is_satisfied(const wembed_extern_type_t& wanted, wasm_externkind_t kind,
                  const wasm_extern_t* given) {
  if (kind != WASM_EXTERN_GLOBAL || (given != nullptr && given->home != nullptr)) return true;
  return is_registered({wanted.module_name, wanted.module_name_length},
                       {wanted.name, wanted.name_length}, kind);
}

bool bind_all(wasm_module_t module, const wasm_extern_vec_t* imports, wembed_import_t* bound,
              uint32_t count, Reason& reason) {
  if (!are_there(imports, reason)) return false;
  Given given(imports);
  uint32_t seen[4] = {};
  for (uint32_t i = 0; i < count; i++) {
    bound[i] = {};
    wembed_extern_type_t wanted;
    if (!wembed_module_import(module, i, &wanted)) return because(reason, "out of memory");
    wasm_externkind_t kind = 0;
    if (!extern_kind(wanted.kind, kind)) continue;
    const wasm_extern_t* next = given.next(static_cast<RefKind>(kind));
    if (!is_linked(module, i) && !is_satisfied(wanted, kind, next)) {
      return because(reason,
                     "WASM module instantiate failed: failed to link import global (%.*s, %.*s)",
                     static_cast<int>(wanted.module_name_length), wanted.module_name,
                     static_cast<int>(wanted.name_length), wanted.name);
    }
    if (next != nullptr && !bind(wanted, *next, seen[kind], bound[i], reason)) return false;
    seen[kind]++;
  }
  return true;
}

// WAMR's words: what instantiates says so, and what a start function ended in says "Exception:".
bool because_of(Reason& reason, const wembed_error_t& error) {
  bool is_trap = error.kind == WEMBED_ERROR_TRAP;
  return because(reason, "WASM module instantiate failed: %s%s", is_trap ? "Exception: " : "",
                 error.message);
}

bool make(wasm_instance_t& instance, const wasm_extern_vec_t* imports,
          const InstantiationArgs& args, Reason& reason) {
  wasm_module_t module = instance.module->native;
  uint32_t count = wembed_module_import_count(module);
  Scratch<wembed_import_t, 16> bound(count);
  if (bound.get() == nullptr) return because(reason, "Failed to malloc instance");
  if (!bind_all(module, imports, bound.get(), count, reason)) return false;
  wembed_instantiate_options_t options = {};
  options.size = sizeof options;
  options.stack_size = args.default_stack_size;
  options.heap_size = args.host_managed_heap_size;
  options.max_memory_pages = args.max_memory_pages;
  options.imports = bound.get();
  options.import_count = count;
  options.custom_data = &instance;
  wembed_error_t error;
  // Start functions may call the host, which may want to end what runs.
  instance.store->calls++;
  instance.native = wembed_instantiate(module, &options, &error);
  instance.store->calls--;
  return instance.native != nullptr || because_of(reason, error);
}

}  // namespace

wasm_instance_t* wasm_instance_new(wasm_store_t* store, const wasm_module_t* module,
                                   const wasm_extern_vec_t* imports, wasm_trap_t** trap) {
  return wasm_instance_new_with_args(store, module, imports, trap, KILOBYTE(32), KILOBYTE(32));
}

wasm_instance_t* wasm_instance_new_with_args(wasm_store_t* store, const wasm_module_t* module,
                                             const wasm_extern_vec_t* imports, wasm_trap_t** trap,
                                             const uint32_t stack_size, const uint32_t heap_size) {
  InstantiationArgs args = {};
  args.default_stack_size = stack_size;
  args.host_managed_heap_size = heap_size;
  return wasm_instance_new_with_args_ex(store, module, imports, trap, &args);
}

wasm_instance_t* wasm_instance_new_with_args_ex(wasm_store_t* store, const wasm_module_t* module,
                                                const wasm_extern_vec_t* imports,
                                                wasm_trap_t** trap,
                                                const InstantiationArgs* inst_args) {
  if (trap != nullptr) *trap = nullptr;
  if (store == nullptr || store->is_closed || module == nullptr || inst_args == nullptr) {
    return nullptr;
  }
  Reason reason;
  auto* instance = create<wasm_instance_t>(wasm_ref_t{RefKind::Instance, store});
  if (instance != nullptr) {
    instance->module = retain(unwrap(module)->core);
    if (make(*instance, imports, *inst_args, reason)) {
      retain(store);
      enlist(store->alive, *instance);
      sweep(*store);
      return instance;
    }
    release(instance->module);
    destroy(instance);
  }
  if (trap != nullptr) {
    char text[sizeof reason.text + 64];
    std::snprintf(text, sizeof text, "wasm_instance_new_with_args_ex failed: %s",
                  instance == nullptr ? "Failed to malloc instance" : reason.text);
    *trap = new_trap(store, text);
  }
  sweep(*store);
  return nullptr;
}

void wasm_instance_exports(const wasm_instance_t* given, wasm_extern_vec_t* out) {
  wasm_extern_vec_new_empty(out);
  if (given == nullptr || given->native == nullptr || out == nullptr) return;
  auto* instance = const_cast<wasm_instance_t*>(given);
  uint32_t count = wembed_module_export_count(instance->module->native);
  wasm_extern_vec_new_uninitialized(out, count);
  if (out->size != count) return;
  for (uint32_t i = 0; i < count; i++) {
    wembed_extern_type_t type;
    if (!wembed_module_export(instance->module->native, i, &type)) {
      return wasm_extern_vec_delete(out);
    }
    if (type.kind == WEMBED_EXTERN_TAG) continue;
    wasm_extern_t* handle = export_handle(retain(instance), i);
    if (handle == nullptr) return wasm_extern_vec_delete(out);
    out->data[out->num_elems++] = handle;
  }
  out->size = out->num_elems;
}

double wasm_instance_sum_wasm_exec_time(const wasm_instance_t* instance) {
  return instance == nullptr ? -1.0 : wasm_runtime_sum_wasm_exec_time(instance->native);
}

double wasm_instance_get_wasm_func_exec_time(const wasm_instance_t* instance, const char* name) {
  return instance == nullptr ? -1.0 : wasm_runtime_get_wasm_func_exec_time(instance->native, name);
}
