#include "capi/module_registry.h"

#include <cstring>
#include <new>

#include "capi/module_handle.h"

namespace wembed {

namespace {

struct Source {
  std::mutex mutex;
  ModuleSource source;
  std::atomic<bool> has_reader{false};
};

constinit Source process_source;

}  // namespace

ModuleSource module_source() {
  std::lock_guard lock(process_source.mutex);
  return process_source.source;
}

bool has_module_reader() { return process_source.has_reader.load(std::memory_order_acquire); }

void set_module_source(const ModuleSource& given) {
  std::lock_guard lock(process_source.mutex);
  process_source.source = given;
  process_source.has_reader.store(given.read != nullptr, std::memory_order_release);
}

ModuleHandle* ModuleRegistry::find(const char* name) {
  std::lock_guard lock(mutex_);
  for (const Entry* entry = first_.load(std::memory_order_relaxed); entry != nullptr;
       entry = entry->next) {
    if (std::strcmp(entry->name, name) == 0) return entry->module;
  }
  return nullptr;
}

const char* ModuleRegistry::name_of(const ModuleHandle& module) {
  std::lock_guard lock(mutex_);
  for (const Entry* entry = first_.load(std::memory_order_relaxed); entry != nullptr;
       entry = entry->next) {
    if (entry->module == &module) return entry->name;
  }
  return nullptr;
}

bool ModuleRegistry::append(Allocator& allocator, const char* name, ModuleHandle& module,
                            uint8_t* buffer, uint32_t size) {
  size_t length = std::strlen(name);
  void* block = allocator.allocate(sizeof(Entry) + length);
  if (block == nullptr) return false;
  auto* entry = ::new (block) Entry{nullptr, &module, buffer, size, {}};
  std::memcpy(entry->name, name, length + 1);
  module.retain();
  std::lock_guard lock(mutex_);
  if (last_ == nullptr) {
    first_.store(entry, std::memory_order_release);
  } else {
    last_->next = entry;
  }
  last_ = entry;
  return true;
}

bool ModuleRegistry::add(Allocator& allocator, const char* name, ModuleHandle& module) {
  return append(allocator, name, module, nullptr, 0);
}

bool ModuleRegistry::add_read(Allocator& allocator, const char* name, ModuleHandle& module,
                              uint8_t* buffer, uint32_t size) {
  return append(allocator, name, module, buffer, size);
}

void ModuleRegistry::clear(Allocator& allocator, module_destroyer destroyer) {
  Entry* entry;
  {
    std::lock_guard lock(mutex_);
    entry = first_.exchange(nullptr, std::memory_order_relaxed);
    last_ = nullptr;
  }
  while (entry != nullptr) {
    Entry* next = entry->next;
    if (entry->buffer != nullptr) entry->module->unload();
    entry->module->release();
    if (entry->buffer != nullptr && destroyer != nullptr) destroyer(entry->buffer, entry->size);
    allocator.release(entry);
    entry = next;
  }
}

}  // namespace wembed
