// Where guests were when they trapped, as JavaScript's errors hold it: names and offsets are found
// out when somebody looks, or when the module goes before. A handle holds the places of many traps:
// it takes longer to make than all the rest of an error.
#pragma once

#include <array>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "addon/napi_setup.h"
#include "addon/owned_handle.h"
#include "wembed_debug.h"

namespace wembed::addon {

class TrapRegistry;

struct TrapPlaces {
  struct Frame {
    std::string module;
    std::string function;
    uint32_t index;
    uint64_t offset;                           // UINT64_MAX: not known
    std::vector<wembed_debug_place_t> places;  // in source files; empty: not known
  };

  explicit TrapPlaces(std::shared_ptr<TrapRegistry> known) : registry(std::move(known)) {}
  ~TrapPlaces();
  TrapPlaces(const TrapPlaces&) = delete;
  TrapPlaces& operator=(const TrapPlaces&) = delete;
  const std::vector<Frame>& frames();

  std::shared_ptr<TrapRegistry> registry;
  std::vector<wembed_place_t> places;  // empty once their frames are made
  std::vector<Frame> made;
};

// Lives as long as JavaScript has one of its traps.
struct TrapBatch {
  static constexpr size_t kMostTraps = 64;
  static constexpr size_t kMostPlaces = 512;

  void abandon() {}
  [[nodiscard]] bool is_full() const { return traps.size() >= kMostTraps || places >= kMostPlaces; }

  std::deque<TrapPlaces> traps;  // each stays where it is
  size_t places = 0;             // of all
};

// Code, message, module and function.
constexpr size_t kTrapTexts = 4;
using TrapTexts = std::array<std::string_view, kTrapTexts>;

// The batch that is being filled, and its handle. Of one environment.
class TrapBatches {
 public:
  // Keeps the places, and says which of the batch they are.
  void add(napi_env env, const std::shared_ptr<TrapRegistry>& registry,
           const wembed_place_t* places, uint32_t count, uint32_t& index);
  // [text..., batch] for the trap that was added last: the array of before when it says the same,
  // as it does where the same function fails again.
  napi_value described(napi_env env, const TrapTexts& texts);
  void end(napi_env env);

 private:
  void forget_description(napi_env env);

  std::shared_ptr<TrapBatch> batch_;
  napi_ref handle_ = nullptr;
  std::array<std::string, kTrapTexts> texts_;  // in description_
  napi_ref description_ = nullptr;
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
inline constexpr napi_type_tag kTypeTag<TrapBatch>{0x1b8e4d70c35fa692, 0xe67a90b2f41c8d35};

// Adds trapFrames(batch, index): [{module, function, functionIndex, offset?, places?}], innermost
// first.
void define_trap_places(Napi::Object binding);

}  // namespace wembed::addon
