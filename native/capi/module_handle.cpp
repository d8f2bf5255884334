// State of a module handle.
#include "capi/module_handle.h"

#include <algorithm>
#include <cstring>
#include <new>
#include <utility>

#include "module/section_cursor.h"

namespace wembed {

namespace {

constexpr ExternKind kOrder[] = {ExternKind::Func, ExternKind::Table, ExternKind::Memory,
                                 ExternKind::Global, ExternKind::Tag};

// Copies names with a NUL behind each into one block.
class NameCopier {
 public:
  explicit NameCopier(char* at) : at_(at) {}
  const char* copy(std::string_view name) {
    char* start = at_;
    if (!name.empty()) std::memcpy(start, name.data(), name.size());
    start[name.size()] = 0;
    at_ += name.size() + 1;
    return start;
  }

 private:
  char* at_;
};

size_t name_bytes(const Module& module) {
  size_t bytes = 0;
  for (const Import& import : module.imports()) {
    bytes += import.module.size() + import.name.size() + 2;
  }
  for (const Export& item : module.exports()) bytes += item.name.size() + 1;
  return bytes;
}

Reflection* make_reflection(Allocator& allocator, const Module& module) {
  const ReadScope scope(module.source());
  if (scope.lost()) return nullptr;
  size_t imports = module.imports().size();
  size_t exports = module.exports().size();
  size_t pointers = imports * 3 + exports;
  void* block =
      allocator.allocate(sizeof(Reflection) + pointers * sizeof(void*) + name_bytes(module));
  if (block == nullptr) return nullptr;
  Reflection* made = ::new (block) Reflection;
  made->imports = reinterpret_cast<const Import**>(made + 1);
  made->import_modules = reinterpret_cast<const char**>(made->imports + imports);
  made->import_names = made->import_modules + imports;
  made->export_names = made->import_names + imports;
  NameCopier names(reinterpret_cast<char*>(made->export_names + exports));
  size_t next = 0;
  for (ExternKind kind : kOrder) {
    for (const Import& import : module.imports()) {
      if (import.kind == kind) made->imports[next++] = &import;
    }
  }
  for (size_t i = 0; i < imports; i++) {
    made->import_modules[i] = names.copy(module.imports()[i].module);
    made->import_names[i] = names.copy(module.imports()[i].name);
  }
  for (size_t i = 0; i < exports; i++) made->export_names[i] = names.copy(module.exports()[i].name);
  if (!scope.lost()) return made;
  allocator.release(block);
  return nullptr;
}

// Counts first, then copies: bytes that change in between give fewer sections, never more than
// there is room for.
SectionTable* make_sections(Allocator& allocator, const Module& module) {
  const ReadScope scope(module.source());
  if (scope.lost()) return nullptr;
  CustomSection section;
  size_t count = 0;
  size_t name_bytes = 0;
  for (CustomSectionCursor all(module); all.next(section); count++) {
    name_bytes += section.name.size() + 1;
  }
  void* block =
      allocator.allocate(sizeof(SectionTable) + count * sizeof(SectionTable::Entry) + name_bytes);
  if (block == nullptr) return nullptr;
  SectionTable* made = ::new (block) SectionTable;
  made->entries = reinterpret_cast<SectionTable::Entry*>(made + 1);
  NameCopier names(reinterpret_cast<char*>(made->entries + count));
  CustomSectionCursor all(module);
  while (made->count < count && all.next(section) && section.name.size() < name_bytes) {
    name_bytes -= section.name.size() + 1;
    made->entries[made->count++] = {names.copy(section.name),
                                    static_cast<uint32_t>(section.name.size()), section.bytes};
  }
  if (!scope.lost()) return made;
  allocator.release(block);
  return nullptr;
}

Sha256Digest* make_digest(Allocator& allocator, const Module& module) {
  const ReadScope scope(module.source());
  if (scope.lost()) return nullptr;
  void* block = allocator.allocate(sizeof(Sha256Digest));
  if (block == nullptr) return nullptr;
  Sha256Digest* made = ::new (block) Sha256Digest(sha256(module.bytes()));
  if (!scope.lost()) return made;
  allocator.release(block);
  return nullptr;
}

}  // namespace

ModuleHandle* ModuleHandle::create(Runtime& runtime, Module& module) {
  ModuleHandle* handle = runtime.allocator().create<ModuleHandle>(runtime, module);
  if (handle == nullptr) {
    module.release();
    return nullptr;
  }
  runtime.retain();
  handle->enlist();
  return handle;
}

constinit std::mutex ModuleHandle::all_mutex_;
constinit ModuleHandle* ModuleHandle::all_ = nullptr;

void ModuleHandle::enlist() {
  std::lock_guard lock(all_mutex_);
  next_ = std::exchange(all_, this);
  link_ = &all_;
  if (next_ != nullptr) next_->link_ = &next_;
}

void ModuleHandle::delist() {
  std::lock_guard lock(all_mutex_);
  *link_ = next_;
  if (next_ != nullptr) next_->link_ = link_;
}

HostModule ModuleHandle::held() {
  return {this, [](void* self) { static_cast<ModuleHandle*>(self)->retain(); },
          [](void* self) { static_cast<ModuleHandle*>(self)->release(); }};
}

void ModuleHandle::unload() {
  if (is_unloaded_.exchange(true, std::memory_order_relaxed)) return;
  if (references_.settle() > 0) module_.return_borrowed_bytes();
  if (references_.give_up()) destroy();
}

void ModuleHandle::release() {
  if (references_.release()) destroy();
}

void ModuleHandle::destroy() {
  delist();
  Runtime& runtime = runtime_;
  Allocator& allocator = runtime.allocator();
  for (const FunctionName& name : function_names_) allocator.release(name.text);
  allocator.release(reflection_.load(std::memory_order_acquire));
  allocator.release(sections_.load(std::memory_order_acquire));
  allocator.release(digest_.load(std::memory_order_acquire));
  while (names_ != nullptr) allocator.release(std::exchange(names_, names_->older));
  if (Debug* debug = debug_.load(std::memory_order_acquire); debug != nullptr) debug->drop(debug);
  if (links_ != nullptr) links_->release();
  if (module_links_ != nullptr) {
    for (size_t i = 0; i < module_.imports().size(); i++) {
      if (module_links_[i].module != nullptr) module_links_[i].module->release();
    }
    allocator.release(module_links_);
  }
  module_.release();
  allocator.destroy(this);
  runtime.release();
}

bool ModuleHandle::is_resolved() const {
  return module_.imported_function_count() == 0 || (links_ != nullptr && links_->complete());
}

bool ModuleHandle::resolve() {
  if (is_resolved()) return true;
  const bool words = runtime_.conventions().references->are_words;
  NativeLinks* links = NativeLinks::create(runtime_.allocator(), module_, runtime_.natives(), words,
                                           links_, runtime_.log());
  if (links == nullptr) return false;
  if (links_ == nullptr || links->linked() > links_->linked()) std::swap(links, links_);
  if (links != nullptr) links->release();
  return true;
}

bool ModuleHandle::set_module_link(size_t import, const ModuleLink& link) {
  size_t count = module_.imports().size();
  if (module_links_ == nullptr) {
    void* block = runtime_.allocator().allocate(count * sizeof(ModuleLink));
    if (block == nullptr) return false;
    module_links_ = static_cast<ModuleLink*>(block);
    for (size_t i = 0; i < count; i++) ::new (&module_links_[i]) ModuleLink;
  }
  if (module_links_[import].module != nullptr) return true;
  link.module->retain();
  module_links_[import] = link;
  return true;
}

bool ModuleHandle::set_name(const char* name) {
  std::lock_guard lock(mutex_);
  Name* known = names_;
  while (known != nullptr && std::strcmp(known->text, name) != 0) known = known->older;
  if (known == nullptr) {
    size_t length = std::strlen(name);
    void* block = runtime_.allocator().allocate(sizeof(Name) + length);
    if (block == nullptr) return false;
    known = ::new (block) Name{names_, {}};
    std::memcpy(known->text, name, length + 1);
    names_ = known;
  }
  name_.store(known->text, std::memory_order_release);
  return true;
}

template <class T, class Make> const T* ModuleHandle::made_once(std::atomic<T*>& place, Make make) {
  T* known = place.load(std::memory_order_acquire);
  if (known != nullptr) return known;
  T* made = make(runtime_.allocator(), module_);
  if (made == nullptr) return nullptr;
  if (place.compare_exchange_strong(known, made, std::memory_order_acq_rel)) return made;
  runtime_.allocator().release(made);
  return known;
}

const Reflection* ModuleHandle::reflection() { return made_once(reflection_, make_reflection); }
const SectionTable* ModuleHandle::sections() { return made_once(sections_, make_sections); }
const Sha256Digest* ModuleHandle::digest() { return made_once(digest_, make_digest); }

std::string_view ModuleHandle::function_name(uint32_t index) {
  std::lock_guard lock(mutex_);
  FunctionName* place = std::lower_bound(
      function_names_.begin(), function_names_.end(), index,
      [](const FunctionName& name, uint32_t wanted) { return name.index < wanted; });
  size_t at = static_cast<size_t>(place - function_names_.begin());
  if (at < function_names_.size() && place->index == index) return {place->text, place->length};
  const ReadScope scope(module_.source());
  std::string_view found = module_.function_name(index);
  if (found.empty() || scope.lost()) return {};
  FunctionName made{index, static_cast<uint32_t>(found.size()), nullptr};
  made.text = static_cast<char*>(runtime_.allocator().allocate(found.size()));
  if (made.text == nullptr) return {};
  std::memcpy(made.text, found.data(), found.size());
  if (scope.lost() || !function_names_.push_back(made)) {
    runtime_.allocator().release(made.text);
    return {};
  }
  std::rotate(function_names_.begin() + at, function_names_.end() - 1, function_names_.end());
  return {made.text, made.length};
}

}  // namespace wembed
