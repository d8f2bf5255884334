// Values of this face and slots of wembed.h.
#pragma once

#include <cstdint>

#include "wasm_c_api/reference.h"

namespace wembed::c_api {

// Of a value whose kind is declared; numbers are taken as they are. False: no value of that kind.
bool to_slot(const wasm_val_t& value, wasm_valkind_t kind, uint64_t& slot);

// The reference in a value of a function reference belongs to the caller. False: no memory, or a
// kind that wasm_val_t has no room for; `value` is a null reference then.
bool from_slot(wasm_instance_t& near, wasm_valkind_t kind, uint64_t slot, wasm_val_t& value);

}  // namespace wembed::c_api
