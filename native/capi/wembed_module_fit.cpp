// wembed.h: which build a module is, and whether it is the one that typed callers were made for.
#include <algorithm>
#include <cstring>
#include <span>

#include "base/vector.h"
#include "capi/handles.h"
#include "capi/wembed_error.h"
#include "runtime/type_text.h"

using namespace wembed;

namespace {

using Expected = std::span<const wembed_expected_function_t>;

const TypeDef* exported_type(const Module& module, const char* name) {
  const Export* found = module.find_export(name);
  if (found == nullptr || found->kind != ExternKind::Func) return nullptr;
  return module.function_type(found->index);
}

// `text` has room for one character more than each type that is expected.
bool has_function(const Module& module, const wembed_expected_function_t& function,
                  Vector<char>& text) {
  const TypeDef* type = exported_type(module, function.name);
  if (type == nullptr) return false;
  TextBuffer out(text.data(), text.size());
  add_function_type(out, type);
  return !out.is_full() && std::strcmp(text.data(), function.type) == 0;
}

bool make_room(Vector<char>& text, Expected functions) {
  size_t most = 0;
  for (const auto& function : functions) most = std::max(most, std::strlen(function.type));
  return text.resize(most + 2);
}

void add_difference(TextBuffer& out, const Module& module,
                    const wembed_expected_function_t& function) {
  out.add("\n  %s %s: is ", function.name, function.type);
  if (const TypeDef* type = exported_type(module, function.name); type != nullptr) {
    add_function_type(out, type);
  } else {
    out.add("not exported");
  }
}

bool is_build(ModuleHandle& handle, const char* sha256) {
  char own[WEMBED_SHA256_SIZE];
  return sha256 == nullptr ||
         (wembed_module_sha256(wrap(&handle), own) && std::strcmp(own, sha256) == 0);
}

// As TypeScript's `load` says it.
void describe_misfit(TextBuffer& out, ModuleHandle& handle, const char* sha256, Expected functions,
                     Vector<char>& text) {
  out.add("the module is not the one its types were made for (run wembed types again)");
  if (!is_build(handle, sha256)) {
    char own[WEMBED_SHA256_SIZE];
    wembed_module_sha256(wrap(&handle), own);
    out.add(": SHA-256 %s, not %s", own, sha256);
  }
  bool differs = false;
  for (const auto& function : functions) {
    if (has_function(handle.module(), function, text)) continue;
    add_difference(out, handle.module(), function);
    differs = true;
  }
  if (!differs) out.add("\n  its functions have the same types");
}

// What keeps the question from being answered.
Error obstacle(ModuleHandle& handle, const char* sha256, Expected functions, Vector<char>& text) {
  const bool is_known = sha256 == nullptr || handle.digest() != nullptr;
  if (handle.module().source().is_lost()) return Error::BytesLost;
  return is_known && make_room(text, functions) ? Error::None : Error::OutOfMemory;
}

}  // namespace

WEMBED_API bool wembed_module_sha256(wasm_module_t module, char text[WEMBED_SHA256_SIZE]) {
  text[0] = 0;
  const Sha256Digest* digest = module == nullptr ? nullptr : unwrap(module)->digest();
  if (digest == nullptr) return false;
  TextBuffer out(text, WEMBED_SHA256_SIZE);
  for (const uint8_t byte : *digest) out.add("%02x", byte);
  return true;
}

WEMBED_API bool wembed_module_fits(wasm_module_t module, const char* sha256,
                                   const wembed_expected_function_t* functions, uint32_t count,
                                   wembed_error_t* error) {
  clear_error(error);
  if (module == nullptr || (functions == nullptr && count > 0)) {
    fill_usage_error(error, module == nullptr ? "the module is NULL" : "functions is NULL");
    return false;
  }
  ModuleHandle& handle = *unwrap(module);
  const Expected expected(functions, count);
  Vector<char> text(handle.runtime().allocator());
  Error wrong = obstacle(handle, sha256, expected, text);
  if (wrong == Error::None) {
    const bool fits = is_build(handle, sha256) &&
                      std::all_of(expected.begin(), expected.end(), [&](const auto& function) {
                        return has_function(handle.module(), function, text);
                      });
    if (fits) return true;
    wrong = handle.module().source().is_lost() ? Error::BytesLost : Error::TypesDoNotFit;
  }
  Diagnostic diagnostic;
  diagnostic.fail(wrong);
  fill_error(error, diagnostic, nullptr, handle.name());
  if (error != nullptr && wrong == Error::TypesDoNotFit) {
    TextBuffer out(error->message, sizeof(error->message));
    describe_misfit(out, handle, sha256, expected, text);
  }
  return false;
}
