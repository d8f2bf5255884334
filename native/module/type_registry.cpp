#include "module/type_registry.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "isa/limits.h"
#include "module/type_layout.h"

namespace wembed {

// One block: this header, the types, their values, their fields, those traced, their supertypes.
struct TypeRegistry::Group {
  Group* next = nullptr;
  uint64_t hash = 0;
  union {
    const TypeRegistry* registry = nullptr;
    Group* next_dying;  // while it is released
  };
  uint32_t references = 1;
  uint32_t count = 0;

  TypeDef* types() { return reinterpret_cast<TypeDef*>(this + 1); }
  [[nodiscard]] const TypeDef* types() const { return reinterpret_cast<const TypeDef*>(this + 1); }
  static Group* of(const TypeDef* type) {
    // Safe: every TypeDef of a registry stands in a group, group_index places behind its header.
    return reinterpret_cast<Group*>(const_cast<TypeDef*>(type - type->group_index)) - 1;
  }
};

const TypeRegistry& TypeRegistry::of(const TypeDef& type) { return *Group::of(&type)->registry; }

struct TypeRegistry::Draft {
  std::span<const TypeDraft> types;
  std::span<const ValType> values;
  std::span<const FieldType> fields;
};

TypeRegistry::TypeRegistry(Allocator& allocator, bool returns_room, const ObjectTracers& tracers)
    : allocator_(allocator),
      returns_room_(returns_room),
      tracers_(tracers),
      buckets_(allocator),
      seed_(reinterpret_cast<uintptr_t>(this) * 0x9e3779b97f4a7c15u),
      free_ids_(allocator) {
  static_assert(sizeof(Group) % alignof(TypeDef) == 0 && alignof(TypeDef) <= 8);
}

TypeRegistry::~TypeRegistry() {
  for (Group* group : buckets_) {
    while (group != nullptr) {
      Group* next = group->next;
      allocator_.release(group);
      group = next;
    }
  }
  for (auto& chunk : chunks_) allocator_.release(chunk.load(std::memory_order_relaxed));
}

const TypeDef* TypeRegistry::function(std::span<const ValType> params,
                                      std::span<const ValType> results) {
  constexpr size_t kInline = 32;
  ValType storage[kInline];
  Vector<ValType> heap(allocator_);
  ValType* values = storage;
  size_t count = params.size() + results.size();
  if (count > kInline) {
    if (!heap.resize(count)) return nullptr;
    values = heap.data();
  }
  for (size_t i = 0; i < params.size(); i++) values[i] = params[i];
  for (size_t i = 0; i < results.size(); i++) values[params.size() + i] = results[i];
  TypeDraft draft;
  draft.param_count = static_cast<uint32_t>(params.size());
  draft.value_count = static_cast<uint32_t>(count);
  const TypeDef* type = nullptr;
  Error error = intern({&draft, 1}, {values, count}, {}, &type);
  return error == Error::None ? type : nullptr;
}

namespace {

uint64_t mix(uint64_t state, uint64_t word) {
  unsigned __int128 product = static_cast<unsigned __int128>(state ^ word) * 0xd6e8feb86659fd93u;
  return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64) ^ (state << 7);
}

}  // namespace

uint64_t TypeRegistry::hash(const Draft& draft) const {
  uint64_t state = mix(seed_, draft.types.size());
  for (const TypeDraft& type : draft.types) {
    state = mix(state, static_cast<uint64_t>(type.kind) | (type.is_final ? 8u : 0u) |
                           (type.has_super ? 16u : 0u) | uint64_t{type.super} << 8);
    state = mix(state, uint64_t{type.param_count} << 32 | type.value_count);
    state = mix(state, type.field_count);
    for (uint32_t i = 0; i < type.value_count; i++) {
      state = mix(state, draft.values[type.first_value + i].bits());
    }
    for (uint32_t i = 0; i < type.field_count; i++) {
      const FieldType& field = draft.fields[type.first_field + i];
      state = mix(state, uint64_t{field.type.bits()} << 1 | (field.is_mutable ? 1 : 0));
    }
  }
  return state;
}

