// Where guests were when they trapped, as JavaScript's errors hold it: names and offsets are found
// out when somebody looks, or when the module goes before.
#pragma once

#include <memory>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "addon/napi_setup.h"
#include "addon/owned_handle.h"
#include "wembed.h"

namespace wembed::addon {

class TrapRegistry;

struct TrapPlaces {
  struct Frame {
    std::string module;
    std::string function;
    uint32_t index;
    uint64_t offset;  // UINT64_MAX: not known
  };

  ~TrapPlaces();
  void abandon() {}
  const std::vector<Frame>& frames();

  std::shared_ptr<TrapRegistry> registry;
  std::vector<wembed_place_t> places;  // empty once their frames are made
  std::vector<Frame> made;
};

// Whose places are not looked at yet, by module. Of one environment, on its thread.
class TrapRegistry {
 public:
  void add(TrapPlaces& trap);
  void remove(TrapPlaces& trap);
  // The module is about to be unloaded.
  void module_ends(wasm_module_t module);

 private:
  std::unordered_map<wasm_module_t, std::unordered_set<TrapPlaces*>> waiting_;
};

template <>
inline constexpr napi_type_tag kTypeTag<TrapPlaces>{0x1b8e4d70c35fa692, 0xe67a90b2f41c8d35};

// Adds trapFrames(places): [{module, function, functionIndex, offset?}], innermost first.
void define_trap_places(Napi::Object binding);

}  // namespace wembed::addon
