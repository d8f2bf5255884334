// Every row of x64_encodings.def in every form of its operands, compared with the bytes that the
// system's assembler made of its text: encodings.def, which test/jit/encodings.ts makes.
// WEMBED_ENCODINGS=FILE writes the texts there.
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "../check.h"
#include "base/system_allocator.h"
#include "jit/asm/assembler.h"

using namespace wembed;
using namespace wembed::jit;

namespace {

constexpr const char* kWords[] = {"rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi"};

std::string general(MachineRegister reg, uint32_t bytes) {
  if (reg >= kR8) {
    const char* suffix = bytes == 8 ? "" : bytes == 4 ? "d" : bytes == 2 ? "w" : "b";
    return "r" + std::to_string(reg) + suffix;
  }
  const std::string word = kWords[reg];
  if (bytes == 8) return word;
  if (bytes == 4) return "e" + word.substr(1);
  if (bytes == 2) return word.substr(1);
  return reg < 4 ? word.substr(1, 1) + "l" : word.substr(1) + "l";
}

uint32_t bytes_of(Field field, bool is_wide) {
  switch (field) {
    case Field::Byte: return 1;
    case Field::Word: return 2;
    case Field::Half:
    case Field::Memory32: return 4;
    case Field::Memory64:
    case Field::Whole: return 8;
    case Field::Memory128: return 16;
    default: return is_wide ? 8 : 4;
  }
}

std::string register_text(Field field, MachineRegister reg, bool is_wide) {
  if (is_float(field)) return "xmm" + std::to_string(reg & 15);
  return general(reg, bytes_of(field, is_wide));
}

std::string place_text(Field field, const Place& place, bool is_wide) {
  if (!place.is_memory) return register_text(field, place.base, is_wide);
  const uint32_t bytes = bytes_of(field, is_wide);
  std::string text = field == Field::Address ? ""
                     : bytes == 1            ? "byte ptr "
                     : bytes == 2            ? "word ptr "
                     : bytes == 4            ? "dword ptr "
                     : bytes == 8            ? "qword ptr "
                                             : "xmmword ptr ";
  const bool has_base = place.base != Place::kNoRegister;
  text += "[" + (has_base ? general(place.base, 8) : "");
  if (place.index != Place::kNoRegister) {
    text +=
        (has_base ? "+" : "") + general(place.index, 8) + "*" + std::to_string(1 << place.scale);
  }
  if (place.displacement != 0)
    text += (place.displacement < 0 ? "" : "+") + std::to_string(place.displacement);
  return text + "]";
}

struct Form {
  Encoding encoding;
  bool is_wide;
  MachineRegister reg;
  Place place;
  int32_t immediate;
  Condition condition;
};

bool has_condition(Encoding encoding) {
  return encoding == Encoding::MovIf || encoding == Encoding::SetIf;
}

// Braces: which of two encodings of the same instruction is meant.
std::string text_of(const Form& form) {
  const EncodingRow& row = row_of(form.encoding);
  const bool is_wide = form.is_wide || row.wide == WideBit::Always;
  std::string text = row.order == Order::To ? "{load} " : "{store} ";
  text += row.text;
  if (has_condition(form.encoding)) text += condition_text(form.condition);
  const std::string place = place_text(row.rm, form.place, is_wide);
  if (row.digit >= 0) {
    text += " " + place;
    if (row.opcode == 0xd3) text += ", cl";
  } else {
    const std::string reg = register_text(row.reg, form.reg, is_wide);
    text += row.order == Order::To ? " " + reg + ", " + place : " " + place + ", " + reg;
  }
  if (row.immediate != 0) text += ", " + std::to_string(form.immediate);
  return text;
}

std::string bytes_of(const Form& form) {
  Allocator allocator = system_allocator();
  Assembler code(allocator);
  code.emit(form.encoding, form.is_wide, form.reg, form.place, form.immediate, form.condition);
  std::string text;
  for (uint32_t i = 0; i < code.size(); i++) {
    char byte[3];
    std::snprintf(byte, sizeof byte, "%02x", code.code()[i]);
    text += byte;
  }
  return text;
}

// Shorter encodings exist for these, which are not used: with rax as the operand, and of constants
// into registers.
bool is_other_form(const Form& form) {
  const EncodingRow& row = row_of(form.encoding);
  if (form.place.is_memory) return false;
  if (form.encoding == Encoding::MovImmediate8) return true;
  if (row.immediate != 4) return false;
  if (form.encoding == Encoding::MovImmediate) return !form.is_wide;
  return form.encoding != Encoding::MultiplyImmediate && form.place.base == kRax;
}

std::vector<Place> places(Field field) {
  std::vector<Place> all;
  if (field != Field::Address) {
    const MachineRegister first = is_float(field) ? kXmm0 : kRax;
    for (MachineRegister reg : {kRax, kRcx, kRbx, kRsp, kRbp, kRsi, kRdi, kR8, kR12, kR13, kR15}) {
      all.push_back(Place::of(static_cast<MachineRegister>(first + reg)));
    }
  }
  for (MachineRegister base : {kRax, kRsp, kRbp, kR12, kR13}) {
    for (int32_t displacement : {0, -128, 128}) {
      all.push_back(Place::at(base, displacement));
      all.push_back(Place::at(base, kRbp, 2, displacement));
      all.push_back(Place::at(base, kR12, 3, displacement));
    }
  }
  all.push_back(Place::at(Place::kNoRegister, kRbp, 1, 128));
  all.push_back(Place::at(Place::kNoRegister, kR12, 3, -1));
  return all;
}

void add_forms(std::vector<Form>& all, Encoding encoding) {
  const EncodingRow& row = row_of(encoding);
  uint8_t next = 0;  // registers and conditions in turn
  for (bool is_wide : {false, true}) {
    if (is_wide && row.wide != WideBit::Open) continue;
    for (const Place& place : places(row.rm)) {
      const bool is_rm_only =
          encoding == Encoding::MovToDouble || encoding == Encoding::MovFromDouble;
      if (is_rm_only && place.is_memory) continue;  // of these the assembler has shorter ones
      next = static_cast<uint8_t>((next + 5) & 15);
      const auto reg = static_cast<MachineRegister>(is_float(row.reg) ? kXmm0 + next : next);
      const int32_t immediate = row.immediate == 4 ? 0x12345678 : row.immediate == 1 ? 7 : 0;
      const Form form{encoding, is_wide, reg, place, immediate, static_cast<Condition>(next)};
      if (!is_other_form(form)) all.push_back(form);
    }
  }
}

std::vector<Form> forms() {
  std::vector<Form> all;
  for (int i = 0; i < kEncodings; i++) add_forms(all, static_cast<Encoding>(i));
  return all;
}

const char* const kExpected[] = {
#include "encodings.def"
};

}  // namespace

TEST_CASE(every_form_is_encoded_as_the_assembler_does) {
  const std::vector<Form> all = forms();
  if (const char* path = std::getenv("WEMBED_ENCODINGS"); path != nullptr) {
    FILE* file = std::fopen(path, "w");
    REQUIRE(file != nullptr);
    for (const Form& form : all) std::fprintf(file, "%s\n", text_of(form).c_str());
    std::fclose(file);
    return;
  }
  REQUIRE(std::size(kExpected) == all.size());
  for (size_t i = 0; i < all.size(); i++) {
    CHECK_EQ(text_of(all[i]) + ": " + bytes_of(all[i]), text_of(all[i]) + ": " + kExpected[i]);
  }
}
