// wasm_export.h: objects of the host as externrefs. wembed.h: what guests still refer to.
#include "capi/extern_objects.h"
#include "capi/handles.h"
#include "runtime/collection.h"
#include "runtime/runtime.h"

using namespace wembed;

namespace {

constexpr uintptr_t kNullObject = UINTPTR_MAX;

struct Referred {
  void (*tell)(void* context, uint64_t externref);
  void* context;
  ReferredExterns found;
};

void see(void* context, uint64_t slot) {
  auto& referred = *static_cast<Referred*>(context);
  referred.found.add(slot);
  if (referred.tell != nullptr) referred.tell(referred.context, slot);
}

}  // namespace

bool wasm_externref_obj2ref(wasm_module_inst_t module_inst, void* extern_obj,
                            uint32_t* p_externref_idx) {
  if (module_inst == nullptr || p_externref_idx == nullptr) return false;
  if (reinterpret_cast<uintptr_t>(extern_obj) == kNullObject) {
    *p_externref_idx = kNullExternIndex;
    return true;
  }
  return number_extern(*unwrap(module_inst), extern_obj, *p_externref_idx);
}

bool wasm_externref_ref2obj(uint32_t externref_idx, void** p_extern_obj) {
  if (p_extern_obj == nullptr) return false;
  if (externref_idx == kNullExternIndex) {
    *p_extern_obj = nullptr;
    return true;
  }
  return find_extern(externref_idx, *p_extern_obj);
}

bool wasm_externref_retain(uint32_t externref_idx) { return retain_extern(externref_idx); }

bool wasm_externref_objdel(wasm_module_inst_t module_inst, void* extern_obj) {
  return module_inst != nullptr && delete_extern(*unwrap(module_inst), extern_obj);
}

bool wasm_externref_set_cleanup(wasm_module_inst_t module_inst, void* extern_obj,
                                void (*extern_obj_cleanup)(void*)) {
  return module_inst != nullptr &&
         set_extern_cleanup(*unwrap(module_inst), extern_obj, extern_obj_cleanup);
}

WEMBED_API bool wembed_collect(wasm_module_inst_t instance,
                               void (*referred)(void* context, uint64_t externref), void* context) {
  if (instance == nullptr) return false;
  Instance& member = *unwrap(instance);
  Referred told{referred, context, ReferredExterns(member.runtime->allocator())};
  if (collect(member, nullptr, {&see, &told}) != Collected::Yes) return false;
  told.found.end_others(member);
  return true;
}
