#include "runtime/code_table.h"

#include <new>

#include "runtime/engine.h"

namespace wembed {

namespace {

void drop_codes(CodeTable& table, Code* codes) {
  if (codes == nullptr) return;
  CodeArray* array = reinterpret_cast<CodeArray*>(codes) - 1;
  if (array->is_noted.load(std::memory_order_relaxed)) table.engine->forget(codes, table.count);
  for (uint32_t i = 0; i < table.count; i++) {
    table.engine->discard(codes[i]);
    codes[i].~Code();
  }
  array->~CodeArray();
  table.allocator->release(array);
}

void drop(Module::Attachment* attachment) {
  auto* table = reinterpret_cast<CodeTable*>(attachment);
  for (std::atomic<Code*>& codes : table->variants) {
    drop_codes(*table, codes.load(std::memory_order_acquire));
  }
  table->allocator->destroy(table);
}

// Null: no memory.
CodeTable* table_of(Module& module, const Engine& engine) {
  Module::Attachment* known = module.kept(Module::Kept::Code);
  if (known == nullptr) {
    auto* made = module.allocator().create<CodeTable>();
    if (made == nullptr) return nullptr;
    made->attachment.drop = &drop;
    made->engine = &engine;
    made->allocator = &module.allocator();
    made->count = module.function_count() - module.imported_function_count();
    known = module.keep(Module::Kept::Code, &made->attachment);
  }
  return reinterpret_cast<CodeTable*>(known);
}

Code* make_codes(Module& module, CodeTable& table, Variant variant) {
  void* block = table.allocator->allocate(sizeof(CodeArray) + size_t{table.count} * sizeof(Code));
  if (block == nullptr) return nullptr;
  Code* codes = (::new (block) CodeArray{&module, variant})->first();
  uint32_t imports = module.imported_function_count();
  for (uint32_t i = 0; i < table.count; i++) {
    Code* code = ::new (&codes[i]) Code;
    code->function = imports + i;
    code->defined = i;
    table.engine->init(*code);
  }
  return codes;
}

}  // namespace

const CodeTable* known_code(const Module& module) {
  return reinterpret_cast<const CodeTable*>(module.kept(Module::Kept::Code));
}

Code* code_for(Module& module, const Engine& engine, Variant variant) {
  CodeTable* table = table_of(module, engine);
  if (table == nullptr) return nullptr;
  std::atomic<Code*>& place = table->variants[variant.index()];
  Code* known = place.load(std::memory_order_acquire);
  if (known != nullptr) return known;
  Code* made = make_codes(module, *table, variant);
  if (made == nullptr) return nullptr;
  if (place.compare_exchange_strong(known, made, std::memory_order_acq_rel)) return made;
  drop_codes(*table, made);
  return known;
}

}  // namespace wembed
