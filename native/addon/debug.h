// Debugging information (wembed_debug.h) as plain objects for lib/debug.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "addon/runtime.h"
#include "wembed_debug.h"

namespace wembed::addon {

// The bytes are copies: nobody has to keep a file in memory for its information.
struct DebugState final : Belonging {
  wembed_debug_t debug = nullptr;
  std::vector<std::vector<uint8_t>> files;

  ~DebugState() override { close(); }
  void close() override;
};

template <>
inline constexpr napi_type_tag kTypeTag<DebugState>{0x5d1c93e07ab8f246, 0x9a04e6b8127fd35c};

// [{function, file, line, column, inlined, near}] of a place, innermost first.
Napi::Array places_to_js(Napi::Env env, const std::vector<wembed_debug_place_t>& places);

// Adds moduleSetDebug, debugOpen, debugInfo, debugRead, debugType, debugFunction, debugVariable and
// debugPlaces.
void define_debug(Napi::Object binding);

}  // namespace wembed::addon
