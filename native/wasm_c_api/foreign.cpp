// wasm_c_api.h: foreign objects, which are nothing but an identity.
#include "wasm_c_api/memory.h"
#include "wasm_c_api/reference.h"

namespace wembed::c_api {

namespace {

wasm_foreign_t* handle_on(wasm_store_t* store, size_t* identity) {
  auto* made = create<wasm_foreign_t>(wasm_ref_t{RefKind::Foreign, store}, identity);
  if (made == nullptr) return nullptr;
  retain(store);
  ++*identity;
  return made;
}

}  // namespace

void delete_foreign(wasm_ref_t* reference) {
  auto* foreign = static_cast<wasm_foreign_t*>(reference);
  wasm_store_t* store = foreign->store;
  drop_host_info(*foreign);
  if (--*foreign->identity == 0) free_block(foreign->identity);
  destroy(foreign);
  release(store);
}

wasm_ref_t* copy_foreign(const wasm_ref_t* foreign) {
  return handle_on(foreign->store, static_cast<const wasm_foreign_t*>(foreign)->identity);
}

bool is_same_foreign(const wasm_ref_t* a, const wasm_ref_t* b) {
  return static_cast<const wasm_foreign_t*>(a)->identity ==
         static_cast<const wasm_foreign_t*>(b)->identity;
}

}  // namespace wembed::c_api

wasm_foreign_t* wasm_foreign_new(wasm_store_t* store) {
  if (store == nullptr) return nullptr;
  auto* identity = wembed::c_api::create<size_t>(0u);
  if (identity == nullptr) return nullptr;
  wasm_foreign_t* foreign = wembed::c_api::handle_on(store, identity);
  if (foreign == nullptr) wembed::c_api::free_block(identity);
  return foreign;
}
