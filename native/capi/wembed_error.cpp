// wembed.h: errors as structures, and the frames of a trap.
#include "capi/wembed_error.h"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <mutex>

#include "capi/exception_text.h"
#include "capi/handles.h"
#include "capi/refusal.h"
#include "runtime/instance_cold.h"
#include "runtime/runtime.h"
#include "runtime/store.h"
#include "runtime/trap_record.h"

namespace wembed {

namespace {

struct ErrorRow {
  const char* name;
  wembed_error_kind_t kind;
};

wembed_error_kind_t kind_of(Error error) {
  switch (error) {
    case Error::None: return WEMBED_ERROR_NONE;
    case Error::Unlinkable:
    case Error::TypesDoNotFit: return WEMBED_ERROR_LINK;
    case Error::Uninstantiable: return WEMBED_ERROR_TRAP;
    case Error::OutOfMemory:
    case Error::LinearMemory:
    case Error::PoolFull:
    case Error::MemoryNeverFits:
    case Error::MemoryOverLimit:
    case Error::AppHeap:
    case Error::AppHeapInsert:
    case Error::System:
    case Error::File:
    case Error::Deadline:
    case Error::Terminated:
    case Error::BytesLost: return WEMBED_ERROR_RESOURCE;
    case Error::NullArgument:
    case Error::InvalidState: return WEMBED_ERROR_USAGE;
    default: return WEMBED_ERROR_COMPILE;
  }
}

const char* name_of(Error error) {
  static constexpr const char* kNames[] = {
      "",
#define ERROR(name, text) #name,
#include "base/error.def"
#undef ERROR
  };
  return kNames[static_cast<size_t>(error)];
}

template <size_t kSize> void copy(char (&target)[kSize], std::string_view text) {
  size_t length = std::min(text.size(), kSize - 1);
  if (length > 0) std::memcpy(target, text.data(), length);
  target[length] = 0;
}

template <size_t kSize> void copy(char (&target)[kSize], const char* text) {
  copy(target, std::string_view(text == nullptr ? "" : text));
}

void set_function(wembed_error_t& error, const Module* module, uint32_t function) {
  error.function_index = function;
  if (module == nullptr || function >= module->function_count()) return;
  const ReadScope scope(module->source());
  copy(error.function_name, module->function_name(function));
  if (scope.lost()) error.function_name[0] = 0;
}

const char* without_prefix(const char* text) {
  constexpr std::string_view kPrefix = "Exception: ";
  return std::string_view(text).starts_with(kPrefix) ? text + kPrefix.size() : text;
}

// One more sentence for people; hosts of WAMR's API compare texts and never see it.
void add_hint(wembed_error_t& error, const char* hint) {
  size_t length = std::strlen(error.message);
  std::snprintf(error.message + length, sizeof(error.message) - length, "; %s", hint);
}

void add_exception(wembed_error_t& error, const Instance& instance, const Exception& exception) {
  const size_t length = std::strlen(error.message);
  TextBuffer text(error.message + length, sizeof(error.message) - length);
  text.add(": ");
  describe_exception(text, instance, exception);
}

// The handle a module was loaded by: of some instance in the group.
ModuleHandle* handle_of(const Instance& instance, const Module* module) {
  std::lock_guard lock(instance.runtime->store_mutex());
  for (const Instance* at = instance.store->instances(); at != nullptr; at = at->cold->next) {
    if (at->module == module) return static_cast<ModuleHandle*>(at->cold->host_module.object);
  }
  return nullptr;
}

}  // namespace

void clear_error(wembed_error_t* error) {
  if (error == nullptr) return;
  error->kind = WEMBED_ERROR_NONE;
  error->function_index = UINT32_MAX;
  error->offset = UINT64_MAX;
  // Texts are ended and not filled: every call that succeeds does this to 1.3 KB.
  *error->code = *error->section = *error->module_name = 0;
  *error->function_name = *error->message = 0;
}

void fill_error(wembed_error_t* error, const Diagnostic& diagnostic, const Module* module,
                const char* name, Trap trap) {
  if (error == nullptr) return;
  clear_error(error);
  error->kind = trap == Trap::None ? kind_of(diagnostic.code) : WEMBED_ERROR_TRAP;
  copy(error->code, trap == Trap::None ? name_of(diagnostic.code) : trap_name(trap));
  copy(error->message, without_prefix(diagnostic.message));
  if (diagnostic.hint != nullptr && trap == Trap::None) add_hint(*error, diagnostic.hint);
  copy(error->section, diagnostic.section);
  copy(error->module_name, name);
  error->offset = diagnostic.offset;
  set_function(*error, module, diagnostic.function);
  if (module == nullptr) copy(error->function_name, diagnostic.function_name);
}

void fill_usage_error(wembed_error_t* error, const char* message) {
  Diagnostic diagnostic;
  diagnostic.fail(Error::InvalidState, "%s", message);
  fill_error(error, diagnostic, nullptr, nullptr);
}

}  // namespace wembed

