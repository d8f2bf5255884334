// printf and the like. The format is read here, character by character; arguments are 4 or 8 bytes
// of an area in the guest's memory, as its compiler puts them there.
#include <algorithm>
#include <bit>
#include <cstring>

#include "libc/conversion.h"
#include "libc/functions.h"
#include "runtime/native_stack.h"

namespace wembed::libc {

namespace {

// The arguments behind a format, taken in turn.
class Arguments {
 public:
  Arguments(Call& call, Output& out, uint64_t area) : call_(call), out_(out), at_(area) {}

  uint32_t word() { return take<uint32_t>(); }
  uint64_t wide() {
    at_ = (at_ + 7) / 8 * 8;
    return take<uint64_t>();
  }
  uint64_t pointer() { return call_.is_wide() ? wide() : word(); }

 private:
  template <class Value> Value take() {
    Value value = 0;
    const uint8_t* bytes = call_.range(at_, sizeof(value));
    if (bytes == nullptr) {
      out_.stop(Trap::MemoryOutOfBounds);
      return 0;
    }
    std::memcpy(&value, bytes, sizeof(value));
    at_ += sizeof(value);
    return value;
  }

  Call& call_;
  Output& out_;
  uint64_t at_;
};

class Formatter {
 public:
  Formatter(Call& call, Output& out, const Text& format, uint64_t area)
      : call_(call), out_(out), format_(format), arguments_(call, out, area) {}

  void run() {
    while (at_ < format_.length && out_.trap() == Trap::None) {
      const uint8_t* text = format_.data + at_;
      uint64_t plain = 0;
      out_.stop(call_.count_until(text, '%', format_.length - at_, plain));
      out_.put(reinterpret_cast<const char*>(text), plain);
      at_ += plain;
      if (at_ < format_.length && out_.trap() == Trap::None) convert();
    }
  }

 private:
  // Looks for requests to stop as well: a format may be as long as the guest's memory.
  char next() {
    if (at_ % Bulk::kPiece == Bulk::kPiece - 1) out_.stop(call_.bulk().look());
    if (at_ >= format_.length || out_.trap() != Trap::None) return 0;
    return static_cast<char>(format_.data[at_]);
  }

  void convert() {
    at_++;
    Conversion conversion;
    read_flags(conversion);
    read_length(conversion);
    conversion.letter = next();
    if (at_ < format_.length) at_++;
    write(conversion);
  }

  // Flags, width and precision, in any order and number.
  void read_flags(Conversion& conversion) {
    for (;; at_++) {
      switch (char c = next(); c) {
        case '-': conversion.is_left = true; break;
        case '+': conversion.has_plus = true; break;
        case ' ': conversion.has_space = true; break;
        case '#': conversion.is_alternate = true; break;
        case '.':
          conversion.has_precision = true;
          conversion.precision = 0;
          break;
        case '*': take_number(conversion); break;
        default:
          if (c < '0' || c > '9') return;
          add_digit(conversion, static_cast<uint32_t>(c - '0'));
      }
    }
  }

  static void add_digit(Conversion& conversion, uint32_t digit) {
    uint32_t& number = conversion.has_precision ? conversion.precision : conversion.width;
    if (digit == 0 && number == 0 && !conversion.has_precision) conversion.has_zeros = true;
    number = static_cast<uint32_t>(std::min<uint64_t>(uint64_t{number} * 10 + digit, INT32_MAX));
  }

  // A negative width is a flag and a width, a negative precision none at all.
  void take_number(Conversion& conversion) {
    auto number = static_cast<int32_t>(arguments_.word());
    if (conversion.has_precision) {
      conversion.has_precision = number >= 0;
      conversion.precision = number < 0 ? 0 : static_cast<uint32_t>(number);
      return;
    }
    if (number < 0) conversion.is_left = true;
    int64_t width = number;
    conversion.width =
        static_cast<uint32_t>(std::min<int64_t>(width < 0 ? -width : width, INT32_MAX));
  }

  void read_length(Conversion& conversion) {
    switch (next()) {
      case 'h':
        at_++;
        conversion.length = next() == 'h' ? Length::Char : Length::Short;
        while (next() == 'h') at_++;
        break;
      case 'l':
        at_++;
        conversion.length = next() == 'l' || call_.is_wide() ? Length::Wide : Length::Word;
        while (next() == 'l') at_++;
        break;
      case 'j':
        at_++;
        conversion.length = Length::Wide;
        break;
      case 'z':
      case 't':
        at_++;
        if (call_.is_wide()) conversion.length = Length::Wide;
        break;
      default: break;
    }
  }

  void write(const Conversion& conversion) {
    switch (conversion.letter) {
      case 'd':
      case 'i': return write_signed(conversion);
      case 'o':
      case 'u':
      case 'x':
      case 'X': return write_unsigned(conversion);
      case 'e':
      case 'E':
      case 'f':
      case 'F':
      case 'g':
      case 'G':
      case 'a':
      case 'A': {
        auto value = std::bit_cast<double>(arguments_.wide());
        if (out_.trap() == Trap::None) write_double(out_, conversion, value);
        return;
      }
      case 'c': {
        auto c = static_cast<char>(arguments_.word());
        if (out_.trap() == Trap::None) write_text(out_, conversion, &c, 1);
        return;
      }
      case 's': return write_string(conversion);
      case 'p': return write_pointer(conversion);
      case 'n':
      case 0: return;
      case '%': return out_.put('%');
      default: out_.put('%'); out_.put(conversion.letter);
    }
  }

