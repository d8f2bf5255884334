// Where the fields of structs and the elements of arrays lie in their objects, see isa/types.h.
#pragma once

#include "isa/types.h"

namespace wembed {

// Writes the offsets of `fields`, which are the type's, its sizes, and behind `traced` what a
// collection looks at; one behind that. A struct begins as its supertype does. Of a supertype that
// turns out to be none nothing is right, and nothing comes of it either.
TracedField* lay_out(TypeDef& type, FieldType* fields, TracedField* traced);

// What an object of such a type takes: ObjectKind::bytes.
uint64_t struct_bytes(const Object& object);
uint64_t array_bytes(const Object& object);

}  // namespace wembed
