#include "capi/exception_text.h"

#include <cinttypes>
#include <cstring>
#include <mutex>

#include "module/names.h"
#include "runtime/instance_cold.h"
#include "runtime/runtime.h"
#include "runtime/store.h"

namespace wembed {

namespace {

// Inside a ReadScope. Empty: it has none.
std::string_view tag_name(const Module& module, uint32_t index) {
  for (const Export& item : module.exports()) {
    if (item.kind == ExternKind::Tag && item.index == index) return item.name;
  }
  std::string_view name = NameCursor(module, NameKind::Tag).at(index);
  if (!name.empty()) return name;
  for (const Import& item : module.imports()) {
    if (item.kind == ExternKind::Tag && item.index == index) return item.name;
  }
  return {};
}

// False: the instance's module has no name for it.
bool add_name(TextBuffer& out, const Instance& instance, const Tag& tag) {
  const uint32_t index = tag_index(instance, tag);
  if (index == kNoTag) return false;
  constexpr int kMost = 256;
  char copy[kMost + 1];
  const ReadScope scope(instance.module->source());
  if (scope.lost()) return false;
  const std::string_view name = tag_name(*instance.module, index);
  const size_t length = std::min<size_t>(name.size(), kMost);
  if (length > 0) std::memcpy(copy, name.data(), length);
  copy[length] = 0;
  if (length == 0 || scope.lost()) return false;
  out.add("%s", copy);
  return true;
}

void add_name(TextBuffer& out, const Instance& instance, const Exception& exception) {
  if (add_name(out, instance, *exception.tag)) return;
  std::lock_guard lock(instance.runtime->store_mutex());
  for (const Instance* at = instance.store->instances(); at != nullptr; at = at->cold->next) {
    if (at != &instance && add_name(out, *at, *exception.tag)) return;
  }
  out.add("tag");
}

template <class T> T value_in(const Slot* slot) {
  T value;
  std::memcpy(&value, slot, sizeof value);
  return value;
}

void add_value(TextBuffer& out, ValType type, const Slot* slot) {
  add_value_type(out, type);
  if (type == kI32) {
    out.add(" %" PRId32, value_in<int32_t>(slot));
  } else if (type == kI64) {
    out.add(" %" PRId64, value_in<int64_t>(slot));
  } else if (type == kF32) {
    out.add(" %.9g", static_cast<double>(value_in<float>(slot)));
  } else if (type == kF64) {
    out.add(" %.17g", value_in<double>(slot));
  } else if (type == kV128) {
    out.add(" 0x%016" PRIx64 "%016" PRIx64, slot[1], slot[0]);
  } else if (*slot == 0) {
    out.add(" null");
  }
}

}  // namespace

void describe_exception(TextBuffer& out, const Instance& instance, const Exception& exception) {
  add_name(out, instance, exception);
  const Slot* at = exception.values();
  const char* before = "(";
  for (ValType type : exception.tag->type->params()) {
    out.add("%s", before);
    add_value(out, type, at);
    at += type.slots();
    before = ", ";
  }
  out.add("%s", at == exception.values() ? "()" : ")");
}

}  // namespace wembed