using namespace wembed;

WEMBED_API bool wembed_get_error(wasm_module_inst_t instance_handle, wembed_error_t* error) {
  clear_error(error);
  if (instance_handle == nullptr || !unwrap(instance_handle)->has_exception()) return false;
  if (error == nullptr) return true;
  const Instance& instance = *unwrap(instance_handle);
  Trap trap = instance.pending_trap();
  error->kind = trap == Trap::OutOfMemory ? WEMBED_ERROR_RESOURCE : WEMBED_ERROR_TRAP;
  copy(error->code, trap_name(trap));
  copy(error->message, without_prefix(instance.exception_text()));
  if (const Exception* exception = pending_exception(instance); exception != nullptr) {
    add_exception(*error, instance, *exception);
  }
  const ModuleHandle* handle = static_cast<const ModuleHandle*>(instance.cold->host_module.object);
  if (handle != nullptr) copy(error->module_name, handle->name());
  const TrapRecord* record = trap_record(instance);
  if (record == nullptr || record->code != trap || record->frame_count == 0) return true;
  const TrapFrame& frame = record->frames[0];
  error->offset = frame.offset();
  set_function(*error, frame.module, frame.function);
  handle = handle_of(instance, frame.module);
  if (handle != nullptr) copy(error->module_name, handle->name());
  return true;
}

WEMBED_API uint32_t wembed_trap_frame_count(wasm_module_inst_t instance, uint32_t* total) {
  const TrapRecord* record = instance == nullptr ? nullptr : trap_record(*unwrap(instance));
  if (total != nullptr) *total = record == nullptr ? 0 : record->frame_total;
  return record == nullptr ? 0 : record->frame_count;
}

namespace {

std::string_view name_at(ModuleHandle* handle, uint32_t function) {
  std::string_view name;
  if (handle != nullptr) name = handle->function_name(function);
  return name.empty() ? std::string_view("", 0) : name;
}

void describe(const TrapFrame& known, ModuleHandle* handle, wembed_frame_t& frame) {
  std::string_view name = name_at(handle, known.function);
  frame.module = wrap(handle);
  frame.function_index = known.function;
  frame.offset = known.offset();
  frame.function_name = name.data();
  frame.function_name_length = static_cast<uint32_t>(name.size());
}

}  // namespace

WEMBED_API bool wembed_trap_frame(wasm_module_inst_t instance, uint32_t index,
                                  wembed_frame_t* frame) {
  const TrapRecord* record = instance == nullptr ? nullptr : trap_record(*unwrap(instance));
  if (record == nullptr || frame == nullptr || index >= record->frame_count) return false;
  const TrapFrame& known = record->frames[index];
  describe(known, handle_of(*unwrap(instance), known.module), *frame);
  return true;
}

WEMBED_API bool wembed_get_trap(wasm_module_inst_t instance_handle, wembed_trap_t* trap,
                                wembed_place_t* places, uint32_t capacity) {
  if (instance_handle == nullptr || trap == nullptr || refuse_structure(trap, "trap")) return false;
  const Instance& instance = *unwrap(instance_handle);
  if (!instance.has_exception()) return false;
  Trap code = instance.pending_trap();
  trap->kind = code == Trap::OutOfMemory ? WEMBED_ERROR_RESOURCE : WEMBED_ERROR_TRAP;
  trap->code = trap_name(code);
  trap->message = without_prefix(instance.exception_text());
  trap->place_count = trap->frame_total = 0;
  const TrapRecord* record = trap_record(instance);
  if (record == nullptr || record->code != code) return true;
  trap->frame_total = record->frame_total;
  trap->place_count = places == nullptr ? 0 : std::min(record->frame_count, capacity);
  const Module* module = nullptr;
  ModuleHandle* handle = nullptr;
  for (uint32_t i = 0; i < trap->place_count; i++) {
    const TrapFrame& frame = record->frames[i];
    if (frame.module != module) handle = handle_of(instance, frame.module);
    module = frame.module;
    places[i] = {wrap(handle), frame.function, frame.is_return, frame.code, frame.place};
  }
  return true;
}

WEMBED_API void wembed_place_frame(const wembed_place_t* place, wembed_frame_t* frame) {
  const TrapFrame known = {nullptr,
                           nullptr,
                           place->function_index,
                           place->is_return,
                           static_cast<const Code*>(place->code),
                           place->place};
  describe(known, unwrap(place->module), *frame);
}

WEMBED_API const char* wembed_place_function(const wembed_place_t* place, uint32_t* length) {
  std::string_view name = name_at(unwrap(place->module), place->function_index);
  *length = static_cast<uint32_t>(name.size());
  return name.data();
}
