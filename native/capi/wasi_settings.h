// What a host says about WASI, for a module or for one instance.
#pragma once

#include <cstdint>

namespace wembed {

// A list of the host's: kept by pointer until instances are made with it.
struct TextList {
  const char* const* texts = nullptr;
  uint32_t count = 0;
};

struct WasiSettings {
  bool is_given = false;
  TextList arguments;
  TextList environment;
  TextList directories;             // by the same name in the guest
  TextList mapped_directories;      // "guest::host"
  TextList addresses;               // "address/mask", what may be connected and bound to
  TextList names;                   // what may be looked up; "*suffix" too
  int64_t stdio[3] = {-1, -1, -1};  // descriptors; negative: the process's own
};

}  // namespace wembed
