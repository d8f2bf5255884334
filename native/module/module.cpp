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
      source_(bytes_.view().data(), bytes_.view().size(), bytes_.kind()),
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
      declared_(allocator) {}

Module::~Module() {
  for (std::atomic<Attachment*>& place : kept_) {
    Attachment* kept = place.load(std::memory_order_acquire);
    if (kept != nullptr) kept->drop(kept);
  }
  NameIndex::destroy(allocator_, names_.load(std::memory_order_acquire));
  for (size_t i = 0; i < types_.size();) {
    const TypeDef* first = types_[i];
    i += TypeRegistry::group_size(first);
    registry_.release(first);
  }
}

// Names stand behind the code that has the mistake: they are looked for when somebody wants one.
static void name_function(const Module& module, Diagnostic& diagnostic) {
  if (diagnostic.function_name == nullptr || diagnostic.function == kNoFunction) return;
  const Error code = diagnostic.code;
  if (code == Error::OutOfMemory || code == Error::Deadline || code == Error::Terminated) return;
  const std::string_view name = module.function_name(diagnostic.function);
  const size_t length = std::min(name.size(), kFunctionNameBytes - 1);
  if (length > 0) std::memcpy(diagnostic.function_name, name.data(), length);
  diagnostic.function_name[length] = 0;
}

Module* Module::load(Allocator& allocator, TypeRegistry& types, FeatureSet features,
                     ModuleBytes bytes, Diagnostic& diagnostic, const Poll& poll) {
  void* block = allocator.allocate(sizeof(Module));
  if (block == nullptr) {
    diagnostic.fail(Error::OutOfMemory);
    return nullptr;
  }
  Module* module = ::new (block) Module(allocator, types, features, std::move(bytes));
  bool good = false;
  {
    const ReadScope scope(module->source_);
    good = ModuleReader(*module, diagnostic, poll).read() == Error::None;
    if (!good) name_function(*module, diagnostic);
    if (scope.lost()) {
      good = false;
      diagnostic = Diagnostic();
      diagnostic.fail(Error::BytesLost);
    }
  }
  if (good) return module;
  module->release();
  return nullptr;
}

void Module::release() {
  if (references_.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
  Allocator& allocator = allocator_;
  this->~Module();
  allocator.release(this);
}

Module::Attachment* Module::keep(Kept kind, Attachment* made) {
  Attachment* known = nullptr;
  std::atomic<Attachment*>& place = kept_[static_cast<int>(kind)];
  if (place.compare_exchange_strong(known, made, std::memory_order_acq_rel)) return made;
  made->drop(made);
  return known;
}

void Module::return_borrowed_bytes() {
  if (source_.kind() != BytesKind::Borrowed || bytes_.kind() == BytesKind::Own) return;
  // From inside a reader, as in a log callback: nothing can be moved under it.
  if (ReadScope::is_active(source_)) return source_.lose();
  size_t size = source_.size();
  auto* copy = static_cast<uint8_t*>(allocator_.allocate(size));
  auto release = [](void* allocator, const uint8_t* data, size_t) {
    static_cast<Allocator*>(allocator)->release(const_cast<uint8_t*>(data));  // null does nothing
  };
  ModuleBytes kept(copy, size, release, &allocator_);
  ReplaceScope scope(source_);
  if (copy == nullptr || !scope.copy_to(copy)) source_.lose();
  // Also when the bytes are lost: no name may point to what somebody frees.
  move_names(source_.view().data(), copy);
  scope.point_to(copy);
  bytes_ = std::move(kept);
}

void Module::move_names(const uint8_t* from, const uint8_t* to) {
  bool lost = source_.is_lost();
  auto move = [&](std::string_view& name) {
    ptrdiff_t at = reinterpret_cast<const uint8_t*>(name.data()) - from;
    name = lost ? std::string_view()
                : std::string_view(reinterpret_cast<const char*>(to) + at, name.size());
  };
  for (Import& import : imports_) {
    move(import.module);
    move(import.name);
  }
  for (Export& entry : exports_) move(entry.name);
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

const Export* Module::find_export(std::string_view name) const {
  const ReadScope scope(source_);
  const Export* found = scope.lost() ? nullptr : read_export(name);
  return scope.lost() ? nullptr : found;
}

const Export* Module::read_export(std::string_view name) const {
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
