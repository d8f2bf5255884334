// Types as they stand in a module's bytes, for sections and function bodies alike.
#pragma once

#include <cstdint>

#include "base/result.h"
#include "module/module.h"
#include "module/reader.h"
#include "module/type_registry.h"

namespace wembed {

// Where type indices point. `group_first` and `group_count` name types of the recursion group being
// read, which have no TypeDef yet; outside the type section the count is 0.
struct TypeScope {
  const Module& module;
  uint32_t group_first = 0;
  uint32_t group_count = 0;
};

// Whether a value type can begin with this byte.
bool is_value_type_code(uint32_t code);

Result<ValType> read_value_type(Reader& in, const TypeScope& scope);
Result<ValType> read_reference_type(Reader& in, const TypeScope& scope);
// The type of references, nullable, to the heap type that follows.
Result<ValType> read_heap_type(Reader& in, const TypeScope& scope);
Result<Limits> read_table_limits(Reader& in, const Module& module);
Result<MemoryType> read_memory_type(Reader& in, const Module& module);

// A value type as messages have it.
const char* value_type_text(ValType type);

// The type that ref.func gives for a function.
ValType function_reference_type(const Module& module, uint32_t index);

// Unsupported, with this text: a construct needs a feature that is off.
Error require(Reader& in, const Module& module, Feature feature, const char* text);

}  // namespace wembed
