// Composite types, interned: one canonical TypeDef per distinct type among all modules of a
// Runtime, so that comparing types is comparing pointers (or ids).
//
// The unit is the recursion group: types that may refer to one another, equal to another group when
// all their types are equal position by position. A group lives as long as something holds it, or
// a group that names types of it; its ids are used again afterwards. Safe to use from several
// threads.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <span>

#include "base/allocator.h"
#include "base/error.h"
#include "base/vector.h"
#include "isa/types.h"

namespace wembed {

// One type of a group that is to be interned. Types inside it and `super` name other types either
// by the id of an interned type, or by kInGroup + position in this group.
struct TypeDraft {
  CompositeKind kind = CompositeKind::Func;
  bool is_final = true;
  bool has_super = false;
  uint32_t super = 0;
  uint32_t depth = 0;        // number of supertypes above it, at most kMaxSubtypeDepth
  uint32_t param_count = 0;  // Func: the first of `value_count`
  uint32_t first_value = 0;  // Func: in the values passed along
  uint32_t value_count = 0;
  uint32_t first_field = 0;  // Struct, Array: in the fields passed along
  uint32_t field_count = 0;
};

// How objects of structs and arrays tell what they refer to; for types that have such fields.
struct ObjectTracers {
  void (*of_struct)(const Object& object, Marker& marker) = nullptr;
  void (*of_array)(const Object& object, Marker& marker) = nullptr;
};

class TypeRegistry {
 public:
  static constexpr uint32_t kInGroup = 1u << 28;  // ids stay below it

  // `returns_room`: tables go when the last group does, and are made anew for the next. Else they
  // are kept, which is quicker.
  explicit TypeRegistry(Allocator& allocator, bool returns_room = false,
                        const ObjectTracers& tracers = {});
  ~TypeRegistry();
  TypeRegistry(const TypeRegistry&) = delete;
  TypeRegistry& operator=(const TypeRegistry&) = delete;

  // A function type, held for the caller; null: no memory. Give it back with release().
  const TypeDef* function(std::span<const ValType> params, std::span<const ValType> results);

  // A whole group, held once for the caller; the first type, the others follow it in memory. What
  // it names outside is held by somebody. Errors: OutOfMemory.
  Error intern(std::span<const TypeDraft> drafts, std::span<const ValType> values,
               std::span<const FieldType> fields, const TypeDef** first);

  // Holds once more, or once less, the group that the type belongs to.
  void retain(const TypeDef* type);
  void release(const TypeDef* type);
  static uint32_t group_size(const TypeDef* type);
  // Whose type it is, while somebody holds it.
  static const TypeRegistry& of(const TypeDef& type);

  // The type of an id that somebody holds. Takes no lock.
  [[nodiscard]] const TypeDef* find(uint32_t id) const;

  // Subtyping. Bottom is below everything.
  [[nodiscard]] bool matches(ValType type, ValType super) const {
    return type == super || matches_slowly(type, super);
  }

  // The type of all references in the hierarchy of a reference type, null included.
  [[nodiscard]] ValType top_of(ValType type) const;

  // Groups alive: for tests.
  [[nodiscard]] size_t group_count();

 private:
  struct Group;
  struct Draft;

  bool matches_slowly(ValType type, ValType super) const;
  bool matches_heap(ValType type, ValType super) const;
  uint64_t hash(const Draft& draft) const;
  bool same(const Group& group, ValType type, ValType draft) const;
  bool equal(const Group& group, const Draft& draft) const;
  bool equal_types(const Group& group, uint32_t index, const Draft& draft) const;
  Error add(const Draft& draft, uint64_t key, const TypeDef** first);
  Group* create(const Draft& draft);
  void fill(Group& group, const Draft& draft);
  static void fill_function(TypeDef& type, const TypeDraft& from, const ValType* values);
  void fill_object(TypeDef& type, const TypeDraft& from, const FieldType* fields);
  template <class Visit> void for_each_named(const Group& group, Visit visit) const;
  void remove(Group* group);
  bool reserve_ids(size_t count);
  bool grow_buckets();
  void return_room();
  std::atomic<const TypeDef*>* slot(uint32_t id) const;

  static constexpr uint32_t kFirstChunkBits = 8;
  static constexpr uint32_t kChunks = 27 - kFirstChunkBits + 1;

  Allocator& allocator_;
  bool returns_room_;
  ObjectTracers tracers_;
  std::mutex mutex_;
  Vector<Group*> buckets_;  // chained; a power of two
  size_t groups_ = 0;
  uint64_t seed_;  // keeps hostile modules from aiming at one bucket
  // id -> type: chunk 0 has 2^8 entries, each further one as many as all before it.
  std::atomic<std::atomic<const TypeDef*>*> chunks_[kChunks] = {};
  Vector<uint32_t> free_ids_;
  uint32_t next_id_ = 0;
};

}  // namespace wembed
