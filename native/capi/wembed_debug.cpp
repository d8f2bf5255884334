// wembed_debug.h: files of debugging information, and the symbols in them.
#include <algorithm>
#include <cstddef>
#include <cstring>

#include "capi/debug_handle.h"
#include "capi/handles.h"
#include "capi/refusal.h"
#include "capi/wembed_error.h"
#include "runtime/work_limits.h"

using namespace wembed;

namespace {

#define TYPE_KIND(name, value) constexpr auto kKind##name = dwarf::TypeKind::name;
#include "dwarf/symbols.def"
#undef TYPE_KIND
static_assert(WEMBED_DEBUG_BASE == static_cast<int>(kKindBase));
static_assert(WEMBED_DEBUG_STRUCT == static_cast<int>(kKindStruct));
static_assert(WEMBED_DEBUG_CLASS == static_cast<int>(kKindClass));
static_assert(WEMBED_DEBUG_UNION == static_cast<int>(kKindUnion));
static_assert(WEMBED_DEBUG_ENUM == static_cast<int>(kKindEnum));
static_assert(WEMBED_DEBUG_ARRAY == static_cast<int>(kKindArray));
static_assert(WEMBED_DEBUG_POINTER == static_cast<int>(kKindPointer));
static_assert(WEMBED_DEBUG_REFERENCE == static_cast<int>(kKindReference));
static_assert(WEMBED_DEBUG_RVALUE_REFERENCE == static_cast<int>(kKindRvalueReference));
static_assert(WEMBED_DEBUG_FUNCTION_TYPE == static_cast<int>(kKindFunction));
static_assert(WEMBED_DEBUG_TYPEDEF == static_cast<int>(kKindTypedef));
static_assert(WEMBED_DEBUG_CONST == static_cast<int>(kKindConst));
static_assert(WEMBED_DEBUG_VOLATILE == static_cast<int>(kKindVolatile));
static_assert(WEMBED_DEBUG_RESTRICT == static_cast<int>(kKindRestrict));
static_assert(WEMBED_DEBUG_ATOMIC == static_cast<int>(kKindAtomic));
static_assert(WEMBED_DEBUG_MEMBER_POINTER == static_cast<int>(kKindMemberPointer));
static_assert(WEMBED_DEBUG_UNSPECIFIED == static_cast<int>(kKindUnspecified));
static_assert(WEMBED_DEBUG_DIMENSION == static_cast<int>(dwarf::MemberKind::Dimension));
static_assert(WEMBED_DEBUG_NONE == dwarf::kNone && WEMBED_DEBUG_UNKNOWN == dwarf::kUnknown);

const char* text_or_empty(const char* text) { return text == nullptr ? "" : text; }

Refusal refuse_source(const wembed_debug_source_t* source) {
  if (source == nullptr) return refuse("the source is NULL");
  if (Refusal refusal = refuse_structure(source, "the source")) return refusal;
  if (source->bytes == nullptr && source->length > 0) {
    return refuse("length is %zu, but bytes is NULL", source->length);
  }
  return {};
}

// What `work` gives is turned into an error. False: it is one.
bool report(Error error, const char* malformed, wembed_error_t* target) {
  if (error == Error::None) return true;
  Diagnostic diagnostic;
  switch (error) {
    case Error::Malformed: diagnostic.fail(error, "%s", malformed); break;
    case Error::Limit:
      diagnostic.fail(error, "the debugging information is larger than wembed reads");
      break;
    default: diagnostic.fail(error);
  }
  fill_error(target, diagnostic, nullptr, nullptr);
  return false;
}

template <class Item> const Item* item_at(const Vector<Item>& items, uint32_t index) {
  return index < items.size() ? items.data() + index : nullptr;
}

void set_member(wembed_debug_member_t& member, const dwarf::Member& from) {
  member = {static_cast<uint32_t>(from.kind),
            from.type,
            text_or_empty(from.name),
            from.offset,
            from.value,
            from.bit_offset,
            from.bit_size,
            from.is_artificial};
}

// The skeleton's place of a split file that is not there.
const dwarf::Unit* missing_unit(const dwarf::DebugInfo& info, uint32_t index) {
  for (const dwarf::Unit& unit : info.units()) {
    if (unit.split_name == nullptr || unit.partner != dwarf::kNoUnit) continue;
    if (index-- == 0) return &unit;
  }
  return nullptr;
}

uint32_t count_missing(const dwarf::DebugInfo& info) {
  return static_cast<uint32_t>(
      std::count_if(info.units().begin(), info.units().end(), [](const dwarf::Unit& unit) {
        return unit.split_name != nullptr && unit.partner == dwarf::kNoUnit;
      }));
}

}  // namespace

