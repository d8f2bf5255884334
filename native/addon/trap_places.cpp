#include "addon/trap_places.h"

namespace wembed::addon {

namespace {

TrapPlaces::Frame frame_of(const wembed_place_t& place) {
  wembed_frame_t frame{};
  wembed_place_frame(&place, &frame);
  const char* module = wasm_runtime_get_module_name(frame.module);
  return {module == nullptr ? "" : module,
          {frame.function_name, frame.function_name_length},
          frame.function_index,
          frame.offset};
}

// trapFrames(places)
Napi::Value trap_frames(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto trap = unwrap_handle<TrapPlaces>(env, info[0]);
  if (trap == nullptr) return env.Undefined();
  const auto& frames = trap->frames();
  auto array = Napi::Array::New(env, frames.size());
  for (uint32_t i = 0; i < frames.size(); ++i) {
    const Napi::HandleScope scope(env);
    const TrapPlaces::Frame& frame = frames[i];
    auto object = Napi::Object::New(env);
    object["module"] = frame.module;
    object["function"] = frame.function;
    object["functionIndex"] = frame.index;
    if (frame.offset != UINT64_MAX) object["offset"] = static_cast<double>(frame.offset);
    array[i] = object;
  }
  return array;
}

}  // namespace

TrapPlaces::~TrapPlaces() { registry->remove(*this); }

const std::vector<TrapPlaces::Frame>& TrapPlaces::frames() {
  if (places.empty()) return made;
  registry->remove(*this);
  for (const wembed_place_t& place : places) made.push_back(frame_of(place));
  places.clear();
  return made;
}

void TrapRegistry::add(TrapPlaces& trap) {
  wasm_module_t last = nullptr;
  for (const wembed_place_t& place : trap.places) {
    if (place.module != last) waiting_[place.module].insert(&trap);
    last = place.module;
  }
}

void TrapRegistry::remove(TrapPlaces& trap) {
  wasm_module_t last = nullptr;
  for (const wembed_place_t& place : trap.places) {
    if (place.module == last) continue;
    last = place.module;
    const auto found = waiting_.find(last);
    if (found != waiting_.end()) found->second.erase(&trap);
  }
}

void TrapRegistry::module_ends(wasm_module_t module) {
  const auto found = waiting_.find(module);
  if (found == waiting_.end()) return;
  // Many traps of one place are one look.
  std::unordered_map<const void*, TrapPlaces::Frame> known;
  while (!found->second.empty()) {
    TrapPlaces& trap = **found->second.begin();
    remove(trap);
    for (const wembed_place_t& place : trap.places) {
      auto at = place.place == nullptr ? known.end() : known.find(place.place);
      if (at == known.end()) {
        TrapPlaces::Frame frame = frame_of(place);
        if (place.place != nullptr) known.emplace(place.place, frame);
        trap.made.push_back(std::move(frame));
      } else {
        trap.made.push_back(at->second);
      }
    }
    trap.places.clear();
  }
  waiting_.erase(found);
}

void define_trap_places(Napi::Object binding) {
  binding["trapFrames"] = Napi::Function::New(binding.Env(), trap_frames, "trapFrames");
}

}  // namespace wembed::addon
