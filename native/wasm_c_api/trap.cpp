// wasm_c_api.h: traps and their frames.
#include <algorithm>
#include <cstring>

#include "wasm_c_api/internals.h"
#include "wasm_c_api/memory.h"
#include "wasm_c_api/reference.h"

namespace wembed::c_api {

// What a trap and its copies share. Frames are found out when somebody asks for them.
struct TrapData {
  static constexpr uint32_t kMaxFrames = 64;
  struct Place {
    wembed_place_t place;
    wasm_instance_t* instance;  // counted; null: not known
  };
  size_t references = 1;
  char* message = nullptr;  // null: none was given
  size_t message_size = 0;  // of ours with their NUL, of the host's as they were given
  uint32_t count = 0;
  Place* places = nullptr;
};

namespace {

void drop(TrapData* data) {
  if (--data->references > 0) return;
  for (uint32_t i = 0; i < data->count; i++) release(data->places[i].instance);
  free_block(data->places);
  free_block(data->message);
  destroy(data);
}

}  // namespace

}  // namespace wembed::c_api

using namespace wembed::c_api;

namespace {

wasm_trap_t* handle_on(wasm_store_t* store, TrapData* counted) {
  auto* trap = create<wasm_trap_t>(wasm_ref_t{RefKind::Trap, store}, counted);
  if (trap == nullptr) {
    drop(counted);
  } else {
    retain(store);
  }
  return trap;
}

// False: no memory.
bool set_message(TrapData& data, const char* text, size_t size) {
  data.message = static_cast<char*>(allocate(size));
  if (data.message == nullptr) return false;
  std::memcpy(data.message, text, size);
  data.message_size = size;
  return true;
}

// What memory there is for decides how many; a trap without frames is a trap.
void add_places(TrapData& data, wasm_instance_t& instance) {
  wembed_place_t places[TrapData::kMaxFrames];
  wembed_trap_t trap = {};
  trap.size = sizeof trap;
  if (!wembed_get_trap(instance.native, &trap, places, TrapData::kMaxFrames)) return;
  auto* kept = static_cast<TrapData::Place*>(
      allocate(std::max<size_t>(1, trap.place_count) * sizeof(TrapData::Place)));
  if (kept == nullptr) return;
  data.places = kept;
  for (; data.count < trap.place_count; data.count++) {
    wasm_module_inst_t native = trap_instance(instance.native, data.count);
    auto* owner = static_cast<wasm_instance_t*>(wasm_runtime_get_custom_data(native));
    // One that was retired is not to be counted again; its module may go, and the place with it.
    bool is_alive = owner != nullptr && owner->state == wasm_instance_t::State::Alive;
    kept[data.count] = {places[data.count], is_alive ? retain(owner) : nullptr};
    if (!is_alive) kept[data.count].place.module = nullptr;
  }
}

const TrapData& data_of(const wasm_ref_t* trap) {
  return *static_cast<const wasm_trap_t*>(trap)->data;
}

}  // namespace

namespace {

wasm_frame_t* new_frame(const wasm_frame_t& like) {
  auto* frame = create<wasm_frame_t>(like);
  if (frame != nullptr && frame->instance != nullptr) retain(wasm_frame_instance(frame));
  return frame;
}

wasm_frame_t* frame_at(const TrapData::Place& at) {
  wasm_frame_t frame = {};
  frame.instance = at.instance;
  frame.func_index = at.place.function_index;
  if (at.place.module == nullptr) return new_frame(frame);
  wembed_frame_t described;
  wembed_place_frame(&at.place, &described);
  if (described.offset != UINT64_MAX) {
    frame.module_offset = static_cast<uint32_t>(described.offset);
    uint32_t body = body_offset(at.place.module, at.place.function_index);
    if (body <= frame.module_offset) frame.func_offset = frame.module_offset - body;
  }
  return new_frame(frame);
}

}  // namespace

namespace wembed::c_api {

wasm_trap_t* new_trap(wasm_store_t* store, const char* text) {
  auto* data = create<TrapData>();
  if (data == nullptr) return nullptr;
  if (text == nullptr || set_message(*data, text, std::strlen(text) + 1)) {
    return handle_on(store, data);
  }
  drop(data);
  return nullptr;
}

wasm_trap_t* pending_trap(wasm_instance_t& instance) {
  const char* text = wasm_runtime_get_exception(instance.native);
  wasm_trap_t* trap = new_trap(instance.store, text == nullptr ? "Exception: unknown" : text);
  if (trap != nullptr) add_places(*trap->data, instance);
  return trap;
}

void delete_trap(wasm_ref_t* reference) {
  auto* trap = static_cast<wasm_trap_t*>(reference);
  wasm_store_t* store = trap->store;
  drop_host_info(*trap);
  drop(trap->data);
  destroy(trap);
  release(store);
}

wasm_ref_t* copy_trap(const wasm_ref_t* trap) {
  TrapData* data = static_cast<const wasm_trap_t*>(trap)->data;
  data->references++;
  return handle_on(trap->store, data);
}

bool is_same_trap(const wasm_ref_t* a, const wasm_ref_t* b) { return &data_of(a) == &data_of(b); }

}  // namespace wembed::c_api

wasm_trap_t* wasm_trap_new(wasm_store_t* store, const wasm_message_t* message) {
  if (store == nullptr) return nullptr;
  if (message == nullptr || message->size == 0) return new_trap(store, nullptr);
  auto* data = create<TrapData>();
  if (data == nullptr) return nullptr;
  if (set_message(*data, message->data, message->size)) return handle_on(store, data);
  drop(data);
  return nullptr;
}

void wasm_trap_message(const wasm_trap_t* trap, wasm_message_t* out) {
  if (trap == nullptr || trap->data->message == nullptr) return wasm_name_new_empty(out);
  wasm_name_new(out, trap->data->message_size, trap->data->message);
}

wasm_frame_t* wasm_trap_origin(const wasm_trap_t* trap) {
  return trap == nullptr || trap->data->count == 0 ? nullptr : frame_at(trap->data->places[0]);
}

void wasm_trap_trace(const wasm_trap_t* trap, wasm_frame_vec_t* out) {
  wasm_frame_vec_new_empty(out);
  if (trap == nullptr) return;
  const TrapData& data = *trap->data;
  wasm_frame_vec_new_uninitialized(out, data.count);
  for (; out->num_elems < out->size; out->num_elems++) {
    out->data[out->num_elems] = frame_at(data.places[out->num_elems]);
    if (out->data[out->num_elems] == nullptr) return wasm_frame_vec_delete(out);
  }
}

void wasm_frame_delete(wasm_frame_t* frame) {
  if (frame == nullptr) return;
  release(wasm_frame_instance(frame));
  destroy(frame);
}

wasm_frame_t* wasm_frame_copy(const wasm_frame_t* frame) {
  return frame == nullptr ? nullptr : new_frame(*frame);
}

wasm_instance_t* wasm_frame_instance(const wasm_frame_t* frame) {
  return frame == nullptr ? nullptr : static_cast<wasm_instance_t*>(frame->instance);
}

uint32_t wasm_frame_func_index(const wasm_frame_t* frame) {
  return frame == nullptr ? 0 : frame->func_index;
}

size_t wasm_frame_func_offset(const wasm_frame_t* frame) {
  return frame == nullptr ? 0 : frame->func_offset;
}

size_t wasm_frame_module_offset(const wasm_frame_t* frame) {
  return frame == nullptr ? 0 : frame->module_offset;
}