// Whether `type`, of an interned group, is what `draft`, of a group to be interned, means.
bool TypeRegistry::same(const Group& group, ValType type, ValType draft) const {
  if (!draft.is_ref() || !draft.is_concrete()) return type == draft;
  if (!type.is_ref() || !type.is_concrete() || type.is_nullable() != draft.is_nullable()) {
    return false;
  }
  uint32_t id = draft.type_id();
  if ((id & kInGroup) != 0) return type.type_id() == group.types()[id & ~kInGroup].id;
  // The same id, but does the interned type mean one of its own group by it? Then they differ.
  return id == type.type_id() && Group::of(find(id)) != &group;
}

bool TypeRegistry::equal(const Group& group, const Draft& draft) const {
  if (group.count != draft.types.size()) return false;
  for (uint32_t i = 0; i < group.count; i++) {
    if (!equal_types(group, i, draft)) return false;
  }
  return true;
}

bool TypeRegistry::equal_types(const Group& group, uint32_t index, const Draft& draft) const {
  const TypeDef& type = group.types()[index];
  const TypeDraft& other = draft.types[index];
  if (type.kind != other.kind || type.is_final != other.is_final ||
      (type.super != nullptr) != other.has_super || type.param_count != other.param_count ||
      type.param_count + type.result_count != other.value_count ||
      type.field_count != other.field_count) {
    return false;
  }
  if (other.has_super && !same(group, ValType::concrete_ref(type.super->id, true),
                               ValType::concrete_ref(other.super, true))) {
    return false;
  }
  for (uint32_t i = 0; i < other.value_count; i++) {
    if (!same(group, type.values[i], draft.values[other.first_value + i])) return false;
  }
  for (uint32_t i = 0; i < other.field_count; i++) {
    const FieldType& field = draft.fields[other.first_field + i];
    if (type.fields[i].is_mutable != field.is_mutable ||
        !same(group, type.fields[i].type, field.type)) {
      return false;
    }
  }
  return true;
}

Error TypeRegistry::intern(std::span<const TypeDraft> drafts, std::span<const ValType> values,
                           std::span<const FieldType> fields, const TypeDef** first) {
  *first = nullptr;
  Draft draft{drafts, values, fields};
  uint64_t key = hash(draft);
  std::lock_guard lock(mutex_);
  if (!buckets_.empty()) {
    Group* group = buckets_[key & (buckets_.size() - 1)];
    for (; group != nullptr; group = group->next) {
      if (group->hash == key && equal(*group, draft)) {
        group->references++;
        *first = group->types();
        return Error::None;
      }
    }
  }
  Error error = add(draft, key, first);
  if (error != Error::None) return_room();
  return error;
}

// A group that there is not yet.
Error TypeRegistry::add(const Draft& draft, uint64_t key, const TypeDef** first) {
  if (groups_ >= buckets_.size() && !grow_buckets()) return Error::OutOfMemory;
  if (!reserve_ids(draft.types.size())) return Error::OutOfMemory;
  Group* group = create(draft);
  if (group == nullptr) return Error::OutOfMemory;
  fill(*group, draft);
  for (uint32_t i = 0; i < group->count; i++) {
    const TypeDef& type = group->types()[i];
    // Safe: fill() took ids that reserve_ids() made room for.
    slot(type.id)->store(&type, std::memory_order_release);
  }
  // The ids were only looked at so far; now they are taken.
  uint32_t reused =
      static_cast<uint32_t>(group->count < free_ids_.size() ? group->count : free_ids_.size());
  free_ids_.truncate(free_ids_.size() - reused);
  next_id_ += group->count - reused;
  for_each_named(*group, [](Group& named) { named.references++; });
  group->hash = key;
  Group*& bucket = buckets_[key & (buckets_.size() - 1)];
  group->next = bucket;
  bucket = group;
  groups_++;
  *first = group->types();
  return Error::None;
}

TypeRegistry::Group* TypeRegistry::create(const Draft& draft) {
  size_t size = sizeof(Group) + draft.types.size() * sizeof(TypeDef) +
                draft.values.size() * sizeof(ValType) +
                draft.fields.size() * (sizeof(FieldType) + sizeof(TracedField));
  for (const TypeDraft& type : draft.types) size += type.depth * sizeof(uint32_t);
  void* block = allocator_.allocate(size);
  if (block == nullptr) return nullptr;
  Group* group = ::new (block) Group;
  group->registry = this;
  group->count = static_cast<uint32_t>(draft.types.size());
  return group;
}

