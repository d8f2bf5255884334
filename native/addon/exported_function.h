// Functions of instances as JavaScript calls them. JavaScript knows a function by its index in the
// environment's table and the generation of that entry: an entry is used again after its instance
// is closed, under another generation, so that an old JavaScript function cannot call a new one.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "addon/cell.h"
#include "addon/napi_setup.h"
#include "wembed.h"

namespace wembed::addon {

class Environment;
struct InstanceState;

// What slots of a signature need attention on the way in and out.
struct Signature {
  uint32_t params = 0;
  uint32_t results = 0;
  bool functions = false;      // has funcrefs, which are converted
  bool narrow_results = true;  // all of 32 bits
  wasm_func_type_t type = nullptr;

  static Signature of(wasm_func_type_t type);
};

struct ExportedFunction {
  uint32_t generation = 0;
  InstanceState* instance = nullptr;  // null: the entry is free
  wasm_function_inst_t function = nullptr;
  Signature signature;
};

class FunctionTable {
 public:
  // The entry, or null when it is free or another generation by now.
  ExportedFunction* find(uint32_t index, uint32_t generation) {
    if (index >= entries_.size()) return nullptr;
    ExportedFunction* entry = entries_[index].get();
    return entry->generation == generation && entry->instance != nullptr ? entry : nullptr;
  }
  uint32_t add(InstanceState* instance, wasm_function_inst_t function);
  void remove(uint32_t index);
  // The function stays, under another generation and another owner.
  void hand_over(uint32_t index, InstanceState* instance);
  void clear();
  ExportedFunction& at(uint32_t index) { return *entries_[index]; }

 private:
  // One by one, so that an entry stays where it is while its function runs.
  std::vector<std::unique_ptr<ExportedFunction>> entries_;
  std::vector<uint32_t> free_;
};

// The function's entry as JavaScript sees references: made when there is none yet. kNullFunction
// for null. A function whose instance is closed gets an entry nobody finds.
uint64_t function_to_js(Environment& environment, wasm_function_inst_t function);
wasm_function_inst_t function_from_js(Environment& environment, uint64_t reference);

// Slots of one side of a signature between JavaScript's form and the runtime's.
void params_from_js(Environment& environment, const Signature& signature, uint64_t* slots);
void params_to_js(Environment& environment, const Signature& signature, uint64_t* slots);
void results_to_js(Environment& environment, const Signature& signature, uint64_t* slots);
void results_from_js(Environment& environment, const Signature& signature, uint64_t* slots);

// Adds invoke, invokeWith, resume and functionInfo.
void define_calls(Environment& environment, Napi::Object binding);

}  // namespace wembed::addon
