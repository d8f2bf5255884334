// wembed_debug.h: where code comes from, for whoever has its address or a frame.
#include <algorithm>
#include <atomic>
#include <cstring>

#include "capi/debug_handle.h"
#include "capi/handles.h"
#include "module/section_cursor.h"

namespace wembed {

void DebugText::add(std::string_view more) {
  size_ += static_cast<uint32_t>(std::min<size_t>(more.size(), UINT32_MAX / 4 - size_));
  if (more.empty() || capacity_ == 0 || is_cut_) return;
  size_t used = std::strlen(text_);
  size_t room = capacity_ - 1 - used;
  size_t length = std::min(more.size(), room);
  if (length < more.size()) {
    is_cut_ = true;
    while (length > 0 && (static_cast<uint8_t>(more[length]) & 0xC0) == 0x80) length--;
  }
  std::memcpy(text_ + used, more.data(), length);
  text_[used + length] = 0;
}

std::string_view bounded_text(const dwarf::DebugInfo& info, const char* text) {
  if (text == nullptr) return {"", 0};
  for (const dwarf::File& file : info.files()) {
    const auto* begin = reinterpret_cast<const char*>(file.bytes.data());
    const char* end = begin + file.bytes.size();
    if (text < begin || text >= end) continue;
    const void* nul = std::memchr(text, 0, static_cast<size_t>(end - text));
    const char* stop = nul == nullptr ? end : static_cast<const char*>(nul);
    return {text, static_cast<size_t>(stop - text)};
  }
  return {"", 0};
}

void add_path(DebugText& out, const dwarf::DebugInfo& info, const char* directory,
              const dwarf::SourceFile& file) {
  const auto is_absolute = [](std::string_view path) { return path.starts_with('/'); };
  std::string_view name = bounded_text(info, file.name);
  if (name.empty()) return;
  std::string_view near = bounded_text(info, file.directory);
  std::string_view far = bounded_text(info, directory);
  if (!is_absolute(name) && !near.empty()) {
    if (!is_absolute(near) && !far.empty()) out.add(far), out.add("/");
    out.add(near), out.add("/");
  } else if (!is_absolute(name) && !far.empty()) {
    out.add(far), out.add("/");
  }
  out.add(name);
}

namespace {

struct PlaceList {
  const dwarf::DebugInfo& info;
  wembed_debug_place_t* places;
  uint32_t capacity;
  uint32_t count = 0;
};

void add_scope(DebugText& out, const dwarf::DebugInfo& info, const dwarf::Place& place) {
  constexpr uint32_t kMost = 16;
  const char* names[kMost];
  uint32_t count = 0;
  for (uint32_t at = place.space; at != dwarf::CodeMap::kNone && count < kMost;) {
    const dwarf::NameSpace& space = place.map->spaces()[at];
    if (space.name != nullptr) names[count++] = space.name;
    at = space.outer;
  }
  while (count > 0) out.add(bounded_text(info, names[--count])), out.add("::");
}

void keep_place(void* context, const dwarf::Place& from) {
  PlaceList& list = *static_cast<PlaceList*>(context);
  uint32_t number = list.count++;
  if (number >= list.capacity) return;
  wembed_debug_place_t& place = list.places[number];
  place = {};
  DebugText function(place.function, sizeof(place.function));
  const char* name = from.function != nullptr ? from.function : from.linkage_name;
  if (from.function != nullptr) add_scope(function, list.info, from);
  function.add(bounded_text(list.info, name));
  DebugText file(place.file, sizeof(place.file));
  add_path(file, list.info, from.directory, from.file);
  place.line = from.line;
  place.column = from.column;
  place.is_inlined = from.is_inlined;
  place.is_near = from.is_near;
}

// What a module keeps for its frames.
struct ModuleDebug : ModuleHandle::Debug {
  ModuleDebug(Runtime& its_runtime, DebugHandle* given) : runtime(its_runtime), attached(given) {
    drop = [](Debug* self) {
      auto* debug = static_cast<ModuleDebug*>(self);
      Allocator& allocator = debug->runtime.allocator();
      allocator.destroy(debug->own);
      allocator.destroy(debug);
    };
  }
  Runtime& runtime;
  DebugHandle* const attached;  // the embedder's; null: the module's own
  std::mutex mutex;             // of what follows
  DebugHandle* own = nullptr;
  const uint8_t* bytes = nullptr;  // that it was made from: they may move
};

// Null: no memory.
ModuleDebug* debug_of(ModuleHandle& module) {
  ModuleHandle::Debug* kept = module.debug();
  if (kept == nullptr) {
    Runtime& runtime = module.runtime();
    auto* made = runtime.allocator().create<ModuleDebug>(runtime, nullptr);
    if (made == nullptr) return nullptr;
    kept = module.keep_debug(made);
  }
  return static_cast<ModuleDebug*>(kept);
}

// Inside a ReadScope of the module's bytes, which are read again where they have moved.
DebugHandle* own_debug(ModuleDebug& debug, const Module& module) {
  if (debug.own != nullptr && debug.bytes == module.bytes().data()) return debug.own;
  Allocator& allocator = debug.runtime.allocator();
  allocator.destroy(debug.own);
  debug.own = allocator.create<DebugHandle>(allocator, debug.runtime);
  debug.bytes = module.bytes().data();
  if (debug.own == nullptr || debug.own->info.open(module.bytes()) == Error::None) return debug.own;
  allocator.destroy(debug.own);
  debug.own = nullptr;
  return nullptr;
}

// Where the module's code section begins; 0: it has none.
uint64_t code_start(const Module& module) {
  constexpr uint8_t kCode = 10;
  SectionCursor sections(module);
  for (Section section; sections.next(section);) {
    if (section.id == kCode) return section.content.offset;
  }
  return 0;
}

}  // namespace

uint32_t DebugHandle::places(uint64_t address, wembed_debug_place_t* places, uint32_t capacity) {
  std::lock_guard lock(mutex_);
  PlaceList list{info, places, places == nullptr ? 0 : capacity};
  dwarf::Work work(info.bytes());
  return places_.find(address, work, &keep_place, &list) ? list.count : 0;
}

dwarf::SourceFile DebugHandle::file(uint32_t unit, uint32_t number) {
  std::lock_guard lock(mutex_);
  if (named_unit_ != unit) {
    named_unit_ = dwarf::kNoUnit;
    names_ = dwarf::LineTable(runtime.allocator());
    dwarf::Work work(info.bytes());
    if (!names_.read(info, info.units()[unit], false, work)) return {};
    named_unit_ = unit;
  }
  return names_.file(number);
}

}  // namespace wembed

