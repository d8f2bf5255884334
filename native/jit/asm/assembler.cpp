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

// The bytes of one instruction, for which there is room.
struct Assembler::Cursor {
  uint8_t* at;

  void byte(uint8_t value) { *at++ = value; }
  void four(uint32_t value) {
    for (int shift = 0; shift < 32; shift += 8) byte(static_cast<uint8_t>(value >> shift));
  }
};

// Where there is no memory, to bytes that nobody reads.
inline Assembler::Cursor Assembler::open() {
  uint8_t* room = failed_ ? nullptr : bytes_.extend(kMostBytes);
  keep(room != nullptr);
  return {room != nullptr ? room : spare_};
}
inline void Assembler::close(const Cursor& cursor) {
  if (!failed_) bytes_.truncate(static_cast<size_t>(cursor.at - bytes_.data()));
}

inline void Assembler::modrm(Cursor& to, uint8_t field, const Place& place) {
  const auto in_middle = static_cast<uint8_t>((field & 7) << 3);
  if (!place.is_memory) return to.byte(static_cast<uint8_t>(0xc0 | in_middle | low(place.base)));
  if (place.base == Place::kNoRegister) {
    to.byte(static_cast<uint8_t>(in_middle | kSib));
    to.byte(static_cast<uint8_t>(place.scale << 6 | low(place.index) << 3 | kNeedsByte));
    return to.four(static_cast<uint32_t>(place.displacement));
  }
  const bool has_index = place.index != Place::kNoRegister;
  const bool has_sib = has_index || low(place.base) == kSib;
  const bool is_short = is_byte(place.displacement);
  const bool is_absent = place.displacement == 0 && low(place.base) != kNeedsByte;
  const uint8_t mode = is_absent ? 0 : is_short ? 0x40 : 0x80;
  to.byte(static_cast<uint8_t>(mode | in_middle | (has_sib ? kSib : low(place.base))));
  if (has_sib) {
    const uint8_t index = has_index ? low(place.index) : kNoIndex;
    to.byte(static_cast<uint8_t>(place.scale << 6 | index << 3 | low(place.base)));
  }
  if (is_absent) return;
  if (is_short) return to.byte(static_cast<uint8_t>(place.displacement));
  to.four(static_cast<uint32_t>(place.displacement));
}

// Prefixes and opcode.
inline void Assembler::begin(Cursor& to, Encoding encoding, bool is_wide, MachineRegister reg,
                             const Place& place, Condition condition) {
  const EncodingRow& row = row_of(encoding);
  const bool has_index = place.is_memory && place.index != Place::kNoRegister;
  const bool wide = row.wide == WideBit::Always || (row.wide == WideBit::Open && is_wide);
  const auto rex = static_cast<uint8_t>((wide ? 8 : 0) | (row.digit >= 0 ? 0 : high(reg) << 2) |
                                        (has_index ? high(place.index) << 1 : 0) |
                                        (place.base == Place::kNoRegister ? 0 : high(place.base)));
  const bool is_byte_register = (row.digit < 0 && needs_rex(row.reg, reg)) ||
                                (!place.is_memory && needs_rex(row.rm, place.base));
  if (row.prefix != 0) to.byte(row.prefix);
  if (rex != 0 || is_byte_register) to.byte(0x40 | rex);
  if (row.map != 0) to.byte(0x0f);
  if (row.map == 2) to.byte(0x38);
  if (row.map == 3) to.byte(0x3a);
  const bool has_condition = encoding == Encoding::MovIf || encoding == Encoding::SetIf;
  to.byte(static_cast<uint8_t>(row.opcode + (has_condition ? static_cast<uint8_t>(condition) : 0)));
}

void Assembler::emit(Encoding encoding, bool is_wide, MachineRegister reg, const Place& place,
                     int32_t immediate, Condition condition) {
  const EncodingRow& row = row_of(encoding);
  Cursor to = open();
  begin(to, encoding, is_wide, reg, place, condition);
  modrm(to, row.digit >= 0 ? static_cast<uint8_t>(row.digit) : low(reg), place);
  if (row.immediate == 1) to.byte(static_cast<uint8_t>(immediate));
  if (row.immediate == 4) to.four(static_cast<uint32_t>(immediate));
  close(to);
}

void Assembler::emit_at(Encoding encoding, bool is_wide, MachineRegister reg, Label label) {
  Cursor to = open();
  begin(to, encoding, is_wide, reg, Place::at(0, 0), Condition::Overflow);
  to.byte(static_cast<uint8_t>(low(reg) << 3 | kNeedsByte));  // relative to what follows
  refer(to, label, kUnbound);
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
  Cursor at = open();
  if (rex != 0) at.byte(0x40 | rex);
  at.byte(0xb8 + low(to));
  at.four(static_cast<uint32_t>(value));
  if (!is_half) at.four(static_cast<uint32_t>(value >> 32));
  close(at);
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

// The end of an instruction, or of data.
void Assembler::refer(Cursor& to, Label label, uint32_t origin_label) {
  const uint8_t* at = to.at;
  to.four(0);
  close(to);
  if (!failed_) {
    keep(
        fixups_.push_back({static_cast<uint32_t>(at - bytes_.data()), label.number, origin_label}));
  }
}

void Assembler::jump(Label label) {
  const bool is_short = reaches_back(label);
  Cursor to = open();
  to.byte(is_short ? 0xeb : 0xe9);
  if (is_short) return close_back(to, label);
  refer(to, label, kUnbound);
}

void Assembler::jump_if(Condition condition, Label label) {
  const auto number = static_cast<uint8_t>(condition);
  const bool is_short = reaches_back(label);
  Cursor to = open();
  if (is_short) {
    to.byte(0x70 + number);
    return close_back(to, label);
  }
  to.byte(0x0f);
  to.byte(0x80 + number);
  refer(to, label, kUnbound);
}

// With the distance of one that reaches_back().
void Assembler::close_back(Cursor& to, Label label) {
  to.byte(0);
  close(to);
  if (!failed_) bytes_[size() - 1] = static_cast<uint8_t>(labels_[label.number] - size());
}

void Assembler::call(Label label) {
  Cursor to = open();
  to.byte(0xe8);
  refer(to, label, kUnbound);
}

void Assembler::address_of(MachineRegister reg, Label label) {
  Cursor to = open();
  to.byte(static_cast<uint8_t>(0x48 | high(reg) << 2));
  to.byte(0x8d);
  to.byte(static_cast<uint8_t>(low(reg) << 3 | kNeedsByte));  // relative to what follows
  refer(to, label, kUnbound);
}

void Assembler::distance(Label label, Label from) {
  Cursor to = open();
  refer(to, label, from.number);
}

void Assembler::word(uint64_t value) {
  Cursor to = open();
  to.four(static_cast<uint32_t>(value));
  to.four(static_cast<uint32_t>(value >> 32));
  close(to);
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
