// What instructions on structs, arrays and references do, where it takes more than a load or a
// store; for every tier. Called with the guest's state written back, as those of operations.h.
//
// Whatever makes an object may collect: operands stay where they are until it is made. The result
// takes the place of the first of them.
#pragma once

#include <cstdint>

#include "base/trap.h"
#include "isa/types.h"
#include "runtime/exec_env.h"
#include "runtime/instance.h"

namespace wembed {

class TypeRegistry;

// struct.new with the values of all fields in consecutive slots from `operands` on; null values
// (struct.new_default): every field is zero or null.
Trap op_struct_new(ExecEnv& env, Instance& instance, const TypeDef& type, Slot* operands,
                   bool has_values);

// array.new: value (one or two slots) and length; array.new_default: the length. array.new_fixed:
// `count` elements.
Trap op_array_new(ExecEnv& env, Instance& instance, const TypeDef& type, Slot* operands,
                  bool has_value);
Trap op_array_new_fixed(ExecEnv& env, Instance& instance, const TypeDef& type, uint32_t count,
                        Slot* operands);
// array.new_data, array.new_elem: first byte or item of the segment, length.
Trap op_array_new_data(ExecEnv& env, Instance& instance, const TypeDef& type, uint32_t segment,
                       Slot* operands);
Trap op_array_new_elem(ExecEnv& env, Instance& instance, const TypeDef& type, uint32_t segment,
                       Slot* operands);

// array.fill: array, index, value, count. array.copy: array and index to, array and index from,
// count; both arrays have elements of one size. array.init_data, array.init_elem: array, index,
// first byte or item, count.
Trap op_array_fill(ExecEnv& env, Instance& instance, const TypeDef& type, const Slot* operands);
Trap op_array_copy(ExecEnv& env, Instance& instance, const TypeDef& type, const Slot* operands);
Trap op_array_init_data(ExecEnv& env, Instance& instance, const TypeDef& type, uint32_t segment,
                        const Slot* operands);
Trap op_array_init_elem(ExecEnv& env, Instance& instance, const TypeDef& type, uint32_t segment,
                        const Slot* operands);

// Whether the reference in a slot is of the type, which is of the same hierarchy: ref.test.
[[nodiscard]] bool is_of_reference_type(const TypeRegistry& types, Slot slot, ValType type);

}  // namespace wembed
