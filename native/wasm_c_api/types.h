// The type objects of wasm_c_api.h. Those of externals begin with their kind, so that each can be
// seen as a wasm_externtype_t.
#pragma once

#include "wasm_c_api.h"
#include "wembed.h"

struct wasm_valtype_t {
  wasm_valkind_t kind;
};

struct wasm_externtype_t {
  wasm_externkind_t kind;
};

struct wasm_functype_t : wasm_externtype_t {
  wasm_valtype_vec_t params;
  wasm_valtype_vec_t results;
};

struct wasm_globaltype_t : wasm_externtype_t {
  wasm_valtype_t* content;
  wasm_mutability_t mutability;
};

struct wasm_tabletype_t : wasm_externtype_t {
  wasm_valtype_t* element;
  wasm_limits_t limits;
};

struct wasm_memorytype_t : wasm_externtype_t {
  wasm_limits_t limits;
};

struct wasm_importtype_t {
  wasm_name_t module;
  wasm_name_t name;
  wasm_externtype_t* type;
};

struct wasm_exporttype_t {
  wasm_name_t name;
  wasm_externtype_t* type;
};

namespace wembed::c_api {

// The kind by the order of WAMR's other header, which differs. False: this API has none (tags).
bool extern_kind(uint32_t wembed_kind, wasm_externkind_t& kind);

// New types for those of a module. Null: no memory, or no kind of this API.
wasm_functype_t* type_of(wasm_func_type_t type);
wasm_externtype_t* type_of(const wembed_extern_type_t& type);
// A name with a NUL behind it, which its size counts. False: no memory.
bool make_name(wasm_name_t* out, const char* text, uint32_t length);

}  // namespace wembed::c_api
