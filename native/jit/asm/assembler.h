// Writes machine code into a buffer: instructions by their rows, jumps by labels.
#pragma once

#include <cstdint>

#include "base/vector.h"
#include "jit/asm/encoding.h"
#include "jit/asm/registers.h"

namespace wembed::jit {

// What ModRM's other field names: a register, or memory.
struct Place {
  static constexpr MachineRegister kNoRegister = 0xff;

  MachineRegister base = kNoRegister;  // or the register itself; none: there is an index
  MachineRegister index = kNoRegister;
  uint8_t scale = 0;  // log2
  bool is_memory = false;
  int32_t displacement = 0;

  static constexpr Place of(MachineRegister reg) { return {reg, kNoRegister, 0, false, 0}; }
  static constexpr Place at(MachineRegister base, int32_t displacement) {
    return {base, kNoRegister, 0, true, displacement};
  }
  static constexpr Place at(MachineRegister base, MachineRegister index, uint8_t scale,
                            int32_t displacement) {
    return {base, index, scale, true, displacement};
  }
};

struct Label {
  uint32_t number = UINT32_MAX;
};

class Assembler {
 public:
  explicit Assembler(Allocator& allocator)
      : bytes_(allocator), labels_(allocator), fixups_(allocator) {}

  // An instruction by its row. What the row has no field for is not looked at.
  void emit(Encoding encoding, bool is_wide, MachineRegister reg, const Place& place,
            int32_t immediate = 0, Condition condition = Condition::Overflow);
  // With the bytes at the label; of a row without an immediate.
  void emit_at(Encoding encoding, bool is_wide, MachineRegister reg, Label label);
  // With an immediate of 4 bytes, by its short row where that is enough.
  void emit_immediate(Encoding encoding, bool is_wide, const Place& place, int32_t immediate);

  void move(MachineRegister to, MachineRegister from);  // 64 bits of general registers
  void constant(MachineRegister to, uint64_t value);    // leaves the flags as they are
  void push(MachineRegister reg);
  void pop(MachineRegister reg);
  void ret();
  void undefined();
  void sign_extend_rax(bool is_wide);  // into rdx: cdq, cqo
  void pad_to(uint32_t alignment);     // by instructions that do nothing

  [[nodiscard]] Label new_label();
  void bind(Label label);
  void jump(Label label);
  void jump_if(Condition condition, Label label);
  void call(Label label);
  void address_of(MachineRegister reg, Label label);
  // The distance of `label` from `from`, as data.
  void distance(Label label, Label from);
  void word(uint64_t value);

  [[nodiscard]] uint32_t size() const { return static_cast<uint32_t>(bytes_.size()); }
  [[nodiscard]] uint32_t offset_of(Label label) const { return labels_[label.number]; }

  // Fills in what led to labels. False: there was no memory, then or before.
  [[nodiscard]] bool finish();
  [[nodiscard]] const uint8_t* code() const { return bytes_.data(); }

 private:
  static constexpr uint32_t kUnbound = UINT32_MAX;

  // Four bytes that hold a label's distance from `origin`.
  struct Fixup {
    uint32_t at;
    uint32_t label;
    uint32_t origin_label;  // kUnbound: from behind the four bytes
  };

  void byte(uint8_t value) { keep(bytes_.push_back(value)); }
  static constexpr size_t kMostBytes = 16;  // of an instruction
  struct Cursor;
  [[nodiscard]] Cursor open();
  void close(const Cursor& cursor);
  static void begin(Cursor& to, Encoding encoding, bool is_wide, MachineRegister reg,
                    const Place& place, Condition condition);
  static void modrm(Cursor& to, uint8_t field, const Place& place);
  void refer(Cursor& to, Label label, uint32_t origin_label);
  void close_back(Cursor& to, Label label);
  bool reaches_back(Label label) const;
  void keep(bool done) { failed_ = failed_ || !done; }

  Vector<uint8_t> bytes_;
  Vector<uint32_t> labels_;  // where they are bound
  Vector<Fixup> fixups_;
  bool failed_ = false;
  uint8_t spare_[kMostBytes];
};

}  // namespace wembed::jit
