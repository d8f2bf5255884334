// The frame of a module: header, order and extent of sections, and the small ones.
#include "isa/limits.h"
#include "module/body_validator.h"
#include "module/foreign_format.h"
#include "module/module_reader.h"

namespace wembed {

namespace {

struct Section {
  const char* name;
  uint32_t rank;  // place in the required order; 0: anywhere
};

// By section id.
constexpr Section kSections[] = {
    {"custom", 0}, {"type", 1},   {"import", 2},      {"function", 3}, {"table", 4},
    {"memory", 5}, {"global", 7}, {"export", 8},      {"start", 9},    {"element", 10},
    {"code", 12},  {"data", 13},  {"data count", 11}, {"tag", 6},
};
constexpr uint8_t kSectionCount = sizeof kSections / sizeof kSections[0];

// Whether a v128 can come to a body that names none: from a call, or a global.
bool names_vectors(const Module& module) {
  for (const TypeDef* type : module.types()) {
    if (type->param_slots != type->param_count || type->result_slots != type->result_count) {
      return true;
    }
  }
  for (const GlobalDef& global : module.globals()) {
    if (global.type.type == kV128) return true;
  }
  return false;
}

}  // namespace

Error ModuleReader::read() {
  size_t size = module_.bytes().size();
  if (size > kMaxModuleSize) return diagnostic_.fail(Error::Limit, "module too large");
  Reader in(module_.bytes(), {0, static_cast<uint32_t>(size)}, "header", diagnostic_);
  WEMBED_CHECK(read_header(in));
  WEMBED_CHECK(read_sections(in));
  WEMBED_CHECK(finish());
  BodyContents contents;
  WEMBED_CHECK(validate_function_bodies(module_, diagnostic_, poll_, contents));
  module_.has_vectors_ = contents.vectors || names_vectors(module_);
  module_.has_handlers_ = contents.handlers;
  return Error::None;
}

Error ModuleReader::read_header(Reader& in) {
  constexpr uint32_t kMagic = 0x6d736100;
  if (in.remaining() < 4) {
    diagnostic_.say(describe_foreign(module_.bytes()));
    return in.fail(Error::UnexpectedEnd, "unexpected end");
  }
  WEMBED_TRY(uint32_t magic, in.fixed32());
  if (magic != kMagic) {
    diagnostic_.say(describe_foreign(module_.bytes()));
    return in.fail_at(0, Error::MagicNotDetected, "magic header not detected");
  }
  if (in.remaining() < 4) return in.fail(Error::UnexpectedEnd, "unexpected end");
  WEMBED_TRY(uint32_t version, in.fixed32());
  if (version == 1) return Error::None;
  diagnostic_.say(describe_version(version));
  return in.fail_at(4, Error::UnknownVersion, "unknown binary version");
}

Error ModuleReader::read_sections(Reader& in) {
  using Handler = Error (ModuleReader::*)(Reader&);
  constexpr Handler kHandlers[kSectionCount] = {
      &ModuleReader::read_custom,     &ModuleReader::read_types,   &ModuleReader::read_imports,
      &ModuleReader::read_functions,  &ModuleReader::read_tables,  &ModuleReader::read_memories,
      &ModuleReader::read_globals,    &ModuleReader::read_exports, &ModuleReader::read_start,
      &ModuleReader::read_elements,   &ModuleReader::read_code,    &ModuleReader::read_data,
      &ModuleReader::read_data_count, &ModuleReader::read_tags,
  };
  WEMBED_CHECK(check_frame(in));
  last_rank_ = 0;
  while (!in.at_end()) {
    WEMBED_CHECK(item(in));
    uint32_t at = in.offset();
    WEMBED_TRY(uint8_t id, in.u8());
    // Again, for bytes that change while they are read: each section once, with a handler.
    if (id >= kSectionCount) return in.fail_at(at, Error::Malformed, "invalid section id");
    WEMBED_CHECK(check_section_order(in, at, id));
    WEMBED_TRY(uint32_t size, in.u32());
    WEMBED_TRY(ByteRange range, in.bytes(size));
    Reader section(module_.bytes(), range, kSections[id].name, diagnostic_);
    const Handler& handler = kHandlers[id];
    WEMBED_CHECK((this->*handler)(section));
    if (!section.at_end()) return section.fail(Error::Malformed, "section size mismatch");
  }
  return Error::None;
}

// Ids, order and extent of all sections, before anything in them is looked at: of two faults
// WAMR reports that of the frame.
Error ModuleReader::check_frame(Reader in) {
  while (!in.at_end()) {
    WEMBED_CHECK(item(in));
    uint32_t at = in.offset();
    WEMBED_TRY(uint8_t id, in.u8());
    if (id >= kSectionCount) return in.fail_at(at, Error::Malformed, "invalid section id");
    WEMBED_CHECK(check_section_order(in, at, id));
    if (in.at_end()) return in.fail(Error::UnexpectedEnd, "unexpected end");
    WEMBED_TRY(uint32_t size, in.u32());
    if (size > in.remaining()) return in.fail(Error::UnexpectedEnd, "unexpected end");
    WEMBED_TRY([[maybe_unused]] ByteRange range, in.bytes(size));
  }
  return Error::None;
}

Error ModuleReader::check_section_order(Reader& in, uint32_t at, uint8_t id) {
  uint32_t rank = kSections[id].rank;
  if (rank == 0) return Error::None;
  if (rank <= last_rank_) {
    return in.fail_at(at, Error::Malformed,
                      "unexpected content after last section or junk after last section");
  }
  last_rank_ = rank;
  return Error::None;
}

// What can be said only when all sections are known.
Error ModuleReader::finish() {
  uint32_t size = static_cast<uint32_t>(module_.bytes().size());
  Reader in(module_.bytes(), {size, 0}, "code", diagnostic_);
  if (!has_code_ && !module_.bodies_.empty()) {
    return in.fail(Error::Malformed, "function and code section have inconsistent lengths");
  }
  if (module_.has_data_count_ && module_.data_count_ != module_.data_.size()) {
    return in.fail(Error::Malformed, "data count and data section have inconsistent lengths");
  }
  return Error::None;
}

// What is in it is read when somebody asks, see section_cursor.h.
Error ModuleReader::read_custom(Reader& in) {
  WEMBED_TRY([[maybe_unused]] std::string_view name, in.name());
  WEMBED_TRY([[maybe_unused]] ByteRange bytes, in.bytes(in.remaining()));
  return Error::None;
}

Error ModuleReader::read_start(Reader& in) {
  uint32_t at = in.offset();
  WEMBED_TRY(uint32_t index, in.u32());
  if (index >= module_.function_count()) {
    return in.fail_at(at, Error::Invalid, "unknown function");
  }
  const TypeDef* type = module_.function_type(index);
  if (type->param_count != 0 || type->result_count != 0) {
    return in.fail_at(at, Error::Invalid, "invalid start function");
  }
  module_.start_ = index;
  return Error::None;
}

Error ModuleReader::read_data_count(Reader& in) {
  WEMBED_TRY(module_.data_count_, in.u32());
  module_.has_data_count_ = true;
  return Error::None;
}

}  // namespace wembed
