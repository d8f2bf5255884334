// wasm_export.h: loading and unloading modules, their names and custom sections.
#include <cstring>
#include <iterator>

#include "capi/error_buffer.h"
#include "capi/handles.h"
#include "capi/load_module.h"
#include "capi/module_links.h"
#include "capi/wasi_state.h"
#include "module/reader.h"
#include "module/section_cursor.h"

using namespace wembed;

namespace {

void release_copy(void* context, const uint8_t* data, size_t) {
  static_cast<Allocator*>(context)->release(const_cast<uint8_t*>(data));
}

// False: the bytes vanished.
bool copy_foreign(uint8_t* target, const uint8_t* bytes, size_t count) {
  const ByteSource source(bytes, count, BytesKind::Foreign);
  const ReadScope scope(source);
  if (count > 0) std::memcpy(target, bytes, count);
  return !scope.lost();
}

// Bytes of a section list put together, with the length of each as LEB128.
class SectionJoiner {
 public:
  // Without a place to write to, counts only.
  explicit SectionJoiner(uint8_t* at) : at_(at) {
    static constexpr uint8_t kHeader[] = {0, 'a', 's', 'm', 1, 0, 0, 0};
    add(kHeader, sizeof(kHeader));
  }
  void add_list(const wasm_section_t* list) {
    for (const wasm_section_t* at = list; at != nullptr; at = at->next) {
      uint8_t head[6] = {static_cast<uint8_t>(at->section_type)};
      size_t length = 1;
      uint32_t size = at->section_body_size;
      do {
        head[length++] = static_cast<uint8_t>((size & 0x7f) | (size > 0x7f ? 0x80 : 0));
        size >>= 7;
      } while (size != 0);
      add(head, length);
      add(at->section_body, at->section_body_size);
    }
  }
  [[nodiscard]] size_t size() const { return size_; }
  [[nodiscard]] bool lost() const { return lost_; }

 private:
  void add(const uint8_t* bytes, size_t count) {
    if (at_ != nullptr && !copy_foreign(at_ + size_, bytes, count)) lost_ = true;
    size_ += count;
  }
  uint8_t* at_;
  size_t size_ = 0;
  bool lost_ = false;
};

wasm_module_t load_failed(char* error_buf, uint32_t size, const char* message) {
  write_error(error_buf, size, kLoadFailed, message);
  return nullptr;
}

wasm_module_t finish_load(ModuleBytes bytes, const LoadArgs& args, bool freeable, bool checks_wasi,
                          char* error_buf, uint32_t error_buf_size) {
  Diagnostic diagnostic;
  ModuleHandle* handle =
      load_module(*default_runtime(), std::move(bytes), args.name, !args.no_resolve, diagnostic);
  if (handle == nullptr) return load_failed(error_buf, error_buf_size, diagnostic.message);
  handle->is_freeable = freeable;
  const char* problem = checks_wasi ? wasi_problem(handle->runtime(), handle->module()) : nullptr;
  if (problem != nullptr) {
    handle->unload();
    return load_failed(error_buf, error_buf_size, problem);
  }
  if (link_modules(*handle, default_modules(), !args.no_resolve)) return wrap(handle);
  handle->unload();
  return load_failed(error_buf, error_buf_size, error_text(Error::OutOfMemory));
}

}  // namespace

namespace wembed {

namespace {

// What WAMR's loader says of each section by its id; null: of a custom one.
constexpr const char* kSectionNames[] = {
    nullptr,  "type",  "import",        "function",     "table",        "memory",    "global",
    "export", "start", "table segment", "code segment", "data segment", "datacount", "tag"};

void log_sections(const LogSink& log, const Module& module) {
  const ReadScope scope(module.source());
  if (scope.lost()) return;
  SectionCursor sections(module);
  Section section;
  while (sections.next(section)) {
    const char* name = section.id < std::size(kSectionNames) ? kSectionNames[section.id] : nullptr;
    log_message(log, LogLevel::Verbose, "Load %s section success.\n",
                name == nullptr ? "custom" : name);
  }
  log_message(log, LogLevel::Verbose, "Load module success.\n");
}

}  // namespace

bool copy_bytes(Runtime& runtime, const uint8_t* data, size_t size, ModuleBytes& bytes,
                Diagnostic& diagnostic) {
  Allocator& allocator = runtime.allocator();
  auto* copy = static_cast<uint8_t*>(allocator.allocate(size));
  if (copy == nullptr) {
    diagnostic.fail(Error::OutOfMemory);
    return false;
  }
  bytes = ModuleBytes(copy, size, &release_copy, &allocator);
  if (copy_foreign(copy, data, size)) return true;
  diagnostic.fail(Error::BytesLost);
  return false;
}

ModuleHandle* load_module(Runtime& runtime, ModuleBytes bytes, const char* name, bool resolve,
                          Diagnostic& diagnostic, const Poll& poll, FeatureSet features) {
  Module* module = Module::load(runtime.allocator(), runtime.types(), features, std::move(bytes),
                                diagnostic, poll);
  if (module == nullptr) return nullptr;
  ModuleHandle* handle = ModuleHandle::create(runtime, *module);
  if (handle == nullptr) {
    diagnostic.fail(Error::OutOfMemory);
    return nullptr;
  }
  bool named = name == nullptr || *name == 0 || handle->set_name(name);
  if (named && (!resolve || handle->resolve())) {
    if (log_enabled(LogLevel::Verbose)) log_sections(runtime.log(), *module);
    return handle;
  }
  handle->unload();
  diagnostic.fail(Error::OutOfMemory);
  return nullptr;
}

}  // namespace wembed

