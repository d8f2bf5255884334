// Value types as gc_export.h writes them.
#pragma once

#include "gc_export.h"
#include "isa/types.h"
#include "module/module.h"

namespace wembed {

// `outer`: the type that `type` is a part of. Defined types are said by their index in a module
// that has both, or by the abstract type above them where no module has both any more.
wasm_ref_type_t reference_type(const TypeDef& outer, ValType type);

// A reference to that heap type, a wasm_heap_type_enum or an index: the heap type beside the code,
wasm_ref_type_t long_reference_type(int32_t heap_type, bool nullable);
// or, as WAMR writes abstract ones that may be null, a code alone, with `nullable` false.
wasm_ref_type_t short_reference_type(int32_t heap_type, bool nullable);

// Bottom: it is none. Indices are the module's; null: there are no defined types.
ValType read_reference_type(const wasm_ref_type_t& type, const Module* module);

// The first index of a type in the module; -1: it has no such type. Takes as long as it has types.
int32_t index_of(const Module& module, const TypeDef* type);

}  // namespace wembed
