// Prints the register code of a module's functions:
//   wembed_listing [--checked] [--metered] FILE.wasm
// as it is for guarded memory and without fuel, or otherwise. A slot L0 is a local, S0 an operand's
// home, A the accumulator; @12 is a position in the function's code.
#include <cinttypes>
#include <cstdio>
#include <cstring>
#include <string>
#include <string_view>
#include <unordered_map>

#include "golden/input.h"
#include "golden/operations.h"
#include "interp/dispatch.h"
#include "interp/translate.h"
#include "runtime/engine.h"

namespace wembed::golden {

namespace {

class Listing {
 public:
  Listing(uint32_t function, const uint64_t* ops, uint32_t words)
      : function_(function), ops_(ops), words_(words) {
    for (uint32_t i = 0; i < kRegOps; i++) known_[handler_word(static_cast<RegOp>(i))] = i;
  }

  bool print() {
    uint32_t locals = static_cast<uint32_t>(ops_[-1]);
    uint32_t all = static_cast<uint32_t>(ops_[-1] >> 32);
    locals_ = static_cast<int>(locals);
    std::printf("function %u: %u slots of locals, %u in all\n", function_, locals, all);
    for (at_ = 0; at_ < words_;) {
      auto found = known_.find(ops_[at_]);
      if (found == known_.end()) return false;
      const Operation& op = operation(static_cast<RegOp>(found->second));
      std::string line = op.name;
      next_ = at_ + op.words;
      if (op.form != nullptr) {
        for (char c : std::string_view(op.form)) {
          if (c != ' ') line += " " + operand(op, c);
        }
      }
      std::printf("%5u  %s\n", at_, line.c_str());
      at_ = next_;
    }
    return true;
  }

 private:
  [[nodiscard]] int field(int k) const {
    int16_t value;
    std::memcpy(&value, reinterpret_cast<const uint8_t*>(ops_ + at_ + 1) + 2 * k, sizeof value);
    return value;
  }
  [[nodiscard]] int32_t half(uint32_t word, int high) const {
    return static_cast<int32_t>(ops_[at_ + word] >> (32 * high));
  }
  [[nodiscard]] std::string slot(int slot) const {
    return slot < 0 ? "L" + std::to_string(slot + locals_)
                    : "S" + std::to_string(slot - kLinkSlots);
  }
  static std::string number(uint64_t value) {
    if (value < 4096) return std::to_string(value);
    char text[32];
    std::snprintf(text, sizeof text, "0x%" PRIx64, value);
    return text;
  }
  [[nodiscard]] std::string target(uint32_t word) const {
    return "@" + std::to_string(static_cast<int64_t>(at_ + word - 1) + half(word, 1));
  }
  std::string operand(const Operation& op, char c) {
    switch (c) {
      case 'd':
      case '0': return slot(field(0));
      case '1':
      case '2':
      case '3': return slot(field(c - '0'));
      case 'r': return slot(field(0)) + "..";
      case 'A': return "A";
      case '#': return number(op.is_wide ? ops_[at_ + 2] : static_cast<uint32_t>(half(1, 1)));
      case 'i': return number(static_cast<uint32_t>(half(1, 1)));
      case 'w': return number(ops_[at_ + 2]);
      case 'x': return number(ops_[at_ + 3]);
      case 'k': return number(static_cast<uint32_t>(half(3, 0)));
      case 'n': return std::to_string(field(1));
      case 'm': return std::to_string(field(2));
      case 'M': return std::to_string(field(3));
      case 'b': return number(ops_[at_ + 2]) + ":" + number(ops_[at_ + 3]);
      case 'v': return slot(half(2, 0));
      case 'V': return slot(half(2, 1));
      case 'h': return number(static_cast<uint32_t>(half(2, 0)));
      case 'H': return number(static_cast<uint32_t>(half(2, 1)));
      case 'l': return std::to_string(half(4, 1)) + " slots";
      case 'a': return slot(half(1, 1));
      case 'y': return "type";
      case 't': return target(1);
      case 'f': {
        const Code* callee = reinterpret_cast<const Code*>(ops_[at_ + 2]);
        return "f" + std::to_string(callee->function);
      }
      case 'T': {
        std::string text = "[";
        uint32_t count = static_cast<uint32_t>(half(1, 1));
        for (uint32_t i = 0; i < count; i++) text += (i == 0 ? "" : " ") + target(2 + i);
        next_ += count;
        return text + "]";
      }
      default: return "?";
    }
  }

  uint32_t function_;
  const uint64_t* ops_;
  uint32_t words_;
  std::unordered_map<uint64_t, uint32_t> known_;
  int locals_ = 0;
  uint32_t at_ = 0;
  uint32_t next_ = 0;
};

bool print_functions(const Module& module, Code* codes, Allocator& allocator) {
  bool is_right = true;
  const uint32_t imports = module.imported_function_count();
  for (uint32_t i = 0; imports + i < module.function_count(); i++) {
    Translation made;
    if (translate(codes[i], {}, made) != Error::None) return false;
    Listing listing(imports + i, made.ops(), made.words);
    if (!listing.print()) is_right = false;
    allocator.release(made.block);
  }
  return is_right;
}

}  // namespace

int run(int argc, char** argv) {
  Variant variant{true, false};
  const char* path = nullptr;
  for (int i = 1; i < argc; i++) {
    if (!set_variant(argv[i], variant)) path = argv[i];
  }
  return print_module(path, "wembed_listing [--checked] [--metered] FILE.wasm", variant,
                      print_functions);
}

}  // namespace wembed::golden

int main(int argc, char** argv) { return wembed::golden::run(argc, argv); }