using namespace wembed;

WEMBED_API uint32_t wembed_debug_places(wembed_debug_t debug, uint64_t address,
                                        wembed_debug_place_t* places, uint32_t capacity) {
  return debug == nullptr ? 0 : unwrap(debug)->places(address, places, capacity);
}

WEMBED_API uint32_t wembed_frame_places(const wembed_frame_t* frame, wembed_debug_place_t* places,
                                        uint32_t capacity) {
  if (frame == nullptr || frame->module == nullptr || frame->offset == UINT64_MAX) return 0;
  const Module& module = unwrap(frame->module)->module();
  ModuleDebug* debug = debug_of(*unwrap(frame->module));
  if (debug == nullptr) return 0;
  const ReadScope scope(module.source());
  if (scope.lost()) return 0;
  const uint64_t start = code_start(module);
  if (start == 0 || frame->offset < start) return 0;
  if (debug->attached != nullptr) {
    return debug->attached->places(frame->offset - start, places, capacity);
  }
  std::lock_guard lock(debug->mutex);
  DebugHandle* own = own_debug(*debug, module);
  if (own == nullptr) return 0;
  uint32_t count = own->places(frame->offset - start, places, capacity);
  return scope.lost() ? 0 : count;
}

WEMBED_API bool wembed_module_set_debug(wasm_module_t handle, wembed_debug_t debug) {
  if (handle == nullptr || debug == nullptr || unwrap(handle)->debug() != nullptr) return false;
  Runtime& runtime = unwrap(handle)->runtime();
  auto* made = runtime.allocator().create<ModuleDebug>(runtime, unwrap(debug));
  return made != nullptr && unwrap(handle)->keep_debug(made) == made;
}
