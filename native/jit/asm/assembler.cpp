#include "jit/asm/assembler.h"

#include <cstring>

namespace wembed::jit {

namespace {

constexpr uint8_t kSib = 4;        // in ModRM: a second byte says more
constexpr uint8_t kNoIndex = 4;    // in that byte
constexpr uint8_t kNeedsByte = 5;  // as a base: without a displacement it means something else

constexpr uint8_t low(MachineRegister reg) { return reg & 7; }
constexpr uint8_t high(MachineRegister reg) { return (reg & 15) >> 3; }

bool is_byte(int32_t value) { return value >= -128 && value <= 127; }

// spl to dil: without REX these numbers are ah to bh.
bool needs_rex(Field field, MachineRegister reg) {
  return field == Field::Byte && reg >= 4 && reg < kXmm0;
}

}  // namespace

void Assembler::four(uint32_t value) {
  for (int shift = 0; shift < 32; shift += 8) byte(static_cast<uint8_t>(value >> shift));
}

void Assembler::modrm(uint8_t field, const Place& place) {
  const auto in_middle = static_cast<uint8_t>((field & 7) << 3);
  if (!place.is_memory) return byte(static_cast<uint8_t>(0xc0 | in_middle | low(place.base)));
  const bool has_index = place.index != Place::kNoRegister;
  const bool has_sib = has_index || low(place.base) == kSib;
  const bool is_short = is_byte(place.displacement);
  const bool is_absent = place.displacement == 0 && low(place.base) != kNeedsByte;
  const uint8_t mode = is_absent ? 0 : is_short ? 0x40 : 0x80;
  byte(static_cast<uint8_t>(mode | in_middle | (has_sib ? kSib : low(place.base))));
  if (has_sib) {
    const uint8_t index = has_index ? low(place.index) : kNoIndex;
    byte(static_cast<uint8_t>(place.scale << 6 | index << 3 | low(place.base)));
  }
  if (is_absent) return;
  if (is_short) return byte(static_cast<uint8_t>(place.displacement));
  four(static_cast<uint32_t>(place.displacement));
}

// Prefixes and opcode.
void Assembler::begin(Encoding encoding, bool is_wide, MachineRegister reg, const Place& place,
                      Condition condition) {
  const EncodingRow& row = row_of(encoding);
  const bool has_index = place.is_memory && place.index != Place::kNoRegister;
  const bool wide = row.wide == WideBit::Always || (row.wide == WideBit::Open && is_wide);
  const auto rex =
      static_cast<uint8_t>((wide ? 8 : 0) | (row.digit >= 0 ? 0 : high(reg) << 2) |
                           (has_index ? high(place.index) << 1 : 0) | high(place.base));
  const bool is_byte_register = (row.digit < 0 && needs_rex(row.reg, reg)) ||
                                (!place.is_memory && needs_rex(row.rm, place.base));
  if (row.prefix != 0) byte(row.prefix);
  if (rex != 0 || is_byte_register) byte(0x40 | rex);
  if (row.map != 0) byte(0x0f);
  if (row.map == 2) byte(0x38);
  if (row.map == 3) byte(0x3a);
  const bool has_condition = encoding == Encoding::MovIf || encoding == Encoding::SetIf;
  byte(static_cast<uint8_t>(row.opcode + (has_condition ? static_cast<uint8_t>(condition) : 0)));
}

void Assembler::emit(Encoding encoding, bool is_wide, MachineRegister reg, const Place& place,
                     int32_t immediate, Condition condition) {
  const EncodingRow& row = row_of(encoding);
  begin(encoding, is_wide, reg, place, condition);
  modrm(row.digit >= 0 ? static_cast<uint8_t>(row.digit) : low(reg), place);
  if (row.immediate == 1) byte(static_cast<uint8_t>(immediate));
  if (row.immediate == 4) four(static_cast<uint32_t>(immediate));
}

void Assembler::emit_at(Encoding encoding, bool is_wide, MachineRegister reg, Label label) {
  begin(encoding, is_wide, reg, Place::at(0, 0), Condition::Overflow);
  byte(static_cast<uint8_t>(low(reg) << 3 | kNeedsByte));  // relative to what follows
  refer(label, kUnbound);
}

void Assembler::emit_immediate(Encoding encoding, bool is_wide, const Place& place,
                               int32_t immediate) {
  constexpr int kToShort =
      static_cast<int>(Encoding::AddShort) - static_cast<int>(Encoding::AddImmediate);
  const bool has_short =
      encoding >= Encoding::AddImmediate && encoding <= Encoding::CompareImmediate;
  if (has_short && is_byte(immediate)) {
    encoding = static_cast<Encoding>(static_cast<int>(encoding) + kToShort);
  }
  emit(encoding, is_wide, 0, place, immediate);
}

void Assembler::move(MachineRegister to, MachineRegister from) {
  emit(Encoding::MovLoad, true, to, Place::of(from));
}

// The upper half is cleared by writing the lower one.
void Assembler::constant(MachineRegister to, uint64_t value) {
  const bool is_half = value <= UINT32_MAX;
  if (!is_half && static_cast<int64_t>(value) == static_cast<int32_t>(value)) {
    return emit(Encoding::MovImmediate, true, 0, Place::of(to), static_cast<int32_t>(value));
  }
  const auto rex = static_cast<uint8_t>((is_half ? 0 : 8) | high(to));
  if (rex != 0) byte(0x40 | rex);
  byte(0xb8 + low(to));
  four(static_cast<uint32_t>(value));
  if (!is_half) four(static_cast<uint32_t>(value >> 32));
}

void Assembler::push(MachineRegister reg) {
  if (high(reg) != 0) byte(0x41);
  byte(0x50 + low(reg));
}
void Assembler::pop(MachineRegister reg) {
  if (high(reg) != 0) byte(0x41);
  byte(0x58 + low(reg));
}
void Assembler::ret() { byte(0xc3); }
void Assembler::undefined() {
  byte(0x0f);
  byte(0x0b);
}
void Assembler::sign_extend_rax(bool is_wide) {
  if (is_wide) byte(0x48);
  byte(0x99);
}

// The forms that processors' manuals recommend, longest first.
void Assembler::pad_to(uint32_t alignment) {
  static constexpr uint8_t kNops[8][8] = {{0x90},
                                          {0x66, 0x90},
                                          {0x0f, 0x1f, 0x00},
                                          {0x0f, 0x1f, 0x40, 0x00},
                                          {0x0f, 0x1f, 0x44, 0x00, 0x00},
                                          {0x66, 0x0f, 0x1f, 0x44, 0x00, 0x00},
                                          {0x0f, 0x1f, 0x80, 0x00, 0x00, 0x00, 0x00},
                                          {0x0f, 0x1f, 0x84, 0x00, 0x00, 0x00, 0x00, 0x00}};
  uint32_t left = (alignment - size() % alignment) % alignment;
  while (left > 0) {
    const uint32_t count = left < 8 ? left : 8;
    for (uint32_t i = 0; i < count; i++) byte(kNops[count - 1][i]);
    left -= count;
  }
}

Label Assembler::new_label() {
  keep(labels_.push_back(kUnbound));
  return {failed_ ? 0 : static_cast<uint32_t>(labels_.size() - 1)};
}

void Assembler::bind(Label label) {
  if (!failed_) labels_[label.number] = size();
}

// Whether a jump of two bytes gets there.
bool Assembler::reaches_back(Label label) const {
  if (failed_ || labels_[label.number] == kUnbound) return false;
  return size() + 2 - labels_[label.number] <= 128;
}

void Assembler::refer(Label label, uint32_t origin_label) {
  keep(fixups_.push_back({size(), label.number, origin_label}));
  four(0);
}

void Assembler::jump(Label label) {
  if (reaches_back(label)) {
    byte(0xeb);
    return byte(static_cast<uint8_t>(labels_[label.number] - size() - 1));
  }
  byte(0xe9);
  refer(label, kUnbound);
}

void Assembler::jump_if(Condition condition, Label label) {
  const auto number = static_cast<uint8_t>(condition);
  if (reaches_back(label)) {
    byte(0x70 + number);
    return byte(static_cast<uint8_t>(labels_[label.number] - size() - 1));
  }
  byte(0x0f);
  byte(0x80 + number);
  refer(label, kUnbound);
}

void Assembler::call(Label label) {
  byte(0xe8);
  refer(label, kUnbound);
}

void Assembler::address_of(MachineRegister to, Label label) {
  byte(static_cast<uint8_t>(0x48 | high(to) << 2));
  byte(0x8d);
  byte(static_cast<uint8_t>(low(to) << 3 | 5));  // relative to what follows
  refer(label, kUnbound);
}

void Assembler::distance(Label label, Label from) { refer(label, from.number); }

void Assembler::word(uint64_t value) {
  four(static_cast<uint32_t>(value));
  four(static_cast<uint32_t>(value >> 32));
}

bool Assembler::finish() {
  if (failed_) return false;
  for (const Fixup& fixup : fixups_.span()) {
    const uint32_t origin =
        fixup.origin_label == kUnbound ? fixup.at + 4 : labels_[fixup.origin_label];
    const uint32_t distance = labels_[fixup.label] - origin;
    std::memcpy(bytes_.data() + fixup.at, &distance, sizeof distance);
  }
  return true;
}

}  // namespace wembed::jit
