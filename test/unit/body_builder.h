// Writes a function body by the names of its instructions.
//
//   BodyBuilder().op(Opcode::LocalGet, 0).op(Opcode::I32Const, -1).op(Opcode::I32Add).end()
#pragma once

#include <cstdint>

#include "isa/opcode.h"
#include "wasm_builder.h"

namespace wembed {

class BodyBuilder {
 public:
  using Bytes = WasmBuilder::Bytes;

  // Immediates are LEB128 numbers: of the constants signed, of all others unsigned.
  template <class... Immediates> BodyBuilder& op(Opcode opcode, Immediates... immediates) {
    uint32_t value = static_cast<uint32_t>(opcode);
    if (value >= opcode_value(0xfc, 0)) {
      bytes_.push_back(0xfc);
      WasmBuilder::u32(bytes_, value - opcode_value(0xfc, 0));
    } else {
      bytes_.push_back(static_cast<uint8_t>(value));
    }
    [[maybe_unused]] bool is_signed = opcode == Opcode::I32Const || opcode == Opcode::I64Const;
    [[maybe_unused]] auto add = [&](int64_t number) {
      if (is_signed) {
        WasmBuilder::s64(bytes_, number);
      } else {
        WasmBuilder::u32(bytes_, static_cast<uint64_t>(number));
      }
    };
    (add(static_cast<int64_t>(immediates)), ...);
    return *this;
  }
  // A further number, as of br_table.
  BodyBuilder& number(uint64_t value) {
    WasmBuilder::u32(bytes_, value);
    return *this;
  }
  BodyBuilder& get(uint32_t local) { return op(Opcode::LocalGet, local); }
  BodyBuilder& set(uint32_t local) { return op(Opcode::LocalSet, local); }
  BodyBuilder& i32(int32_t value) { return op(Opcode::I32Const, value); }
  // Block types: none, or one result, as one byte; else the index of a type.
  BodyBuilder& block(Opcode opcode) { return op(opcode, 0x40); }
  BodyBuilder& block(Opcode opcode, ValType result) { return op(opcode, result.bits() & 0x7f); }
  BodyBuilder& typed(Opcode opcode, uint32_t type) { return op(opcode, type); }
  BodyBuilder& end() { return op(Opcode::End); }

  [[nodiscard]] const Bytes& bytes() const { return bytes_; }
  operator const Bytes&() const { return bytes_; }

 private:
  Bytes bytes_;
};

}  // namespace wembed