  void write_signed(const Conversion& conversion) {
    int64_t value = 0;
    switch (conversion.length) {
      case Length::Char: value = static_cast<int8_t>(arguments_.word()); break;
      case Length::Short: value = static_cast<int16_t>(arguments_.word()); break;
      case Length::Word: value = static_cast<int32_t>(arguments_.word()); break;
      case Length::Wide: value = static_cast<int64_t>(arguments_.wide()); break;
    }
    auto bits = static_cast<uint64_t>(value);
    if (out_.trap() == Trap::None) {
      write_integer(out_, conversion, value < 0 ? 0 - bits : bits, value < 0);
    }
  }

  void write_unsigned(const Conversion& conversion) {
    uint64_t value = 0;
    switch (conversion.length) {
      case Length::Char: value = static_cast<uint8_t>(arguments_.word()); break;
      case Length::Short: value = static_cast<uint16_t>(arguments_.word()); break;
      case Length::Word: value = arguments_.word(); break;
      case Length::Wide: value = arguments_.wide(); break;
    }
    if (out_.trap() == Trap::None) write_integer(out_, conversion, value, false);
  }

  // An empty string at address 0 is shown as the null it most likely is. One with a precision need
  // not end before that.
  void write_string(const Conversion& conversion) {
    uint64_t offset = arguments_.pointer();
    if (out_.trap() != Trap::None) return;
    GuestSpan span = call_.from(offset);
    if (span.data == nullptr) return out_.stop(Trap::MemoryOutOfBounds);
    bool is_bounded = conversion.has_precision && conversion.precision <= span.size;
    uint64_t most = is_bounded ? conversion.precision : span.size;
    uint64_t length = 0;
    out_.stop(call_.count_until(span.data, 0, most, length));
    if (length == most && !is_bounded) return out_.stop(Trap::MemoryOutOfBounds);
    if (conversion.has_precision) length = std::min<uint64_t>(length, conversion.precision);
    const char* text = reinterpret_cast<const char*>(span.data);
    if (offset == 0 && span.size > 0 && span.data[0] == 0) {
      text = "(null)";
      length = std::strlen(text);
      if (conversion.has_precision) length = std::min<uint64_t>(length, conversion.precision);
    }
    write_text(out_, conversion, text, length);
  }

  void write_pointer(Conversion conversion) {
    constexpr char kNull[] = "(nil)";
    uint64_t value = arguments_.pointer();
    if (out_.trap() != Trap::None) return;
    if (value == 0) return write_text(out_, conversion, kNull, sizeof(kNull) - 1);
    conversion.letter = 'x';
    conversion.is_alternate = true;
    write_integer(out_, conversion, value, false);
  }

  Call& call_;
  Output& out_;
  Text format_;
  Arguments arguments_;
  uint64_t at_ = 0;
};

// What printf and its kind return: how much there was to put out, -1 when that is no int.
Trap format(Call& call, Output& out, uint32_t format_index) {
  Text text;
  if (Trap trap = call.string(call.pointer(format_index), text); trap != Trap::None) return trap;
  Formatter(call, out, text, call.pointer(format_index + 1)).run();
  out.finish();
  if (out.trap() != Trap::None) return out.trap();
  return call.give(out.count() > INT32_MAX ? UINT32_MAX : static_cast<uint32_t>(out.count()));
}

// A number with all its digits, and the text that is to be printed, are on the native stack.
constexpr size_t kStack = 4096;

bool has_stack(const Call& call) { return native_stack_has(call.env(), kStack); }

}  // namespace

Trap print_formatted(Call& call) {
  if (!has_stack(call)) return Trap::NativeStackOverflow;
  Output out(call);
  return format(call, out, 0);
}

Trap print_into(Call& call) {
  if (!has_stack(call)) return Trap::NativeStackOverflow;
  GuestSpan target = call.from(call.pointer(0));
  if (target.size == 0) return Trap::MemoryOutOfBounds;
  Output out(call, target.data, target.size);
  return format(call, out, 1);
}

Trap print_into_bounded(Call& call) {
  if (!has_stack(call)) return Trap::NativeStackOverflow;
  uint8_t* target = call.range(call.pointer(0), call.word(1));
  if (target == nullptr) return Trap::MemoryOutOfBounds;
  Output out(call, target, call.word(1));
  return format(call, out, 2);
}

Trap print_line(Call& call) {
  if (!has_stack(call)) return Trap::NativeStackOverflow;
  Text text;
  if (Trap trap = call.string(call.pointer(0), text); trap != Trap::None) return trap;
  Output out(call);
  out.put(reinterpret_cast<const char*>(text.data), text.length);
  out.put('\n');
  out.finish();
  return out.trap() != Trap::None ? out.trap() : call.give_wide(static_cast<uint32_t>(out.count()));
}

Trap print_character(Call& call) {
  if (!has_stack(call)) return Trap::NativeStackOverflow;
  Output out(call);
  out.put(static_cast<char>(call.word(0)));
  out.finish();
  return call.give(1);
}

}  // namespace wembed::libc