void TypeRegistry::fill(Group& group, const Draft& draft) {
  TypeDef* types = group.types();
  for (uint32_t t = 0; t < group.count; t++) {
    TypeDef* type = ::new (static_cast<void*>(types + t)) TypeDef;
    type->group_index = t;
    type->kind = draft.types[t].kind;
    type->id = t < free_ids_.size() ? free_ids_[free_ids_.size() - 1 - t]
                                    : next_id_ + t - static_cast<uint32_t>(free_ids_.size());
    if (type->kind == CompositeKind::Func) type->id |= ValType::kFunctionId;
  }
  auto resolved = [types](ValType value) {
    if (!value.is_ref() || !value.is_concrete() || (value.type_id() & kInGroup) == 0) return value;
    return ValType::concrete_ref(types[value.type_id() & ~kInGroup].id, value.is_nullable());
  };
  auto* values = reinterpret_cast<ValType*>(types + group.count);
  for (ValType value : draft.values) ::new (static_cast<void*>(values++)) ValType(resolved(value));
  auto* fields = reinterpret_cast<FieldType*>(values);
  for (const FieldType& field : draft.fields) {
    ::new (static_cast<void*>(fields++)) FieldType{resolved(field.type), field.is_mutable};
  }
  values -= draft.values.size();
  auto* supers = reinterpret_cast<uint32_t*>(fields);
  fields -= draft.fields.size();
  for (uint32_t t = 0; t < group.count; t++) {
    const TypeDraft& from = draft.types[t];
    TypeDef& type = types[t];
    type.is_final = from.is_final;
    if (from.has_super) {
      type.super = (from.super & kInGroup) != 0 ? &types[from.super & ~kInGroup] : find(from.super);
      type.depth = static_cast<uint8_t>(from.depth);
      type.supers = supers;
      supers = std::copy_n(type.super->supers, type.super->depth, supers);
      *supers++ = type.super->id;
    }
    if (type.kind == CompositeKind::Func) fill_function(type, from, values + from.first_value);
  }
  auto* traced = reinterpret_cast<TracedField*>(supers);
  for (uint32_t t = 0; t < group.count; t++) {
    if (types[t].kind == CompositeKind::Func) continue;
    fill_object(types[t], draft.types[t], fields + draft.types[t].first_field);
    traced = lay_out(types[t], fields + draft.types[t].first_field, traced);
    if (types[t].traced_count == 0) types[t].trace = nullptr;
  }
}

void TypeRegistry::fill_function(TypeDef& type, const TypeDraft& from, const ValType* values) {
  type.param_count = from.param_count;
  type.result_count = from.value_count - from.param_count;
  type.values = values;
  for (uint32_t i = 0; i < from.value_count; i++) {
    bool is_param = i < from.param_count;
    (is_param ? type.param_slots : type.result_slots) += values[i].slots();
    type.has_references |= values[i].is_ref();
    (is_param ? type.params_narrow : type.results_narrow) &= values[i] == kI32 || values[i] == kF32;
  }
  type.most_slots = std::max(type.param_slots, type.result_slots);
}

void TypeRegistry::fill_object(TypeDef& type, const TypeDraft& from, const FieldType* fields) {
  const bool is_array = type.kind == CompositeKind::Array;
  type.name = is_array ? "array" : "struct";
  type.bytes = is_array ? array_bytes : struct_bytes;
  type.trace = is_array ? tracers_.of_array : tracers_.of_struct;
  type.field_count = from.field_count;
  type.fields = fields;
  for (uint32_t i = 0; i < from.field_count; i++) {
    type.is_defaultable &= fields[i].type.is_defaultable();
  }
}

// Calls `visit` for the groups of all types that the group names, as often as it names them.
template <class Visit> void TypeRegistry::for_each_named(const Group& group, Visit visit) const {
  auto look_at = [&](ValType value) {
    if (!value.is_ref() || !value.is_concrete()) return;
    Group* named = Group::of(find(value.type_id()));
    if (named != &group) visit(*named);
  };
  for (uint32_t t = 0; t < group.count; t++) {
    const TypeDef& type = group.types()[t];
    if (type.super != nullptr) look_at(ValType::concrete_ref(type.super->id, true));
    for (ValType value : type.params()) look_at(value);
    for (ValType value : type.results()) look_at(value);
    for (uint32_t i = 0; i < type.field_count; i++) look_at(type.fields[i].type);
  }
}

void TypeRegistry::retain(const TypeDef* type) {
  std::lock_guard lock(mutex_);
  Group::of(type)->references++;
}

