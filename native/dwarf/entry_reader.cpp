#include <cstring>

#include "dwarf/addresses.h"
#include "dwarf/constants.h"
#include "dwarf/debug_info.h"

namespace wembed::dwarf {

// What an attribute says, whatever its form.
struct EntryReader::Value {
  enum Kind : uint8_t { kNothing, kNumber, kSigned, kText, kBlock, kReference, kAddress, kIndex };
  Kind kind = kNothing;
  uint64_t number = 0;
  const char* text = nullptr;
  Bytes block;
};

EntryReader::EntryReader(const DebugInfo& info, const Unit& unit, Work& work)
    : info_(info),
      unit_(unit),
      file_(info.files()[unit.file]),
      work_(work),
      in_(file_.section(unit.section), unit.first, unit.end) {}

bool EntryReader::next(Entry& entry) {
  while (!ended_ && !in_.at_end()) {
    if (!work_.spend(1)) return false;
    uint64_t offset = in_.at();
    uint64_t code = in_.uleb();
    if (code == 0) {
      if (depth_ <= 1) ended_ = true;
      if (depth_ > 0) depth_--;
      continue;
    }
    entry.depth = depth_;
    if (!read_entry(offset, code, entry)) return false;
    if (entry.has_children) depth_++;
    if (depth_ > kMostDepth) {
      failed_ = true;
      return false;
    }
    if (depth_ == 0) ended_ = true;
    return true;
  }
  if (in_.failed()) failed_ = true;
  return false;
}

bool EntryReader::read_at(uint64_t offset, Entry& entry) {
  if (offset < unit_.first || offset >= unit_.end) return false;
  in_.seek(offset);
  uint64_t code = in_.uleb();
  entry.depth = 0;
  return code != 0 && read_entry(offset, code, entry);
}

bool EntryReader::read_entry(uint64_t offset, uint64_t code, Entry& entry) {
  const Abbreviation* shape = info_.abbreviations().find(unit_.abbreviations, code);
  if (shape == nullptr || in_.failed()) {
    failed_ = true;
    return false;
  }
  uint32_t depth = entry.depth;
  std::memset(static_cast<void*>(&entry), 0, sizeof(entry));
  entry.depth = depth;
  entry.key = unit_.key(offset);
  entry.tag = shape->tag;
  entry.has_children = shape->has_children;
  if (!work_.spend(1u + shape->count)) return false;
  const AttributeSpec* specs = info_.abbreviations().specs(*shape);
  for (uint32_t i = 0; i < shape->count; i++) {
    Value value;
    if (!read_form(specs[i].form, specs[i].implicit, value) || in_.failed()) {
      failed_ = work_.error() == Error::None;
      return false;
    }
    set(entry, specs[i].attribute, value);
  }
  return true;
}

bool EntryReader::read_form(uint16_t form, int64_t implicit, Value& value) {
  const auto number = [&](uint64_t given) {
    value.kind = Value::kNumber;
    value.number = given;
    return true;
  };
  const auto block = [&](uint64_t bytes) {
    value.kind = Value::kBlock;
    value.block = in_.block(bytes);
    return true;
  };
  switch (form) {
    case kFormAddr:
      number(in_.fixed(unit_.address_size));
      value.kind = Value::kAddress;
      return true;
    case kFormAddrx:
    case kFormGnuAddrIndex: return read_address_index(in_.uleb(), value);
    case kFormAddrx1:
    case kFormAddrx2:
    case kFormAddrx3:
    case kFormAddrx4: return read_address_index(in_.fixed(form - kFormAddrx1 + 1u), value);
    case kFormData1: return number(in_.u8());
    case kFormData2: return number(in_.u16());
    case kFormData4: return number(in_.u32());
    case kFormData8: return number(in_.u64());
    case kFormData16: return block(16);
    case kFormUdata: return number(in_.uleb());
    case kFormSdata:
    case kFormImplicitConst:
      number(static_cast<uint64_t>(form == kFormSdata ? in_.sleb() : implicit));
      value.kind = Value::kSigned;
      return true;
    case kFormFlag: return number(in_.u8());
    case kFormFlagPresent: return number(1);
    case kFormSecOffset:
    case kFormRefSup4:
    case kFormStrpSup: return number(in_.fixed(form == kFormRefSup4 ? 4 : unit_.offset_size));
    case kFormRefSup8: return number(in_.u64());
    case kFormLoclistx:
    case kFormRnglistx:
      number(in_.uleb());
      value.kind = Value::kIndex;
      return true;
    case kFormBlock1: return block(in_.u8());
    case kFormBlock2: return block(in_.u16());
    case kFormBlock4: return block(in_.u32());
    case kFormBlock:
    case kFormExprloc: return block(in_.uleb());
    case kFormIndirect: {
      uint64_t actual = in_.uleb();
      if (actual == kFormIndirect || actual == kFormImplicitConst || actual > UINT16_MAX)
        return false;
      return read_form(static_cast<uint16_t>(actual), 0, value);  // once
    }
    default: return read_text(form, value) || read_reference(form, value);
  }
}

bool EntryReader::read_text(uint16_t form, Value& value) {
  value.kind = Value::kText;
  const auto indexed = [&](uint64_t index) {
    Cursor in(file_.section(SectionId::StrOffsets));
    if (index > UINT32_MAX) return true;
    in.seek(unit_.str_offsets_base);
    in.skip(index * unit_.offset_size);
    uint64_t at = in.fixed(unit_.offset_size);
    value.text = in.failed() ? nullptr : file_.text(SectionId::Str, at);
    return true;
  };
  switch (form) {
    case kFormStrp:
      value.text = file_.text(SectionId::Str, in_.fixed(unit_.offset_size));
      return true;
    case kFormLineStrp:
      value.text = file_.text(SectionId::LineStr, in_.fixed(unit_.offset_size));
      return true;
    case kFormStrx:
    case kFormGnuStrIndex: return indexed(in_.uleb());
    case kFormStrx1:
    case kFormStrx2:
    case kFormStrx3:
    case kFormStrx4: return indexed(in_.fixed(form - kFormStrx1 + 1u));
    case kFormString: {
      const uint8_t* text = in_.block(0).data();
      uint64_t length = 0;
      while (in_.u8() != 0) length++;
      if (!work_.spend(length / 8)) return false;
      value.text = in_.failed() ? nullptr : reinterpret_cast<const char*>(text);
      return true;
    }
    default: return false;
  }
}

bool EntryReader::read_reference(uint16_t form, Value& value) {
  value.kind = Value::kReference;
  uint64_t offset = 0;
  switch (form) {
    case kFormRef1: offset = in_.u8(); break;
    case kFormRef2: offset = in_.u16(); break;
    case kFormRef4: offset = in_.u32(); break;
    case kFormRef8: offset = in_.u64(); break;
    case kFormRefUdata: offset = in_.uleb(); break;
    case kFormRefAddr: {
      // As wide as an address in the first versions that had it.
      uint64_t at = in_.fixed(unit_.version <= 2 ? unit_.address_size : unit_.offset_size);
      bool is_there = at < file_.section(SectionId::Info).size();
      value.number = is_there ? make_key(unit_.file, SectionId::Info, at) : kNoKey;
      return true;
    }
    case kFormRefSig8: value.number = info_.find_signature(in_.u64()); return true;
    default: return false;
  }
  bool is_inside = offset < unit_.end - unit_.offset;
  value.number = is_inside ? unit_.key(unit_.offset + offset) : kNoKey;
  return true;
}

bool EntryReader::read_address_index(uint64_t index, Value& value) {
  value.kind = Value::kAddress;
  value.number = address_at(info_, unit_, index);
  return true;
}

void EntryReader::set_flag(Entry& entry, uint16_t attribute, bool value) {
  switch (attribute) {
    case kAtExternal: entry.is_external = value; break;
    case kAtDeclaration: entry.is_declaration = value; break;
    case kAtArtificial: entry.is_artificial = value; break;
    case kAtPrototyped: entry.is_prototyped = value; break;
    case kAtEnumClass: entry.is_enum_class = value; break;
    case kAtGnuVector: entry.is_vector = value; break;
    default: break;
  }
}

// A constant, or the expression that adds one.
void EntryReader::set_member_location(Entry& entry, const Value& value) {
  entry.has_member_location = true;
  if (value.kind != Value::kBlock) {
    entry.member_location = static_cast<int64_t>(value.number);
    return;
  }
  Cursor in(value.block);
  bool is_sum = in.u8() == kOpPlusUconst;
  entry.member_location = static_cast<int64_t>(in.uleb());
  entry.is_location_computed = !is_sum || in.failed() || !in.at_end();
}

void EntryReader::set(Entry& entry, uint16_t attribute, const Value& value) {
  switch (value.kind) {
    case Value::kText:
      switch (attribute) {
        case kAtName: entry.name = value.text; break;
        case kAtLinkageName:
        case kAtMipsLinkageName: entry.linkage_name = value.text; break;
        case kAtDirectory: entry.directory = value.text; break;
        case kAtProducer: entry.producer = value.text; break;
        case kAtDwoName:
        case kAtGnuDwoName: entry.split_name = value.text; break;
        default: break;
      }
      return;
    case Value::kReference:
      if (attribute == kAtType) entry.type = value.number;
      if (attribute == kAtSpecification) entry.specification = value.number;
      if (attribute == kAtAbstractOrigin) entry.origin = value.number;
      if (attribute == kAtSignature) entry.signature = value.number;
      return;
    case Value::kAddress:
      if (attribute == kAtLowPc) entry.low_pc = value.number, entry.has_low_pc = true;
      if (attribute == kAtHighPc) entry.high_pc = value.number, entry.has_high_pc = true;
      return;
    case Value::kBlock:
      if (attribute == kAtLocation) entry.location = value.block;
      if (attribute == kAtMemberLocation) set_member_location(entry, value);
      return;
    case Value::kIndex:
      if (attribute == kAtRanges) entry.ranges = {value.number, true}, entry.has_ranges = true;
      return;
    default: set_number(entry, attribute, value);
  }
}

void EntryReader::set_number(Entry& entry, uint16_t attribute, const Value& value) {
  const uint64_t number = value.number;
  switch (attribute) {
    case kAtByteSize: entry.size = number, entry.has_size = true; break;
    case kAtBitOffset: entry.bit_offset = number, entry.has_bit_offset = true; break;
    case kAtBitSize: entry.bit_size = number, entry.has_bit_size = true; break;
    case kAtDataBitOffset: entry.data_bit_offset = number, entry.has_data_bit_offset = true; break;
    case kAtMemberLocation: set_member_location(entry, value); break;
    case kAtHighPc:
      entry.high_pc = number, entry.has_high_pc = true, entry.is_high_offset = true;
      break;
    case kAtRanges: entry.ranges = {number, false}, entry.has_ranges = true; break;
    case kAtConstValue:
      entry.const_value = static_cast<int64_t>(number), entry.has_const_value = true;
      break;
    case kAtCount: entry.count = number, entry.has_count = true; break;
    case kAtUpperBound: entry.upper_bound = number, entry.has_upper_bound = true; break;
    case kAtLowerBound: entry.lower_bound = static_cast<int64_t>(number); break;
    case kAtAlignment: entry.align = number; break;
    case kAtEncoding: entry.encoding = number; break;
    case kAtInline: entry.is_inlined = number == 1 || number == 3; break;
    case kAtDeclFile: entry.decl_file = number; break;
    case kAtDeclLine: entry.decl_line = number; break;
    case kAtCallFile: entry.call_file = number; break;
    case kAtCallLine: entry.call_line = number; break;
    case kAtCallColumn: entry.call_column = number; break;
    case kAtLines: entry.lines = number, entry.has_lines = true; break;
    case kAtLanguage: entry.language = number; break;
    case kAtGnuDwoId: entry.split_id = number, entry.has_split_id = true; break;
    case kAtStrOffsetsBase:
      entry.str_offsets_base = number, entry.has_str_offsets_base = true;
      break;
    case kAtAddrBase:
    case kAtGnuAddrBase: entry.addr_base = number, entry.has_addr_base = true; break;
    case kAtRnglistsBase: entry.rnglists_base = number, entry.has_rnglists_base = true; break;
    case kAtGnuRangesBase: entry.ranges_base = number; break;
    default: set_flag(entry, attribute, number != 0);
  }
}

}  // namespace wembed::dwarf