WEMBED_API wembed_debug_t wembed_debug_open(const wembed_debug_source_t* source,
                                            wembed_error_t* error) {
  clear_error(error);
  Refusal refusal = refuse_source(source);
  Runtime* runtime = refusal ? nullptr : runtime_of(unwrap(source->runtime));
  if (!refusal && runtime == nullptr) refusal = refuse("the runtime is not initialized");
  if (refusal) {
    fill_usage_error(error, refusal.text);
    return nullptr;
  }
  Allocator& allocator = runtime->allocator();
  WorkLimits limits(*runtime, source->deadline_ms, unwrap(source->stop));
  auto* debug = allocator.create<DebugHandle>(allocator, *runtime);
  Error failure = Error::OutOfMemory;
  if (debug != nullptr) failure = debug->info.open({source->bytes, source->length}, limits.poll());
  if (report(failure, "this is no WebAssembly file", error)) return wrap(debug);
  allocator.destroy(debug);
  return nullptr;
}

WEMBED_API bool wembed_debug_add_split(wembed_debug_t debug, const wembed_debug_source_t* source,
                                       wembed_error_t* error) {
  clear_error(error);
  Refusal refusal = refuse_source(source);
  if (!refusal && debug == nullptr) refusal = refuse("the debugging information is NULL");
  if (!refusal && unwrap(debug)->is_read) refusal = refuse("it was read already");
  if (refusal) {
    fill_usage_error(error, refusal.text);
    return false;
  }
  DebugHandle& handle = *unwrap(debug);
  WorkLimits limits(handle.runtime, source->deadline_ms, unwrap(source->stop));
  return report(handle.info.add_split({source->bytes, source->length}, limits.poll()),
                "this is no file of split debugging information", error);
}

WEMBED_API void wembed_debug_close(wembed_debug_t debug) {
  if (debug != nullptr) unwrap(debug)->runtime.allocator().destroy(unwrap(debug));
}

WEMBED_API bool wembed_debug_describe(wembed_debug_t debug, wembed_debug_info_t* info) {
  if (debug == nullptr || info == nullptr || refuse_structure(info, "the information"))
    return false;
  const DebugHandle& handle = *unwrap(debug);
  const dwarf::DebugInfo& from = handle.info;
  *info = {};
  info->size = sizeof(*info);
  info->units = static_cast<uint32_t>(from.units().size());
  for (const dwarf::Unit& unit : from.units()) {
    if (info->version_min == 0) info->version_min = unit.version;
    info->version_min = std::min<uint32_t>(info->version_min, unit.version);
    info->version_max = std::max<uint32_t>(info->version_max, unit.version);
  }
  info->missing = count_missing(from);
  info->addresses_zeroed = from.are_addresses_zeroed();
  const dwarf::File& file = from.files()[0];
  info->code_start = file.code_start;
  info->code_bytes = file.code_size;
  info->problem_offset = from.problem_offset();
  DebugText(info->problem, sizeof(info->problem)).add(text_or_empty(from.problem()));
  DebugText(info->external, sizeof(info->external)).add(file.external);
  for (const dwarf::Unit& unit : from.units()) {
    if (unit.producer == nullptr) continue;
    DebugText(info->producer, sizeof(info->producer)).add(unit.producer);
    info->language = unit.language;
    break;
  }
  info->types = static_cast<uint32_t>(handle.symbols.types.size());
  info->functions = static_cast<uint32_t>(handle.symbols.functions.size());
  info->variables = static_cast<uint32_t>(handle.symbols.variables.size());
  return true;
}

WEMBED_API uint32_t wembed_debug_missing(wembed_debug_t debug, uint32_t index, char* path,
                                         uint32_t capacity) {
  DebugText out(path, capacity);
  if (debug == nullptr) return 0;
  const dwarf::Unit* unit = missing_unit(unwrap(debug)->info, index);
  if (unit == nullptr) return 0;
  add_path(out, unwrap(debug)->info, unit->directory, {unit->split_name, nullptr});
  return out.size();
}

