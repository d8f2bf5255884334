// What wasm_runtime_instantiate_ex2 is given.
#pragma once

#include "capi/wasi_settings.h"
#include "wasm_export.h"

struct InstantiationArgs2 {
  InstantiationArgs args = {};
  void* custom_data = nullptr;
  wembed::WasiSettings wasi;
  int64_t fuel = 0;  // for start functions; <= 0: unlimited
};
