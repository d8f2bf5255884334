#include "dwarf/symbols.h"

#include <algorithm>
#include <cstring>

#include "base/result.h"
#include "dwarf/addresses.h"
#include "dwarf/constants.h"

namespace wembed::dwarf {

namespace {

// The kind of type that a tag is of, or 0.
uint8_t type_kind(uint16_t tag) {
  const auto number = [](TypeKind kind) { return static_cast<uint8_t>(kind); };
  switch (tag) {
    case kTagBase: return number(TypeKind::Base);
    case kTagStructure: return number(TypeKind::Struct);
    case kTagClass: return number(TypeKind::Class);
    case kTagUnion: return number(TypeKind::Union);
    case kTagEnumeration: return number(TypeKind::Enum);
    case kTagArray: return number(TypeKind::Array);
    case kTagPointer: return number(TypeKind::Pointer);
    case kTagReference: return number(TypeKind::Reference);
    case kTagRvalueReference: return number(TypeKind::RvalueReference);
    case kTagSubroutine: return number(TypeKind::Function);
    case kTagTypedef: return number(TypeKind::Typedef);
    case kTagConst: return number(TypeKind::Const);
    case kTagVolatile: return number(TypeKind::Volatile);
    case kTagRestrict: return number(TypeKind::Restrict);
    case kTagAtomic: return number(TypeKind::Atomic);
    case kTagMemberPointer: return number(TypeKind::MemberPointer);
    case kTagUnspecifiedType: return number(TypeKind::Unspecified);
    default: return 0;
  }
}

// What entries inside of another one belong to.
struct Level {
  enum Owner : uint8_t { kNobody, kType, kFunction, kVariants };
  uint32_t index = kNone;
  uint32_t space = kNone;
  Owner owner = kNobody;
};

// References as they stand in the file; numbers are put in their place at the end.
struct Pending {
  Key key;
  Key type;
  Key origin;
};

// The space inside of a type, which has no name where that is only declared.
struct InnerSpace {
  uint32_t type;
  uint32_t space;
};

struct MemberOwner {
  uint32_t index;
  bool is_function;
};

class SymbolReader {
 public:
  SymbolReader(Symbols& out, DebugInfo& info, Work& work, Allocator& allocator)
      : out_(out),
        info_(info),
        work_(work),
        types_(allocator),
        functions_(allocator),
        variables_(allocator),
        members_(allocator),
        owners_(allocator),
        nameless_(allocator),
        levels_(allocator),
        ranges_(allocator) {}

  bool read();

 private:
  bool read_unit(const Unit& unit, uint32_t number);
  bool add(const Entry& entry, Level& level);
  bool add_type(const Entry& entry, TypeKind kind, Level& level);
  bool add_function(const Entry& entry, Level& level);
  bool add_variable(const Entry& entry, const Level& level);
  bool add_member(const Entry& entry, MemberKind kind, const Level& level);
  bool add_space(const Entry& entry, Level& level);
  bool find_place(const Entry& entry, Variable& variable);
  bool resolve();
  bool inherit();
  bool group();
  uint32_t type_number(Key key) const;
  static uint32_t number_of(const Vector<Pending>& all, Key key);
  static void set_bits(const Entry& entry, Member& member, uint64_t storage);

  template <class Item> bool push(Vector<Item>& items, const Item& item) {
    if (items.size() >= Symbols::kMost) return work_.end(Error::Limit);
    return items.push_back(item) || work_.end(Error::OutOfMemory);
  }
  [[nodiscard]] Declared declared(const Entry& entry) const {
    return {number_, static_cast<uint32_t>(entry.decl_file),
            static_cast<uint32_t>(entry.decl_line)};
  }