WEMBED_API bool wembed_debug_read(wembed_debug_t debug, const wembed_debug_source_t* limits_source,
                                  wembed_error_t* error) {
  clear_error(error);
  if (debug == nullptr) {
    fill_usage_error(error, "the debugging information is NULL");
    return false;
  }
  DebugHandle& handle = *unwrap(debug);
  if (handle.is_read) return true;
  const bool has_limits = limits_source != nullptr;
  WorkLimits limits(handle.runtime, has_limits ? limits_source->deadline_ms : 0,
                    unwrap(has_limits ? limits_source->stop : nullptr));
  Error failure = handle.symbols.read(handle.info, limits.poll());
  handle.is_read = failure == Error::None;
  return report(failure, "", error);
}

WEMBED_API bool wembed_debug_type(wembed_debug_t debug, uint32_t index, wembed_debug_type_t* type) {
  if (debug == nullptr || type == nullptr) return false;
  const dwarf::Type* from = item_at(unwrap(debug)->symbols.types, index);
  if (from == nullptr) return false;
  *type = {static_cast<uint32_t>(from->kind),
           from->encoding,
           text_or_empty(from->name),
           from->size,
           from->align,
           from->target,
           from->space,
           from->count,
           from->declared.unit,
           from->declared.file,
           from->declared.line,
           from->is_declaration,
           from->is_enum_class,
           from->is_vector,
           from->has_variants};
  return true;
}

WEMBED_API bool wembed_debug_member(wembed_debug_t debug, uint32_t type, uint32_t index,
                                    wembed_debug_member_t* member) {
  if (debug == nullptr || member == nullptr) return false;
  const dwarf::Symbols& symbols = unwrap(debug)->symbols;
  const dwarf::Type* owner = item_at(symbols.types, type);
  if (owner == nullptr || index >= owner->count) return false;
  set_member(*member, symbols.members[owner->first + index]);
  return true;
}

WEMBED_API bool wembed_debug_function(wembed_debug_t debug, uint32_t index,
                                      wembed_debug_function_t* function) {
  if (debug == nullptr || function == nullptr) return false;
  const dwarf::Function* from = item_at(unwrap(debug)->symbols.functions, index);
  if (from == nullptr) return false;
  *function = {text_or_empty(from->name),
               text_or_empty(from->linkage_name),
               from->address,
               from->result,
               from->space,
               from->count,
               from->declared.unit,
               from->declared.file,
               from->declared.line,
               from->is_external,
               from->is_declaration,
               from->is_prototyped};
  return true;
}

WEMBED_API bool wembed_debug_parameter(wembed_debug_t debug, uint32_t function, uint32_t index,
                                       wembed_debug_member_t* parameter) {
  if (debug == nullptr || parameter == nullptr) return false;
  const dwarf::Symbols& symbols = unwrap(debug)->symbols;
  const dwarf::Function* owner = item_at(symbols.functions, function);
  if (owner == nullptr || index >= owner->count) return false;
  set_member(*parameter, symbols.members[owner->first + index]);
  return true;
}

WEMBED_API bool wembed_debug_variable(wembed_debug_t debug, uint32_t index,
                                      wembed_debug_variable_t* variable) {
  if (debug == nullptr || variable == nullptr) return false;
  const dwarf::Variable* from = item_at(unwrap(debug)->symbols.variables, index);
  if (from == nullptr) return false;
  *variable = {text_or_empty(from->name),
               text_or_empty(from->linkage_name),
               from->address,
               from->type,
               from->space,
               from->declared.unit,
               from->declared.file,
               from->declared.line,
               from->is_external,
               from->is_global};
  return true;
}

WEMBED_API uint32_t wembed_debug_scope(wembed_debug_t debug, uint32_t scope, char* text,
                                       uint32_t capacity) {
  constexpr uint32_t kMost = 64;
  const char* names[kMost];
  uint32_t count = 0;
  DebugText out(text, capacity);
  if (debug == nullptr) return 0;
  const DebugHandle& handle = *unwrap(debug);
  while (const dwarf::Space* space = item_at(handle.symbols.spaces, scope)) {
    if (space->name != nullptr && count < kMost) names[count++] = space->name;
    scope = space->outer;
  }
  for (uint32_t i = count; i-- > 0;) {
    out.add(bounded_text(handle.info, names[i]));
    if (i > 0) out.add("::");
  }
  return out.size();
}

WEMBED_API uint32_t wembed_debug_file(wembed_debug_t debug, uint32_t unit, uint32_t file,
                                      char* path, uint32_t capacity) {
  DebugText out(path, capacity);
  if (debug == nullptr || unit >= unwrap(debug)->info.units().size()) return 0;
  DebugHandle& handle = *unwrap(debug);
  const dwarf::Unit& known = handle.info.units()[unit];
  add_path(out, handle.info, handle.info.base(known).directory, handle.file(unit, file));
  return out.size();
}
