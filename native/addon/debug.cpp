#include "addon/debug.h"

#include <utility>

#include "addon/error.h"
#include "addon/given.h"
#include "addon/module.h"

namespace wembed::addon {

namespace {

std::vector<uint8_t> bytes_of(const Napi::Value& value) {
  size_t length = 0;
  void* data = nullptr;
  napi_get_typedarray_info(value.Env(), value, nullptr, &length, &data, nullptr, nullptr);
  const auto* bytes = static_cast<const uint8_t*>(data);
  return bytes == nullptr ? std::vector<uint8_t>() : std::vector<uint8_t>(bytes, bytes + length);
}

wembed_debug_source_t source_of(wembed_runtime_t runtime, const std::vector<uint8_t>& file) {
  wembed_debug_source_t source{};
  source.size = sizeof source;
  source.runtime = runtime;
  source.bytes = file.data();
  source.length = file.size();
  return source;
}

// Opens copies of a file and of the split files that belong to it. False: `error` says why.
bool open_files(wembed_runtime_t runtime, const Napi::Value& bytes, const Napi::Value& more,
                std::vector<std::vector<uint8_t>>& files, wembed_debug_t& debug,
                wembed_error_t& error) {
  files.push_back(bytes_of(bytes));
  wembed_debug_source_t source = source_of(runtime, files.back());
  debug = wembed_debug_open(&source, &error);
  if (debug == nullptr) return false;
  const auto split = more.As<Napi::Array>();
  for (uint32_t i = 0; i < split.Length(); ++i) {
    files.push_back(bytes_of(element_of(split, i)));
    source = source_of(runtime, files.back());
    if (!wembed_debug_add_split(debug, &source, &error)) return false;
  }
  return true;
}

// Null: it was closed.
std::shared_ptr<DebugState> debug_of(const Napi::CallbackInfo& info) {
  auto state = unwrap_handle<DebugState>(info.Env(), info[0]);
  return state == nullptr || state->debug == nullptr ? nullptr : state;
}

// Text by a function that says how long it is.
template <class Ask> std::string text_of(Ask ask) {
  std::string text(ask(nullptr, 0), '\0');
  if (!text.empty()) ask(text.data(), static_cast<uint32_t>(text.size() + 1));
  return text;
}

std::string scope_of(wembed_debug_t debug, uint32_t scope) {
  return text_of([&](char* text, uint32_t capacity) {
    return wembed_debug_scope(debug, scope, text, capacity);
  });
}

void set_known(Napi::Object& object, const char* key, uint64_t value, uint64_t unknown) {
  if (value != unknown) object[key] = static_cast<double>(value);
}

void set_text(Napi::Object& object, const char* key, const std::string& text) {
  if (!text.empty()) object[key] = text;
}

void set_flags(Napi::Object& object, std::initializer_list<std::pair<const char*, bool>> flags) {
  for (const auto& [key, is_set] : flags) {
    if (is_set) object[key] = true;
  }
}

// Where something is declared, with its name and what that is in.
template <class Item>
void set_declared(Napi::Object& object, wembed_debug_t debug, const Item& item) {
  set_text(object, "name", item.name);
  set_text(object, "scope", scope_of(debug, item.scope));
  if (item.line == 0) return;
  object["line"] = item.line;
  set_text(object, "file", text_of([&](char* path, uint32_t capacity) {
             return wembed_debug_file(debug, item.unit, item.file, path, capacity);
           }));
}

template <class Ask> Napi::Array members_to_js(Napi::Env env, uint32_t count, Ask ask) {
  auto array = Napi::Array::New(env);
  for (uint32_t i = 0; i < count; ++i) {
    const Napi::HandleScope scope(env);
    wembed_debug_member_t member{};
    if (!ask(i, &member)) break;
    auto object = Napi::Object::New(env);
    object["kind"] = member.kind;
    set_known(object, "type", member.type, WEMBED_DEBUG_NONE);
    set_text(object, "name", member.name);
    set_known(object, "offset", member.offset, WEMBED_DEBUG_UNKNOWN);
    object["value"] = Napi::BigInt::New(env, member.value);
    if (member.bits > 0) {
      object["bits"] = member.bits;
      object["bitOffset"] = member.bit_offset;
    }
    set_flags(object, {{"artificial", member.is_artificial}});
    array[i] = object;
  }
  return array;
}

// debugOpen(runtime, Uint8Array, Uint8Array[] of split files): a handle or an error.
Napi::Value debug_open(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto runtime = unwrap_handle<RuntimeState>(env, info[0]);
  if (runtime == nullptr || runtime->native == nullptr) return env.Undefined();
  auto state = std::make_shared<DebugState>();
  state->runtime = runtime->native;
  wembed_error_t error{};
  if (!open_files(runtime->native->runtime, info[1], info[2], state->files, state->debug, error)) {
    return error_to_js(env, error);
  }
  runtime->own(state);
  return wrap_handle(env, std::move(state));
}

// moduleSetDebug(module, Uint8Array, Uint8Array[] of split files): an error, or undefined. Of a
// module that was just loaded.
Napi::Value module_set_debug(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto state = unwrap_handle<ModuleState>(env, info[0]);
  if (state == nullptr || state->native == nullptr) return env.Undefined();
  LoadedModule& loaded = *state->native->loaded;
  auto twin = std::make_unique<DebugTwin>();
  wembed_error_t error{};
  const wembed_runtime_t runtime = loaded.runtime->runtime;
  if (!open_files(runtime, info[1], info[2], twin->files, twin->debug, error)) {
    return error_to_js(env, error);
  }
  if (!wembed_module_set_debug(loaded.module, twin->debug)) {
    error.kind = WEMBED_ERROR_RESOURCE;
    return error_to_js(env, error);
  }
  loaded.twin = std::move(twin);
  return env.Undefined();
}

Napi::Value debug_info(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto state = debug_of(info);
  wembed_debug_info_t known{};
  known.size = sizeof known;
  if (state == nullptr || !wembed_debug_describe(state->debug, &known)) return env.Undefined();
  auto object = Napi::Object::New(env);
  object["units"] = known.units;
  object["version"] = known.version_max;
  object["zeroed"] = known.addresses_zeroed;
  object["codeStart"] = static_cast<double>(known.code_start);
  object["codeBytes"] = static_cast<double>(known.code_bytes);
  object["problem"] = known.problem;
  object["external"] = known.external;
  object["producer"] = known.producer;
  object["language"] = known.language;
  object["types"] = known.types;
  object["functions"] = known.functions;
  object["variables"] = known.variables;
  auto missing = Napi::Array::New(env);
  for (uint32_t i = 0; i < known.missing; ++i) {
    missing[i] = text_of([&](char* path, uint32_t capacity) {
      return wembed_debug_missing(state->debug, i, path, capacity);
    });
  }
  object["missing"] = missing;
  return object;
}

// undefined, or an object that describes the error.
Napi::Value debug_read(const Napi::CallbackInfo& info) {
  const auto state = debug_of(info);
  wembed_error_t error{};
  if (state == nullptr || wembed_debug_read(state->debug, nullptr, &error)) {
    return info.Env().Undefined();
  }
  return error_to_js(info.Env(), error);
}

Napi::Value debug_type(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto state = debug_of(info);
  const uint32_t index = index_of(info[1]);
  wembed_debug_type_t type{};
  if (state == nullptr || !wembed_debug_type(state->debug, index, &type)) return env.Undefined();
  auto object = Napi::Object::New(env);
  object["kind"] = type.kind;
  object["encoding"] = type.encoding;
  set_known(object, "bytes", type.bytes, WEMBED_DEBUG_UNKNOWN);
  set_known(object, "align", type.align, 0);
  set_known(object, "target", type.target, WEMBED_DEBUG_NONE);
  set_declared(object, state->debug, type);
  set_flags(object, {{"declaration", type.is_declaration},
                     {"enumClass", type.is_enum_class},
                     {"vector", type.is_vector},
                     {"variants", type.has_variants}});
  object["members"] = members_to_js(env, type.members, [&](uint32_t at, auto* member) {
    return wembed_debug_member(state->debug, index, at, member);
  });
  return object;
}

Napi::Value debug_function(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto state = debug_of(info);
  const uint32_t index = index_of(info[1]);
  wembed_debug_function_t function{};
  if (state == nullptr || !wembed_debug_function(state->debug, index, &function)) {
    return env.Undefined();
  }
  auto object = Napi::Object::New(env);
  set_declared(object, state->debug, function);
  set_text(object, "linkageName", function.linkage_name);
  set_known(object, "address", function.address, WEMBED_DEBUG_UNKNOWN);
  set_known(object, "result", function.result, WEMBED_DEBUG_NONE);
  set_flags(object, {{"external", function.is_external},
                     {"declaration", function.is_declaration},
                     {"prototyped", function.is_prototyped}});
  object["parameters"] = members_to_js(env, function.parameters, [&](uint32_t at, auto* member) {
    return wembed_debug_parameter(state->debug, index, at, member);
  });
  return object;
}

Napi::Value debug_variable(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto state = debug_of(info);
  wembed_debug_variable_t variable{};
  if (state == nullptr || !wembed_debug_variable(state->debug, index_of(info[1]), &variable)) {
    return env.Undefined();
  }
  auto object = Napi::Object::New(env);
  set_declared(object, state->debug, variable);
  set_text(object, "linkageName", variable.linkage_name);
  set_known(object, "address", variable.address, WEMBED_DEBUG_UNKNOWN);
  set_known(object, "type", variable.type, WEMBED_DEBUG_NONE);
  set_flags(object, {{"external", variable.is_external}, {"global", variable.is_global}});
  return object;
}

Napi::Value debug_places(const Napi::CallbackInfo& info) {
  const auto state = debug_of(info);
  if (state == nullptr) return info.Env().Undefined();
  const auto address = static_cast<uint64_t>(whole_of(info[1]));
  std::vector<wembed_debug_place_t> places(16);
  const uint32_t count = wembed_debug_places(state->debug, address, places.data(),
                                             static_cast<uint32_t>(places.size()));
  if (count < places.size()) places.resize(count);
  return places_to_js(info.Env(), places);
}

}  // namespace

void DebugState::close() {
  if (debug != nullptr) wembed_debug_close(std::exchange(debug, nullptr));
  runtime = nullptr;
}

Napi::Array places_to_js(Napi::Env env, const std::vector<wembed_debug_place_t>& places) {
  auto array = Napi::Array::New(env, places.size());
  for (uint32_t i = 0; i < places.size(); ++i) {
    const Napi::HandleScope scope(env);
    auto object = Napi::Object::New(env);
    object["function"] = places[i].function;
    object["file"] = places[i].file;
    object["line"] = places[i].line;
    object["column"] = places[i].column;
    object["inlined"] = places[i].is_inlined;
    object["near"] = places[i].is_near;
    array[i] = object;
  }
  return array;
}

void define_debug(Napi::Object binding) {
  const Napi::Env env = binding.Env();
  binding["moduleSetDebug"] = Napi::Function::New(env, module_set_debug, "moduleSetDebug");
  binding["debugOpen"] = Napi::Function::New(env, debug_open, "debugOpen");
  binding["debugInfo"] = Napi::Function::New(env, debug_info, "debugInfo");
  binding["debugRead"] = Napi::Function::New(env, debug_read, "debugRead");
  binding["debugType"] = Napi::Function::New(env, debug_type, "debugType");
  binding["debugFunction"] = Napi::Function::New(env, debug_function, "debugFunction");
  binding["debugVariable"] = Napi::Function::New(env, debug_variable, "debugVariable");
  binding["debugPlaces"] = Napi::Function::New(env, debug_places, "debugPlaces");
}

}  // namespace wembed::addon
