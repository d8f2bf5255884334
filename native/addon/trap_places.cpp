#include "addon/trap_places.h"

#include <algorithm>

#include "addon/debug.h"
#include "addon/given.h"

namespace wembed::addon {

namespace {

std::vector<wembed_debug_place_t> source_places(const wembed_frame_t& frame) {
  constexpr uint32_t kMost = 16;
  std::vector<wembed_debug_place_t> places(wembed_frame_places(&frame, nullptr, 0));
  if (places.size() > kMost) places.resize(kMost);
  if (places.empty()) return places;
  wembed_frame_places(&frame, places.data(), static_cast<uint32_t>(places.size()));
  return places;
}

TrapPlaces::Frame frame_of(const wembed_place_t& place) {
  wembed_frame_t frame{};
  wembed_place_frame(&place, &frame);
  const char* module = wasm_runtime_get_module_name(frame.module);
  return {module == nullptr ? "" : module,
          {frame.function_name, frame.function_name_length},
          frame.function_index,
          frame.offset,
          source_places(frame)};
}

// trapFrames(batch, index)
Napi::Value trap_frames(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto batch = unwrap_handle<TrapBatch>(env, info[0]);
  const uint32_t index = index_of(info[1]);
  if (batch == nullptr || index >= batch->traps.size()) return env.Undefined();
  const auto& frames = batch->traps[index].frames();
  auto array = Napi::Array::New(env, frames.size());
  for (uint32_t i = 0; i < frames.size(); ++i) {
    const Napi::HandleScope scope(env);
    const TrapPlaces::Frame& frame = frames[i];
    auto object = Napi::Object::New(env);
    object["module"] = frame.module;
    object["function"] = frame.function;
    object["functionIndex"] = frame.index;
    if (frame.offset != UINT64_MAX) object["offset"] = static_cast<double>(frame.offset);
    if (!frame.places.empty()) object["places"] = places_to_js(env, frame.places);
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

void TrapBatches::add(napi_env env, const std::shared_ptr<TrapRegistry>& registry,
                      const wembed_place_t* places, uint32_t count, uint32_t& index) {
  if (batch_ == nullptr || batch_->is_full()) {
    end(env);
    batch_ = std::make_shared<TrapBatch>();
    const Napi::Value made = wrap_handle(env, batch_);
    napi_create_reference(env, made, 1, &handle_);
  }
  TrapPlaces& held = batch_->traps.emplace_back(registry);
  held.places.assign(places, places + count);
  registry->add(held);
  batch_->places += count;
  index = static_cast<uint32_t>(batch_->traps.size() - 1);
}

napi_value TrapBatches::described(napi_env env, const TrapTexts& texts) {
  napi_value array = nullptr;
  if (description_ != nullptr && std::equal(texts.begin(), texts.end(), texts_.begin())) {
    napi_get_reference_value(env, description_, &array);
    return array;
  }
  forget_description(env);
  napi_create_array_with_length(env, kTrapTexts + 1, &array);
  for (uint32_t i = 0; i < kTrapTexts; ++i) {
    napi_value text = nullptr;
    napi_create_string_utf8(env, texts[i].data(), texts[i].size(), &text);
    napi_set_element(env, array, i, text);
    texts_[i] = texts[i];
  }
  napi_value handle = nullptr;
  if (handle_ != nullptr) napi_get_reference_value(env, handle_, &handle);
  if (handle != nullptr) napi_set_element(env, array, kTrapTexts, handle);
  napi_create_reference(env, array, 1, &description_);
  return array;
}

void TrapBatches::forget_description(napi_env env) {
  if (description_ != nullptr) napi_delete_reference(env, description_);
  description_ = nullptr;
}

void TrapBatches::end(napi_env env) {
  forget_description(env);
  if (handle_ != nullptr) napi_delete_reference(env, handle_);
  handle_ = nullptr;
  batch_ = nullptr;
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
