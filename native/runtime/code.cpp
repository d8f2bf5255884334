// The code tables of a module, hung on the module itself.
#include "runtime/code.h"

#include <new>

#include "runtime/blueprint.h"
#include "runtime/engine.h"
#include "runtime/module_images.h"

namespace wembed {

namespace {

struct Attached {
  Module::Attachment attachment;
  CodeTable table;
  std::atomic<ModuleImages*> images{nullptr};
  std::atomic<Blueprint*> blueprint{nullptr};
};

void drop_codes(CodeTable& table, Code* codes) {
  if (codes == nullptr) return;
  for (uint32_t i = 0; i < table.count; i++) {
    table.engine->discard(codes[i]);
    codes[i].~Code();
  }
  table.allocator->release(codes);
}

void drop(void* object) {
  auto* attached = static_cast<Attached*>(object);
  for (std::atomic<Code*>& codes : attached->table.variants) {
    drop_codes(attached->table, codes.load(std::memory_order_acquire));
  }
  destroy_images(attached->images.load(std::memory_order_acquire));
  destroy_blueprint(attached->blueprint.load(std::memory_order_acquire));
  Allocator* allocator = attached->table.allocator;
  allocator->destroy(attached);
}

Attached* attached_to(Module& module, const Engine& engine) {
  Module::Attachment* known = module.attachment.load(std::memory_order_acquire);
  if (known == nullptr) {
    auto* made = module.allocator().create<Attached>();
    if (made == nullptr) return nullptr;
    made->attachment = {made, &drop};
    made->table.engine = &engine;
    made->table.allocator = &module.allocator();
    made->table.count = module.function_count() - module.imported_function_count();
    if (!module.attachment.compare_exchange_strong(known, &made->attachment,
                                                   std::memory_order_acq_rel)) {
      module.allocator().destroy(made);
    } else {
      known = &made->attachment;
    }
  }
  return static_cast<Attached*>(known->object);
}

Code* make_codes(Module& module, CodeTable& table, Variant variant) {
  // One more than there are functions, so that a module without any has a table too.
  void* block = table.allocator->allocate((size_t{table.count} + 1) * sizeof(Code));
  if (block == nullptr) return nullptr;
  Code* codes = static_cast<Code*>(block);
  uint32_t imports = module.imported_function_count();
  for (uint32_t i = 0; i < table.count; i++) {
    Code* code = ::new (&codes[i]) Code;
    const TypeDef* type = module.function_type(imports + i);
    code->module = &module;
    code->function = imports + i;
    code->param_slots = type->param_slots;
    code->result_slots = type->result_slots;
    code->variant = variant;
    table.engine->init(*code);
  }
  return codes;
}

}  // namespace

const CodeTable* known_code(const Module& module) {
  const Module::Attachment* known = module.attachment.load(std::memory_order_acquire);
  return known == nullptr ? nullptr : &static_cast<const Attached*>(known->object)->table;
}

std::atomic<ModuleImages*>* images_place(Module& module, const Engine& engine) {
  Attached* attached = attached_to(module, engine);
  return attached == nullptr ? nullptr : &attached->images;
}

std::atomic<Blueprint*>* blueprint_place(Module& module, const Engine& engine) {
  Attached* attached = attached_to(module, engine);
  return attached == nullptr ? nullptr : &attached->blueprint;
}

Code* code_for(Module& module, const Engine& engine, Variant variant) {
  Attached* attached = attached_to(module, engine);
  if (attached == nullptr) return nullptr;
  CodeTable* table = &attached->table;
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