  Symbols& out_;
  DebugInfo& info_;
  Work& work_;
  Vector<Pending> types_, functions_, variables_, members_;
  Vector<MemberOwner> owners_;  // of members, in the order of the file
  Vector<InnerSpace> nameless_;
  Vector<Level> levels_;
  Vector<Range> ranges_;
  const Unit* unit_ = nullptr;
  uint32_t number_ = 0;
};

bool SymbolReader::read() {
  if (!levels_.resize(EntryReader::kMostDepth + 2)) return work_.end(Error::OutOfMemory);
  auto count = static_cast<uint32_t>(info_.units().size());
  for (uint32_t i = 0; i < count; i++) {
    const Unit& unit = info_.units()[i];
    if (unit.split_name != nullptr && unit.partner != kNoUnit) continue;  // its split unit has all
    if (!read_unit(unit, i)) return false;
  }
  return resolve() && inherit() && group();
}

bool SymbolReader::read_unit(const Unit& unit, uint32_t number) {
  unit_ = &unit;
  number_ = number;
  EntryReader reader(info_, unit, work_);
  Entry entry;
  levels_[0] = {};
  while (reader.next(entry)) {
    Level& level = levels_[entry.depth + 1];
    level = levels_[entry.depth];
    if (!add(entry, level)) return false;
  }
  if (reader.failed()) info_.note("entries of a unit make no sense", unit.offset);
  return work_.error() == Error::None;
}

// `level` comes as that around the entry, and becomes that inside of it.
bool SymbolReader::add(const Entry& entry, Level& level) {
  if (uint8_t kind = type_kind(entry.tag); kind != 0) {
    return add_type(entry, static_cast<TypeKind>(kind), level);
  }
  switch (entry.tag) {
    case kTagSubprogram: return add_function(entry, level);
    case kTagNamespace: return add_space(entry, level);
    case kTagVariable: return add_variable(entry, level);
    case kTagMember: return add_member(entry, MemberKind::Field, level);
    case kTagInheritance: return add_member(entry, MemberKind::Base, level);
    case kTagEnumerator: return add_member(entry, MemberKind::Enumerator, level);
    case kTagParameter: return add_member(entry, MemberKind::Parameter, level);
    case kTagUnspecifiedParameters: return add_member(entry, MemberKind::Variadic, level);
    case kTagSubrange: return add_member(entry, MemberKind::Dimension, level);
    case kTagVariantPart:
      if (level.owner == Level::kType) out_.types[level.index].has_variants = true;
      level.owner = Level::kVariants;
      return true;
    case kTagVariant: return true;
    default: level.owner = Level::kNobody; return true;
  }
}

bool SymbolReader::add_space(const Entry& entry, Level& level) {
  Space space{entry.name, level.space};
  level.space = static_cast<uint32_t>(out_.spaces.size());
  level.owner = Level::kNobody;
  return push(out_.spaces, space);
}

bool SymbolReader::add_type(const Entry& entry, TypeKind kind, Level& level) {
  Type type{};
  type.name = entry.name;
  type.size = entry.has_size ? entry.size : kUnknown;
  type.align = entry.align;
  type.declared = declared(entry);
  type.target = kNone;
  type.space = level.space;
  type.kind = kind;
  type.encoding = static_cast<uint8_t>(entry.encoding);
  type.is_declaration = entry.is_declaration;
  type.is_enum_class = entry.is_enum_class;
  type.is_vector = entry.is_vector;
  const bool has_names = kind == TypeKind::Struct || kind == TypeKind::Class ||
                         kind == TypeKind::Union || entry.is_enum_class;
  level.index = static_cast<uint32_t>(out_.types.size());
  if (entry.has_children && has_names) {
    if (!add_space(entry, level)) return false;
    const bool is_nameless = entry.name == nullptr && entry.signature != kNoKey;
    if (is_nameless && !push(nameless_, {level.index, level.space})) return false;
  }
  level.owner = Level::kType;
  // What a declaration is completed by says what it does not; likewise where types have units of
  // their own, which declarations refer to.
  Key completed = entry.signature != kNoKey ? entry.signature : entry.specification;
  return push(out_.types, type) && push(types_, {entry.key, entry.type, completed});
}

bool SymbolReader::add_function(const Entry& entry, Level& level) {
  Function function{};
  function.name = entry.name;
  function.linkage_name = entry.linkage_name;
  function.declared = declared(entry);
  function.result = kNone;
  function.space = level.space;
  function.address = kUnknown;
  uint64_t zeroed = 0;
  ranges_.clear();
  if (!add_ranges_of(info_, *unit_, entry, work_, ranges_, zeroed)) return false;
  for (const Range& range : ranges_) function.address = std::min(function.address, range.low);
  function.is_external = entry.is_external;
  function.is_declaration = entry.is_declaration;
  function.is_prototyped = entry.is_prototyped;
  function.is_inlined = entry.is_inlined;
  if (!add_space(entry, level)) return false;
  level.owner = Level::kFunction;
  level.index = static_cast<uint32_t>(out_.functions.size());
  Key origin = entry.origin != kNoKey ? entry.origin : entry.specification;
  return push(out_.functions, function) && push(functions_, {entry.key, entry.type, origin});
}

// False: it is at no fixed place.
bool SymbolReader::find_place(const Entry& entry, Variable& variable) {
  Cursor in(entry.location);
  switch (in.u8()) {
    case kOpAddr: variable.address = in.fixed(unit_->address_size); break;
    case kOpAddrx:
    case kOpGnuAddrIndex: variable.address = address_at(info_, *unit_, in.uleb()); break;
    case kOpWasmLocation: {
      uint8_t kind = in.u8();
      if (kind != 1 && kind != 3) return false;
      variable.is_global = true;
      variable.address = kind == 1 ? in.uleb() : in.u32();
      return !in.failed() && in.at_end();
    }
    default: return false;
  }
  return !in.failed() && in.at_end() && !DebugInfo::is_dead(variable.address, unit_->address_size);
}

bool SymbolReader::add_variable(const Entry& entry, const Level& level) {
  Variable variable{};
  variable.name = entry.name;
  variable.linkage_name = entry.linkage_name;
  variable.declared = declared(entry);
  variable.type = kNone;
  variable.space = level.space;
  variable.is_external = entry.is_external;
  // Declarations are kept for those that refer to them.
  variable.address = kUnknown;
  if (entry.location.empty() ? !entry.is_declaration : !find_place(entry, variable)) return true;
  Key origin = entry.specification != kNoKey ? entry.specification : entry.origin;
  return push(out_.variables, variable) && push(variables_, {entry.key, entry.type, origin});
}

// From the struct's start, whichever way it is said: older information counts from the most
// significant bit of the storage.
void SymbolReader::set_bits(const Entry& entry, Member& member, uint64_t storage) {
  if (!entry.has_bit_size || entry.bit_size == 0 || entry.bit_size > 128) return;
  uint64_t first = 0;
  if (entry.has_data_bit_offset) {
    first = entry.data_bit_offset;
  } else {
    if (storage == 0 || storage > 16 || entry.bit_offset + entry.bit_size > storage * 8) return;
    first = member.offset * 8 + storage * 8 - entry.bit_offset - entry.bit_size;
  }
  member.offset = first / 8;
  member.bit_offset = static_cast<uint32_t>(first % 8);
  member.bit_size = static_cast<uint32_t>(entry.bit_size);
}

bool SymbolReader::add_member(const Entry& entry, MemberKind kind, const Level& level) {
  const bool is_owned = level.owner == Level::kType || level.owner == Level::kFunction;
  if (!is_owned) return true;
  // A static member of a class, whose definition refers to it.
  if (kind == MemberKind::Field && (entry.is_external || entry.is_declaration)) {
    return add_variable(entry, level);
  }
  Member member{};
  member.name = entry.name;
  member.type = kNone;
  member.kind = kind;
  member.is_artificial = entry.is_artificial;
  member.value = entry.const_value;
  if (kind == MemberKind::Dimension) {
    member.value =
        entry.has_count ? static_cast<int64_t>(entry.count)
        : entry.has_upper_bound
            ? static_cast<int64_t>(entry.upper_bound + 1 - static_cast<uint64_t>(entry.lower_bound))
            : -1;
  }
  if (kind == MemberKind::Field || kind == MemberKind::Base) {
    member.offset =
        entry.is_location_computed ? kUnknown : static_cast<uint64_t>(entry.member_location);
    uint64_t storage = entry.has_size ? entry.size : 0;
    if (!entry.is_location_computed) set_bits(entry, member, storage);
  }
  return push(out_.members, member) && push(members_, {entry.key, entry.type, entry.origin}) &&
         push(owners_, {level.index, level.owner == Level::kFunction});
}

uint32_t SymbolReader::number_of(const Vector<Pending>& all, Key key) {
  if (key == kNoKey) return kNone;
  const Pending* at =
      std::lower_bound(all.begin(), all.end(), key,
                       [](const Pending& known, Key wanted) { return known.key < wanted; });
  return at != all.end() && at->key == key ? static_cast<uint32_t>(at - all.begin()) : kNone;
}

// Of a declaration it is that of the type that it names by its signature.
uint32_t SymbolReader::type_number(Key key) const {
  const uint32_t number = number_of(types_, key);
  if (number == kNone || !out_.types[number].is_declaration) return number;
  const uint32_t definition = number_of(types_, types_[number].origin);
  return definition == kNone ? number : definition;
}

// Entries were read in the order of their keys, so that each list is sorted.
bool SymbolReader::resolve() {
  if (!work_.spend(types_.size() + functions_.size() + variables_.size() + members_.size()))
    return false;
  for (size_t i = 0; i < types_.size(); i++) out_.types[i].target = type_number(types_[i].type);
  for (size_t i = 0; i < functions_.size(); i++) {
    out_.functions[i].result = type_number(functions_[i].type);
  }
  for (size_t i = 0; i < variables_.size(); i++) {
    out_.variables[i].type = type_number(variables_[i].type);
  }
  for (size_t i = 0; i < members_.size(); i++) {
    out_.members[i].type = type_number(members_[i].type);
  }
  return true;
}

// What is said by another entry: the declaration in a class, or the abstract form of what was
// inlined. That may itself refer to one.
bool SymbolReader::inherit() {
  constexpr int kMostSteps = 4;
  for (size_t i = 0; i < functions_.size(); i++) {
    Function& function = out_.functions[i];
    uint32_t from = static_cast<uint32_t>(i);
    for (int step = 0; step < kMostSteps; step++) {
      from = number_of(functions_, functions_[from].origin);
      if (from == kNone) break;
      const Function& known = out_.functions[from];
      if (function.name == nullptr) function.name = known.name;
      if (function.linkage_name == nullptr) function.linkage_name = known.linkage_name;
      if (function.result == kNone) function.result = known.result;
      if (function.declared.line == 0) function.declared = known.declared;
      function.space = known.space;
      function.is_external |= known.is_external;
      function.is_prototyped |= known.is_prototyped;
    }
  }
  for (size_t i = 0; i < variables_.size(); i++) {
    uint32_t from = number_of(variables_, variables_[i].origin);
    if (from == kNone) continue;
    Variable& variable = out_.variables[i];
    const Variable& known = out_.variables[from];
    if (variable.name == nullptr) variable.name = known.name;
    if (variable.linkage_name == nullptr) variable.linkage_name = known.linkage_name;
    if (variable.type == kNone) variable.type = known.type;
    variable.space = known.space;
  }
  for (size_t i = 0; i < members_.size(); i++) {
    uint32_t from = number_of(members_, members_[i].origin);
    if (from == kNone) continue;
    Member& member = out_.members[i];
    if (member.name == nullptr) member.name = out_.members[from].name;
    if (member.type == kNone) member.type = out_.members[from].type;
  }
  for (size_t i = 0; i < types_.size(); i++) {
    uint32_t from = number_of(types_, types_[i].origin);
    if (from == kNone) continue;
    if (out_.types[i].name == nullptr) out_.types[i].name = out_.types[from].name;
    out_.types[i].space = out_.types[from].space;
  }
  for (const InnerSpace& inner : nameless_) {
    out_.spaces[inner.space].name = out_.types[inner.type].name;
  }
  return true;
}

// Members of one owner next to each other, in their order; nested types come between in the file.
bool SymbolReader::group() {
  for (const MemberOwner& owner : owners_) {
    uint32_t& count =
        owner.is_function ? out_.functions[owner.index].count : out_.types[owner.index].count;
    count++;
  }
  uint32_t first = 0;
  for (Type& type : out_.types) {
    type.first = first;
    first += type.count;
    type.count = 0;
  }
  for (Function& function : out_.functions) {
    function.first = first;
    first += function.count;
    function.count = 0;
  }
  Vector<Member> grouped(owners_.allocator());
  if (!grouped.resize(out_.members.size())) return work_.end(Error::OutOfMemory);
  for (size_t i = 0; i < owners_.size(); i++) {
    const MemberOwner& owner = owners_[i];
    uint32_t at = 0;
    if (owner.is_function) {
      Function& function = out_.functions[owner.index];
      at = function.first + function.count++;
    } else {
      Type& type = out_.types[owner.index];
      at = type.first + type.count++;
    }
    grouped[at] = out_.members[i];
  }
  out_.members = std::move(grouped);
  return true;
}

}  // namespace

Error Symbols::read(DebugInfo& info, const Poll& poll) {
  Work work(info.bytes(), poll);
  SymbolReader reader(*this, info, work, types.allocator());
  if (reader.read()) return Error::None;
  types.clear();
  functions.clear();
  variables.clear();
  members.clear();
  spaces.clear();
  return work.error();
}

}  // namespace wembed::dwarf
