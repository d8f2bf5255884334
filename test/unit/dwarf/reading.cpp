// Debugging information of guests that a compiler made, by every version and level, and by hand.
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "check.h"
#include "dwarf/places.h"
#include "dwarf/symbols.h"
#include "failing_allocator.h"

using namespace wembed;
using namespace wembed::dwarf;

namespace {

using Buffer = std::vector<uint8_t>;

Buffer read_file(const std::string& name) {
  const char* folder = std::getenv("WEMBED_TEST_MODULES");
  std::ifstream in(std::string(folder == nullptr ? "." : folder) + "/debug/" + name,
                   std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

bool has_guests() {
  if (!read_file("c_5_2.wasm").empty()) return true;
  std::printf("  not looked at: guests with debugging information need clang and lld\n");
  return false;
}

struct Reading {
  explicit Reading(const Buffer& bytes) : info(memory.allocator()), symbols(memory.allocator()) {
    opened = info.open(bytes);
  }
  void read() { CHECK_EQ(symbols.read(info), Error::None); }

  [[nodiscard]] const Function* function(std::string_view name) const {
    for (const Function& item : symbols.functions) {
      if (item.name != nullptr && item.name == name && !item.is_declaration) return &item;
    }
    return nullptr;
  }
  [[nodiscard]] const Type* type(std::string_view name, TypeKind kind) const {
    for (const Type& item : symbols.types) {
      const bool is_named = item.name != nullptr && item.name == name;
      if (is_named && item.kind == kind && !item.is_declaration) return &item;
    }
    return nullptr;
  }
  [[nodiscard]] const Member* member(const Type& type, std::string_view name) const {
    for (uint32_t i = 0; i < type.count; i++) {
      const Member& item = symbols.members[type.first + i];
      if (item.name != nullptr && item.name == name) return &item;
    }
    return nullptr;
  }
  // A type as C says it, near enough.
  [[nodiscard]] std::string text(uint32_t number) const {
    if (number == kNone) return "void";
    const Type& type = symbols.types[number];
    std::string name = type.name == nullptr ? "" : type.name;
    switch (type.kind) {
      case TypeKind::Pointer: return text(type.target) + "*";
      case TypeKind::Reference: return text(type.target) + "&";
      case TypeKind::RvalueReference: return text(type.target) + "&&";
      case TypeKind::Const: return "const " + text(type.target);
      case TypeKind::Function: return text(type.target) + "()";
      case TypeKind::Array: {
        std::string all = text(type.target);
        for (uint32_t i = 0; i < type.count; i++) {
          all += "[" + std::to_string(symbols.members[type.first + i].value) + "]";
        }
        return all;
      }
      default: return name;
    }
  }
  [[nodiscard]] std::string signature(std::string_view name) const {
    const Function* found = function(name);
    if (found == nullptr) return "none";
    std::string all = text(found->result) + "(";
    for (uint32_t i = 0; i < found->count; i++) {
      const Member& item = symbols.members[found->first + i];
      all += i > 0 ? ", " : "";
      all += item.kind == MemberKind::Variadic ? "..." : text(item.type) + " " + item.name;
    }
    return all + ")";
  }

  FailingAllocator memory;
  DebugInfo info;
  Symbols symbols;
  Error opened;
};

const char* const kVariants[] = {"_4_0", "_4_2", "_4_s", "_5_0", "_5_2", "_5_s"};

void check_c(const Reading& from) {
  CHECK_EQ(from.signature("area"), "double(const shape_t* shape, int scale)");
  CHECK_EQ(from.signature("blend"), "point(point a, point b, float t)");
  CHECK_EQ(from.signature("apply"), "int(operation op, int a, int b)");
  CHECK_EQ(from.signature("print_all"), "int(const char* format, ...)");
  CHECK_EQ(from.signature("add_u64"),
           "unsigned long long(unsigned long long a, unsigned long long b)");
  CHECK_EQ(from.signature("nothing"), "void()");
  const Type* shape = from.type("shape", TypeKind::Struct);
  REQUIRE(shape != nullptr);
  CHECK_EQ(shape->size, 72);
  struct {
    const char* name;
    uint64_t offset;
    uint32_t bit_offset, bits;
    const char* type;
  } const fields[] = {
      {"name", 0, 0, 0, "char[16]"},
      {"color", 16, 0, 0, "color"},
      {"points", 20, 0, 0, "const point*"},
      {"count", 24, 0, 0, "unsigned int"},
      {"flags", 28, 0, 3, "unsigned int"},
      {"more", 28, 3, 5, "unsigned int"},
      {"delta", 29, 0, 6, "int"},
      {"u", 32, 0, 0, ""},
      {"big", 40, 0, 0, "long long"},
      {"origin", 48, 0, 0, "point"},
      {"callback", 56, 0, 0, "int()*"},
      {"next", 60, 0, 0, "shape*"},
      {"grid", 64, 0, 0, "unsigned char[2][3]"},
  };
  for (const auto& field : fields) {
    const Member* member = from.member(*shape, field.name);
    REQUIRE(member != nullptr);
    CHECK_EQ(member->offset, field.offset);
    CHECK_EQ(member->bit_offset, field.bit_offset);
    CHECK_EQ(member->bit_size, field.bits);
    const std::string type = from.text(member->type);
    const bool is_long = type == "long long int" && std::string_view(field.type) == "long long";
    if (!is_long) CHECK_EQ(type, std::string_view(field.type));
  }
  const Type* color = from.type("color", TypeKind::Enum);
  REQUIRE(color != nullptr && color->count == 3);
  CHECK_EQ(from.member(*color, "GREEN")->value, 5);
  bool has_current = false;
  for (const Variable& variable : from.symbols.variables) {
    has_current |= variable.name != nullptr && std::string_view(variable.name) == "current" &&
                   variable.address != kUnknown && from.text(variable.type) == "shape_t";
  }
  CHECK(has_current);
}

void check_cpp(const Reading& from) {
  CHECK_EQ(from.signature("dot64"), "double(vec<double>&& a, const vec<double>& b)");
  const Type* derived = from.type("derived", TypeKind::Struct);
  if (derived == nullptr) derived = from.type("derived", TypeKind::Class);
  REQUIRE(derived != nullptr);
  CHECK_EQ(std::string_view(from.symbols.spaces[derived->space].name), "geometry");
  CHECK_EQ(from.symbols.members[derived->first].kind, MemberKind::Base);
  CHECK_EQ(from.member(*derived, "at")->offset, 8);
  const Type* mode = from.type("mode", TypeKind::Enum);
  REQUIRE(mode != nullptr);
  CHECK(mode->is_enum_class && mode->size == 1);
  CHECK_EQ(from.member(*mode, "exact")->value, 200);
  const Function* scale = from.function("scale");
  REQUIRE(scale != nullptr && scale->linkage_name != nullptr);
  CHECK_EQ(std::string_view(scale->linkage_name), "_ZN8geometry5scaleERNS_3vecIfEEf");
  CHECK(scale->address != kUnknown);
  // Defined outside of its class.
  bool has_made = false;
  for (const Variable& item : from.symbols.variables) {
    has_made |= item.name != nullptr && std::string_view(item.name) == "made" &&
                item.address != kUnknown && from.text(item.type) == "int";
  }
  CHECK(has_made);
}

}  // namespace

TEST_CASE(functions_types_and_globals_of_c) {
  if (!has_guests()) return;
  for (const char* variant : kVariants) {
    Buffer bytes = read_file(std::string("c") + variant + ".wasm");
    Reading from(bytes);
    REQUIRE(from.opened == Error::None);
    from.read();
    CHECK(from.info.problem() == nullptr);
    CHECK(!from.info.are_addresses_zeroed());
    check_c(from);
  }
}

TEST_CASE(split_files_have_the_rest) {
  if (!has_guests()) return;
  for (const char* name : {"split_4", "split_5"}) {
    Buffer bytes = read_file(std::string(name) + ".wasm");
    Buffer split = read_file(std::string(name) + ".dwo");
    Reading from(bytes);
    REQUIRE(from.opened == Error::None);
    REQUIRE(from.info.units().size() == 1);
    CHECK(from.info.units()[0].split_name != nullptr);
    CHECK_EQ(from.info.add_split(bytes), Error::Malformed);
    CHECK_EQ(from.info.add_split(split), Error::None);
    CHECK_EQ(from.info.units()[0].partner, 1);
    from.read();
    check_c(from);
  }
}

namespace {

// The content of a section of a split file; empty: it is not there.
std::span<uint8_t> section_of(Buffer& split, SectionId id) {
  Work work(split.size());
  File file;
  CHECK_EQ(find_sections(split, true, work, file), Error::None);
  const Bytes section = file.section(id);
  return section.empty() ? std::span<uint8_t>()
                         : std::span(split).subspan(
                               static_cast<size_t>(section.data() - split.data()), section.size());
}

bool has_packages() {
  if (!read_file("package_5.dwp").empty()) return true;
  std::printf("  not looked at: packages need llvm-dwp\n");
  return false;
}

void set_word(std::span<uint8_t> section, size_t at, uint32_t value) {
  for (size_t i = 0; i < 4; i++) section[at + i] = static_cast<uint8_t>(value >> (8 * i));
}

}  // namespace

TEST_CASE(packages_have_the_split_files_of_all_units) {
  if (!has_guests() || !has_packages()) return;
  for (const char* name : {"package_4", "package_5"}) {
    Buffer bytes = read_file(std::string(name) + ".wasm");
    Buffer package = read_file(std::string(name) + ".dwp");
    Reading from(bytes);
    REQUIRE(from.opened == Error::None);
    REQUIRE(from.info.units().size() == 2);
    CHECK_EQ(from.info.add_split(package), Error::None);
    for (uint32_t i = 0; i < 2; i++) CHECK(from.info.units()[i].partner != kNoUnit);
    CHECK(from.info.problem() == nullptr);
    from.read();
    check_c(from);
    check_cpp(from);
    // One that is there already is not taken again: all that is new are the types.
    const size_t units = from.info.units().size();
    size_t types = 0;
    for (const Unit& unit : from.info.units()) types += unit.is_types();
    CHECK(types > 0);
    CHECK_EQ(from.info.add_split(package), Error::None);
    CHECK_EQ(from.info.units().size(), units + types);
  }
}

TEST_CASE(a_package_of_another_program_has_no_units_for_it) {
  if (!has_guests() || !has_packages()) return;
  Buffer bytes = read_file("split_4.wasm");
  Buffer package = read_file("package_5.dwp");
  Reading from(bytes);
  CHECK_EQ(from.info.add_split(package), Error::None);
  CHECK_EQ(from.info.units()[0].partner, kNoUnit);
}

TEST_CASE(an_index_that_makes_no_sense_is_refused) {
  if (!has_guests() || !has_packages()) return;
  Buffer bytes = read_file("package_5.wasm");
  const Buffer package = read_file("package_5.dwp");
  struct {
    size_t at;
    uint32_t value;
  } const changes[] = {{0, 3}, {4, 17}, {4, UINT32_MAX}, {8, UINT32_MAX}, {12, UINT32_MAX}};
  for (const auto& change : changes) {
    Buffer changed = package;
    set_word(section_of(changed, SectionId::UnitIndex), change.at, change.value);
    Reading from(bytes);
    CHECK_EQ(from.info.add_split(changed), Error::Malformed);
    CHECK_EQ(from.info.units().size(), 2);
  }
}

TEST_CASE(parts_that_lie_over_each_other_are_left_out) {
  if (!has_guests() || !has_packages()) return;
  Buffer bytes = read_file("package_5.wasm");
  Buffer package = read_file("package_5.dwp");
  std::span<uint8_t> index = section_of(package, SectionId::TypeIndex);
  Cursor in(index, 4);
  const uint32_t columns = in.u32(), rows = in.u32(), slots = in.u32();
  REQUIRE(rows > 1);
  const size_t offsets = 16 + size_t{slots} * 12 + size_t{columns} * 4;
  const size_t sizes = offsets + size_t{rows} * columns * 4;
  // The first column is of the information: each type takes all of it.
  const auto whole = static_cast<uint32_t>(section_of(package, SectionId::Info).size());
  for (size_t row = 0; row < rows; row++) {
    set_word(index, offsets + row * columns * 4, 0);
    set_word(index, sizes + row * columns * 4, whole);
  }
  Reading from(bytes);
  CHECK_EQ(from.info.add_split(package), Error::None);
  CHECK_EQ(std::string_view(from.info.problem()), "a package has no room for a unit of its index");
  CHECK_EQ(from.info.units().size(), 4);  // those of the index of units
}

TEST_CASE(namespaces_templates_and_references) {
  if (!has_guests()) return;
  for (const char* variant : kVariants) {
    Buffer bytes = read_file(std::string("cpp") + variant + ".wasm");
    Reading from(bytes);
    REQUIRE(from.opened == Error::None);
    from.read();
    check_cpp(from);
  }
}

namespace {

struct Chain {
  std::string text;
};

std::string places_at(Places& places, const DebugInfo& info, uint64_t address) {
  Chain chain;
  Work work(info.bytes());
  bool done = places.find(
      address, work,
      [](void* context, const Place& place) {
        auto& to = *static_cast<Chain*>(context);
        to.text += std::string(place.function == nullptr ? "?" : place.function) + ":" +
                   std::to_string(place.line) + (place.is_inlined ? " in " : "");
      },
      &chain);
  return done ? chain.text : "failed";
}

}  // namespace

TEST_CASE(places_with_what_was_inlined) {
  if (!has_guests()) return;
  for (const char* name : {"c_4_2.wasm", "c_5_2.wasm", "c_5_s.wasm"}) {
    Buffer bytes = read_file(name);
    Reading from(bytes);
    from.read();
    Places places(from.memory.allocator(), from.info);
    const Function* divide = from.function("divide");
    REQUIRE(divide != nullptr && divide->address != kUnknown);
    bool has_helper = false;
    for (uint64_t at = divide->address; at < divide->address + 24; at++) {
      std::string text = places_at(places, from.info, at);
      has_helper |= text.starts_with("helper:") && text.find(" in divide:") != std::string::npos;
    }
    CHECK(has_helper);
    CHECK_EQ(places_at(places, from.info, 0), "");
    CHECK_EQ(places_at(places, from.info, from.info.files()[0].code_size + 10), "");
  }
}

TEST_CASE(zeroed_addresses_are_told) {
  if (!has_guests()) return;
  // What wasm-opt does to DWARF 4: the addresses of ranges and entries become zero.
  Buffer bytes = read_file("c_4_2.wasm");
  {
    Reading from(bytes);
    REQUIRE(from.opened == Error::None);
    for (SectionId id : {SectionId::Ranges}) {
      Bytes section = from.info.files()[0].section(id);
      auto* begin = bytes.data() + (section.data() - bytes.data());
      // Pairs of addresses: the second stays above the first, so that no pair is the end.
      for (size_t i = 0; i + 8 <= section.size(); i += 8) {
        Cursor in(section, i);
        bool is_end = in.u64() == 0;
        for (size_t j = 0; j < 4; j++) begin[i + j] = 0;
        for (size_t j = 4; j < 8; j++) begin[i + j] = is_end ? 0 : j == 4;
      }
    }
  }
  Reading from(bytes);
  CHECK(from.info.are_addresses_zeroed());
  from.read();
  CHECK_EQ(from.type("shape", TypeKind::Struct)->size, 72);
  Places places(from.memory.allocator(), from.info);
  CHECK_EQ(places_at(places, from.info, 100), "");
}

namespace {

void check_failing_allocations(const Buffer& bytes, const Buffer& split) {
  for (uint64_t number = 1; number < 10'000; number++) {
    FailingAllocator memory(number);
    bool is_done = false;
    {
      DebugInfo info(memory.allocator());
      Symbols symbols(memory.allocator());
      is_done = info.open(bytes) == Error::None && info.add_split(split) == Error::None &&
                symbols.read(info) == Error::None;
      if (!is_done) CHECK(symbols.types.empty() && symbols.members.empty());
      Places places(memory.allocator(), info);
      for (uint64_t at = 0; at < 400; at += 40) {
        if (places_at(places, info, at) == "failed") is_done = false;
      }
    }
    CHECK_EQ(memory.live(), 0);
    CHECK(!memory.wrong_size());
    CHECK_EQ(is_done, !memory.failed());
    if (!memory.failed()) return;
  }
  CHECK(!"it needs fewer");
}

}  // namespace

TEST_CASE(every_allocation_may_fail) {
  if (!has_guests()) return;
  check_failing_allocations(read_file("split_5.wasm"), read_file("split_5.dwo"));
  if (!has_packages()) return;
  check_failing_allocations(read_file("package_5.wasm"), read_file("package_5.dwp"));
}

TEST_CASE(files_without_information_cost_nothing) {
  // A header and one large section of code.
  Buffer bytes = {0, 'a', 's', 'm', 1, 0, 0, 0, 10, 0x80, 0x80, 0x80, 0x14};
  bytes.resize(bytes.size() + (40 << 20));
  Reading from(bytes);
  CHECK_EQ(from.opened, Error::None);
  CHECK_EQ(from.memory.requests(), 1);  // the list of files
  CHECK(from.info.units().empty());
  from.read();
  CHECK_EQ(from.symbols.types.size(), 0);
}
