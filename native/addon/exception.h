// Tags and exceptions, as JavaScript holds them. Each is known by a key, a number that no other one
// has as long as a handle of it is there.
#pragma once

#include <memory>
#include <string>

#include "addon/runtime.h"

namespace wembed::addon {

class Environment;

struct TagState final : Belonging {
  wembed_tag_t tag = nullptr;  // with a reference; null: closed

  ~TagState() override { close(); }
  void close() override;
};

struct ExceptionState final : Belonging {
  wembed_exception_t exception = nullptr;  // with a reference; null: closed
  std::string text;                        // name and values; of one that was taken

  ~ExceptionState() override { close(); }
  void close() override;
};

// The host function that runs on `exec_env` ends with it. Null: with a failure.
void throw_in(wasm_exec_env_t exec_env, const std::shared_ptr<ExceptionState>& thrown);

// The exception that is pending in the instance is kept for takenException().
void keep_exception(Environment& environment, wasm_module_inst_t instance,
                    const std::shared_ptr<RuntimeState>& runtime);

// Adds
//   tagNew(runtime, kinds): [handle, key]
//   tagExported(instance, export index): the same
//   exceptionNew(instance, tag, kinds): the same, of values in the cell; undefined: refused
//   hostThrow(exception): what the host function that runs ends with, see kHostThrew
//   takenException(): [text, exception, key, tag, key of the tag, kinds...] of the error that was
//   taken last, with values in the cell
//   moduleCatches(module)
void define_exceptions(Environment& environment, Napi::Object binding);

}  // namespace wembed::addon