wasm_module_t wasm_runtime_load(uint8_t* buf, uint32_t size, char* error_buf,
                                uint32_t error_buf_size) {
  LoadArgs args = {};
  return wasm_runtime_load_ex(buf, size, &args, error_buf, error_buf_size);
}

wasm_module_t wasm_runtime_load_ex(uint8_t* buf, uint32_t size, const LoadArgs* args,
                                   char* error_buf, uint32_t error_buf_size) {
  if (args == nullptr || (buf == nullptr && size > 0)) {
    return load_failed(error_buf, error_buf_size, error_text(Error::NullArgument));
  }
  Runtime* runtime = default_runtime();
  if (runtime == nullptr) {
    return load_failed(error_buf, error_buf_size, "the runtime is not initialized");
  }
  if (!args->wasm_binary_freeable) {
    return finish_load({buf, size, nullptr, nullptr, BytesKind::Borrowed}, *args, false, true,
                       error_buf, error_buf_size);
  }
  ModuleBytes copy;
  Diagnostic diagnostic;
  if (!copy_bytes(*runtime, buf, size, copy, diagnostic)) {
    return load_failed(error_buf, error_buf_size, diagnostic.message);
  }
  return finish_load(std::move(copy), *args, true, true, error_buf, error_buf_size);
}

wasm_module_t wasm_runtime_load_from_sections(wasm_section_list_t section_list, bool is_aot,
                                              char* error_buf, uint32_t error_buf_size) {
  if (is_aot) return load_failed(error_buf, error_buf_size, "invalid section list type");
  Runtime* runtime = default_runtime();
  if (runtime == nullptr) {
    return load_failed(error_buf, error_buf_size, "the runtime is not initialized");
  }
  SectionJoiner measure(nullptr);
  measure.add_list(section_list);
  auto* block = static_cast<uint8_t*>(runtime->allocator().allocate(measure.size()));
  if (block == nullptr) {
    return load_failed(error_buf, error_buf_size, error_text(Error::OutOfMemory));
  }
  SectionJoiner joiner(block);
  joiner.add_list(section_list);
  ModuleBytes bytes(block, measure.size(), &release_copy, &runtime->allocator());
  if (joiner.lost()) return load_failed(error_buf, error_buf_size, error_text(Error::BytesLost));
  LoadArgs args = {};
  return finish_load(std::move(bytes), args, true, false, error_buf, error_buf_size);
}

bool wasm_runtime_resolve_symbols(wasm_module_t module) {
  if (module == nullptr) return false;
  return unwrap(module)->resolve() && unwrap(module)->is_resolved();
}

void wasm_runtime_unload(wasm_module_t module) {
  if (module != nullptr) unwrap(module)->unload();
}

bool wasm_runtime_set_module_name(wasm_module_t module, const char* name, char* error_buf,
                                  uint32_t error_buf_size) {
  if (module == nullptr || name == nullptr) return false;
  std::span<const uint8_t> bytes(reinterpret_cast<const uint8_t*>(name), std::strlen(name));
  if (!is_utf8(bytes)) {
    write_error(error_buf, error_buf_size, kInstantiateFailed, "invalid UTF-8 encoding");
    return false;
  }
  if (unwrap(module)->set_name(name)) return true;
  write_error(error_buf, error_buf_size, kInstantiateFailed, error_text(Error::OutOfMemory));
  return false;
}

const char* wasm_runtime_get_module_name(wasm_module_t module) {
  return module == nullptr ? "" : unwrap(module)->name();
}

bool wasm_runtime_is_underlying_binary_freeable(const wasm_module_t module) {
  return module != nullptr && unwrap(module)->is_freeable;
}

const uint8_t* wasm_runtime_get_custom_section(const wasm_module_t module_comm, const char* name,
                                               uint32_t* len) {
  if (module_comm == nullptr || name == nullptr) return nullptr;
  const Module& module = unwrap(module_comm)->module();
  const ReadScope scope(module.source());
  if (scope.lost()) return nullptr;
  // Of several the last in the file.
  const uint8_t* found = nullptr;
  CustomSectionCursor sections(module);
  CustomSection section;
  while (sections.next(section)) {
    if (section.name != name) continue;
    found = module.slice(section.bytes).data();
    if (len != nullptr && !scope.lost()) *len = section.bytes.size;
  }
  return scope.lost() ? nullptr : found;
}
