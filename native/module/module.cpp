#include "module/module.h"

#include <algorithm>
#include <cstring>

#include "module/module_reader.h"
#include "module/names.h"
#include "module/type_registry.h"

namespace wembed {

Module::Module(Allocator& allocator, TypeRegistry& registry, FeatureSet features, ModuleBytes bytes)
    : allocator_(allocator),
      registry_(registry),
      features_(features),
      bytes_(std::move(bytes)),
      types_(allocator),
      imported_function_types_(allocator),
      bodies_(allocator),
      tables_(allocator),
      memories_(allocator),
      globals_(allocator),
      tags_(allocator),
      imports_(allocator),
      exports_(allocator),
      export_index_(allocator),
      data_(allocator),
      elements_(allocator),
      custom_(allocator),
      declared_(allocator) {}

Module::~Module() {
  if (Attachment* attached = attachment.load(std::memory_order_acquire); attached != nullptr) {
    attached->drop(attached->object);
  }
  NameIndex::destroy(allocator_, names_.load(std::memory_order_acquire));
  for (size_t i = 0; i < types_.size();) {
    const TypeDef* first = types_[i];
    i += TypeRegistry::group_size(first);
    registry_.release(first);
  }
}

Module* Module::load(Allocator& allocator, TypeRegistry& types, FeatureSet features,
                     ModuleBytes bytes, Diagnostic& diagnostic) {
  void* block = allocator.allocate(sizeof(Module));
  if (block == nullptr) {
    diagnostic.fail(Error::OutOfMemory);
    return nullptr;
  }
  Module* module = ::new (block) Module(allocator, types, features, std::move(bytes));
  if (ModuleReader(*module, diagnostic).read() != Error::None) {
    module->release();
    return nullptr;
  }
  return module;
}

void Module::release() {
  if (references_.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
  Allocator& allocator = allocator_;
  this->~Module();
  allocator.release(this);
}

ByteRange Module::body(uint32_t function_index) const {
  size_t defined = function_index - imported_functions_;
  const FunctionBody& body = bodies_[defined];
  uint32_t end = code_end_;
  if (defined + 1 < bodies_.size()) {
    const FunctionBody& next = bodies_[defined + 1];
    end = next.offset - next.size_bytes;
  }
  return {body.offset, end - body.offset};
}

bool export_name_less(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return a.size() < b.size();
  return std::memcmp(a.data(), b.data(), a.size()) < 0;
}

const Export* Module::find_export(std::string_view name) const {
  const uint32_t* found =
      std::lower_bound(export_index_.begin(), export_index_.end(), name,
                       [this](uint32_t position, std::string_view wanted) {
                         return export_name_less(exports_[position].name, wanted);
                       });
  if (found == export_index_.end() || exports_[*found].name != name) return nullptr;
  return &exports_[*found];
}

bool Module::is_declared_reference(uint32_t function_index) const {
  if (function_index / 8 >= declared_.size()) return false;
  return (declared_[function_index / 8] >> (function_index % 8) & 1) != 0;
}

}  // namespace wembed
