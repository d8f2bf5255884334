// Subtyping: which references are of which types.
#include "module/type_registry.h"

namespace wembed {

namespace {

// Which of the four hierarchies a heap type belongs to, by its top.
HeapType top_heap_of(HeapType heap) {
  switch (heap) {
    case HeapType::Func:
    case HeapType::NoFunc: return HeapType::Func;
    case HeapType::Extern:
    case HeapType::NoExtern: return HeapType::Extern;
    case HeapType::Exn:
    case HeapType::NoExn: return HeapType::Exn;
    default: return HeapType::Any;
  }
}

bool matches_abstract(HeapType type, HeapType super) {
  if (type == super) return true;
  if (top_heap_of(type) != top_heap_of(super)) return false;
  switch (type) {
    case HeapType::None:
    case HeapType::NoFunc:
    case HeapType::NoExtern:
    case HeapType::NoExn: return true;
    case HeapType::I31:
    case HeapType::Struct:
    case HeapType::Array: return super == HeapType::Eq || super == HeapType::Any;
    case HeapType::Eq: return super == HeapType::Any;
    default: return false;
  }
}

HeapType abstract_of(const TypeDef* type) {
  switch (type->kind) {
    case CompositeKind::Struct: return HeapType::Struct;
    case CompositeKind::Array: return HeapType::Array;
    default: return HeapType::Func;
  }
}

}  // namespace

ValType TypeRegistry::top_of(ValType type) const {
  HeapType heap = type.is_concrete() ? abstract_of(find(type.type_id())) : type.heap();
  return ValType::abstract_ref(top_heap_of(heap), true);
}

bool TypeRegistry::matches_slowly(ValType type, ValType super) const {
  if (type.is_bottom()) return true;
  if (!type.is_ref() || !super.is_ref()) return false;
  if (type.is_nullable() && !super.is_nullable()) return false;
  if (type == kBottomRef) return true;
  return matches_heap(type, super);
}

bool TypeRegistry::matches_heap(ValType type, ValType super) const {
  if (type.is_concrete()) {
    const TypeDef* definition = find(type.type_id());
    if (super.is_concrete()) {
      return type.type_id() == super.type_id() || is_subtype(definition, find(super.type_id()));
    }
    return matches_abstract(abstract_of(definition), super.heap());
  }
  if (!super.is_concrete()) return matches_abstract(type.heap(), super.heap());
  // Of the abstract types only a hierarchy's bottom is below a concrete one.
  HeapType above = abstract_of(find(super.type_id()));
  return above == HeapType::Func ? type.heap() == HeapType::NoFunc : type.heap() == HeapType::None;
}

}  // namespace wembed
