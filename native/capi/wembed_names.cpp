// wembed_names.h: what the name section says.
#include "wembed_names.h"

#include <algorithm>
#include <cstring>

#include "capi/handles.h"
#include "module/names.h"

using namespace wembed;

namespace {

static_assert(WEMBED_NAME_FIELD == static_cast<int>(NameKind::Field));
static_assert(WEMBED_NAME_TAG + 1 == kNameKinds);

void put(std::string_view name, char* text, uint32_t capacity) {
  if (text == nullptr || capacity == 0) return;
  const size_t length = std::min<size_t>(name.size(), capacity - 1);
  if (length > 0) std::memcpy(text, name.data(), length);
  text[length] = 0;
}

enum StateWord { kAt, kEnd, kLeft, kGroups };

// A walk that has begun stands behind the module's header.
NameReader open(const Module& module, const wembed_name_t& name) {
  const auto kind = static_cast<NameKind>(name.kind);
  const uint32_t* state = name.state;
  if (state[kAt] == 0) return NameReader(module, kind);
  return NameReader(
      module, kind,
      {state[kAt], state[kEnd], state[kLeft], state[kGroups], name.index, name.inner});
}

}  // namespace

WEMBED_API bool wembed_module_next_name(wasm_module_t handle, wembed_name_t* name, char* text,
                                        uint32_t capacity) {
  put({}, text, capacity);
  if (handle == nullptr || name == nullptr || name->kind >= kNameKinds) return false;
  const Module& module = unwrap(handle)->module();
  const ReadScope scope(module.source());
  if (scope.lost()) return false;
  NameReader names = open(module, *name);
  Name found;
  if (!names.next(found)) return false;
  put(found.text, text, capacity);
  if (scope.lost()) {
    put({}, text, capacity);
    return false;
  }
  const NamePlace place = names.place();
  *name = {name->kind,
           found.index,
           found.inner,
           static_cast<uint32_t>(found.text.size()),
           {place.at, place.end, place.left, place.groups}};
  return true;
}

WEMBED_API uint32_t wembed_module_name(wasm_module_t handle, uint32_t kind, uint32_t index,
                                       uint32_t inner, char* text, uint32_t capacity) {
  put({}, text, capacity);
  if (handle == nullptr || kind >= kNameKinds) return 0;
  const Module& module = unwrap(handle)->module();
  const ReadScope scope(module.source());
  if (scope.lost()) return 0;
  const std::string_view name = find_name(module, static_cast<NameKind>(kind), index, inner);
  put(name, text, capacity);
  if (!scope.lost()) return static_cast<uint32_t>(name.size());
  put({}, text, capacity);
  return 0;
}
