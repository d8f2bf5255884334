// Constant expressions over an instance.
#include "runtime/const_scope.h"

#include <mutex>

#include "runtime/field.h"
#include "runtime/objects.h"
#include "runtime/runtime.h"

namespace wembed {

bool InstanceScope::global(uint32_t index, ConstValue& value) {
  const Module& module = *instance_.module;
  if (index >= module.globals().size()) return false;
  // A global without a value yet is zero: null, or a number.
  const GlobalCell* cell = instance_.global(index);
  value.type = module.globals()[index].type.type;
  value.bits[0] = cell->slots[0];
  value.bits[1] = cell->slots[1];
  return true;
}

Result<uint64_t> InstanceScope::function(uint32_t index) {
  if (index >= instance_.module->function_count()) return Error::Invalid;
  Function* function = instance_.function(index);
  if (function == nullptr) return Error::OutOfMemory;
  return static_cast<uint64_t>(reinterpret_cast<uintptr_t>(function));
}

Result<uint64_t> InstanceScope::new_struct(const TypeDef& type, const ConstOperand* fields) {
  std::lock_guard lock(instance_.runtime->store_mutex());
  Object* object = make_struct(instance_, type);
  if (object == nullptr) return Error::OutOfMemory;
  for (uint32_t i = 0; fields != nullptr && i < type.field_count; i++) {
    const FieldType& field = type.fields[i];
    write_value(bytes_of(*object) + field.offset, storage_bytes(field.type), fields[i].bits);
  }
  return object_slot(object);
}

Result<uint64_t> InstanceScope::new_array(const TypeDef& type, uint32_t length,
                                          const ConstOperand* elements, bool one_for_all) {
  std::lock_guard lock(instance_.runtime->store_mutex());
  Object* array = make_array(instance_, type, length);
  if (array == nullptr) return Error::OutOfMemory;
  for (uint32_t i = 0; elements != nullptr && i < length; i++) {
    write_value(element_at(*array, i, type.element_bytes), type.element_bytes,
                elements[one_for_all ? 0 : i].bits);
  }
  return object_slot(array);
}

namespace {

// What the reader made of zeros is no error worth telling.
Error lose(Diagnostic& diagnostic) {
  diagnostic = Diagnostic();
  return diagnostic.fail(Error::BytesLost);
}

}  // namespace

Error evaluate_in(Instance& instance, ByteRange range, ValType expected, GlobalCell& value,
                  Diagnostic& diagnostic) {
  const ReadScope bytes(instance.module->source());
  if (bytes.lost()) return diagnostic.fail(Error::BytesLost);
  InstanceScope scope(instance);
  ConstValue result;
  Error error = evaluate(*instance.module, range, expected, scope, result, diagnostic);
  if (bytes.lost()) return lose(diagnostic);
  WEMBED_CHECK(error);
  value = {{result.bits[0], result.bits[1]}};
  return Error::None;
}

}  // namespace wembed