void TypeRegistry::release(const TypeDef* type) {
  if (type == nullptr) return;
  std::lock_guard lock(mutex_);
  Group* dying = Group::of(type);
  if (--dying->references != 0) return;
  dying->next_dying = nullptr;
  // Groups that only this one held go with it, and so on: a list, as chains of them may be long.
  while (dying != nullptr) {
    Group* group = dying;
    dying = group->next_dying;
    for_each_named(*group, [&](Group& named) {
      if (--named.references != 0) return;
      named.next_dying = dying;
      dying = &named;
    });
    remove(group);
  }
  return_room();
}

// One that nothing holds any more.
void TypeRegistry::remove(Group* group) {
  Group** link = &buckets_[group->hash & (buckets_.size() - 1)];
  while (*link != group) link = &(*link)->next;
  *link = group->next;
  groups_--;
  for (uint32_t i = 0; i < group->count; i++) {
    uint32_t id = group->types()[i].id;
    slot(id)->store(nullptr, std::memory_order_relaxed);
    // Safe: reserve_ids() keeps room here for every id in use, so releasing cannot fail.
    (void)free_ids_.push_back(id & ~ValType::kFunctionId);
  }
  allocator_.release(group);
}

// When nothing is held, nobody knows an id either.
void TypeRegistry::return_room() {
  if (!returns_room_ || groups_ != 0) return;
  for (auto& chunk : chunks_) {
    allocator_.release(chunk.exchange(nullptr, std::memory_order_relaxed));
  }
  free_ids_.clear();
  free_ids_.shrink_to_fit();
  buckets_.clear();
  buckets_.shrink_to_fit();
  next_id_ = 0;
}

uint32_t TypeRegistry::group_size(const TypeDef* type) { return Group::of(type)->count; }

size_t TypeRegistry::group_count() {
  std::lock_guard lock(mutex_);
  return groups_;
}

std::atomic<const TypeDef*>* TypeRegistry::slot(uint32_t id) const {
  id &= ~ValType::kFunctionId;
  // Chunk 0 has ids 0..255; chunk k > 0 has 2^(7+k) ids from there on.
  uint32_t chunk = static_cast<uint32_t>(std::bit_width(id >> kFirstChunkBits));
  uint32_t first = chunk == 0 ? 0 : 1u << (kFirstChunkBits - 1 + chunk);
  return chunks_[chunk].load(std::memory_order_acquire) + (id - first);
}

const TypeDef* TypeRegistry::find(uint32_t id) const {
  return slot(id)->load(std::memory_order_acquire);
}

// Makes sure that `count` more ids can be taken and, later, given back.
bool TypeRegistry::reserve_ids(size_t count) {
  if (count <= free_ids_.size()) return true;
  size_t last = next_id_ + (count - free_ids_.size());
  if (last > ValType::kFunctionId) return false;
  if (last > next_id_) {
    size_t room = 256;
    while (room < last) room *= 2;
    if (!free_ids_.reserve(room)) return false;
  }
  for (uint32_t chunk = 0; chunk < kChunks; chunk++) {
    uint32_t first = chunk == 0 ? 0 : 1u << (kFirstChunkBits - 1 + chunk);
    if (first >= last) break;
    if (chunks_[chunk].load(std::memory_order_relaxed) != nullptr) continue;
    size_t size = chunk == 0 ? 1u << kFirstChunkBits : first;
    void* block = allocator_.allocate(size * sizeof(std::atomic<const TypeDef*>));
    if (block == nullptr) return false;
    auto* slots = static_cast<std::atomic<const TypeDef*>*>(block);
    for (size_t i = 0; i < size; i++)
      ::new (static_cast<void*>(slots + i)) std::atomic<const TypeDef*>(nullptr);
    chunks_[chunk].store(slots, std::memory_order_release);
  }
  return true;
}

bool TypeRegistry::grow_buckets() {
  Vector<Group*> larger(allocator_);
  if (!larger.resize(buckets_.empty() ? 64 : buckets_.size() * 2)) return false;
  for (Group* group : buckets_) {
    while (group != nullptr) {
      Group* next = group->next;
      Group*& bucket = larger[group->hash & (larger.size() - 1)];
      group->next = bucket;
      bucket = group;
      group = next;
    }
  }
  buckets_ = std::move(larger);
  return true;
}

}  // namespace wembed
