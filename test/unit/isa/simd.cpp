// The forms of the vector instructions agree on random operands and on edges.
#include <cstring>
#include <string_view>

#include "check.h"
#include "simd/form.h"

using namespace wembed;
using namespace wembed::simd_test;

namespace {

// Numbers that are special for some lane's width.
constexpr uint64_t kEdges[] = {
    0,
    ~0ull,
    0x8080808080808080,  // least numbers
    0x8000800080008000,
    0x8000000080000000,
    0x8000000000000000,
    0x7f7f7f7f7f7f7f7f,  // greatest numbers
    0x7fff7fff7fff7fff,
    0x7fffffff7fffffff,
    0x7fffffffffffffff,
    0x0001000100010001,
    0x1f100f0e80ff7f10,  // numbers of lanes
    0x00ff00ff00ff00ff,
    0xff80ff80007f007f,
    0x7fc000007f800001,  // f32: NaN quiet, signalling; infinities; -0, 0; the least ones
    0xffc00001ff800000,
    0x7f80000080000000,
    0x0000000180000001,
    0x4f0000004effffff,  // 2^31 and below; -2^31, 2^32
    0xcf0000004f800000,
    0x3f0000003fc00000,  // 0.5, 1.5; -0.5, 2.5; 2^23 and a half less
    0xbf00000040200000,
    0x4b0000004affffff,
    0x7ff8000000000000,  // f64: NaN quiet, signalling; infinities; the least one
    0xfff0000000000001,
    0x7ff0000000000000,
    0xfff0000000000000,
    0x0000000000000001,
    0x41dfffffffc00000,  // 2^31 - 1, 2^31, -2^31 and beyond, 2^32 - 1, 2^32
    0x41e0000000000000,
    0xc1e0000000000000,
    0xc1e0000000200000,
    0x41efffffffe00000,
    0x41f0000000000000,
    0x3fe0000000000000,  // 0.5, 2.5, -0.5; 2^52 and a half less
    0x4004000000000000,
    0xbfe0000000000000,
    0x4330000000000000,
    0x432fffffffffffff,
};
constexpr size_t kEdgeCount = sizeof kEdges / sizeof *kEdges;

class Random {
 public:
  uint64_t next() {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 7;
    state_ ^= state_ << 17;
    return state_;
  }

 private:
  uint64_t state_ = 0x9e3779b97f4a7c15;
};

// Random words, edges, and edges of which one half is random.
uint64_t word(Random& random) {
  uint64_t any = random.next();
  uint64_t edge = kEdges[random.next() % kEdgeCount];
  switch (random.next() % 4) {
    case 0: return any;
    case 1: return (edge & 0xffffffff) | (any << 32);
    default: return edge;
  }
}

// What NaN arithmetic gives is left open: instructions whose NaNs are compared as such alone.
bool is_arithmetic(std::string_view name) {
  if (name[0] != 'F') return false;
  for (std::string_view part : {"Add", "Sub", "Mul", "Div", "Sqrt", "add", "Demote", "Promote"}) {
    if (name.find(part) != std::string_view::npos) return true;
  }
  return false;
}

template <class B> void unify_nans(uint8_t (&lanes)[16], B exponent) {
  for (size_t at = 0; at < 16; at += sizeof(B)) {
    B bits;
    std::memcpy(&bits, lanes + at, sizeof bits);
    constexpr B kMagnitude = static_cast<B>(~B{0}) >> 1;
    if ((bits & kMagnitude) > exponent) bits = kMagnitude;
    std::memcpy(lanes + at, &bits, sizeof bits);
  }
}

void unify(std::string_view name, uint8_t (&lanes)[16]) {
  if (!is_arithmetic(name)) return;
  bool singles = name.substr(0, 3) == "F32";
  if (singles) unify_nans<uint32_t>(lanes, 0x7f800000);
  if (!singles) unify_nans<uint64_t>(lanes, 0x7ff0000000000000);
}

void compare(const Form& form) {
  const Form portable = portable_form();
  REQUIRE(form.count == portable.count);
  Random random;
  for (size_t i = 0; i < form.count; i++) {
    const char* name = portable.operations[i].name;
    for (int round = 0; round < 20'000; round++) {
      Operands in;
      for (auto& vector : in.vectors) {
        uint64_t words[2] = {word(random), word(random)};
        std::memcpy(vector, words, sizeof words);
      }
      in.number = random.next();
      // Equal operands are an edge of their own.
      if (round % 16 == 0) std::memcpy(in.vectors[1], in.vectors[0], 16);
      uint8_t wanted[16], got[16];
      portable.operations[i].run(in, wanted);
      form.operations[i].run(in, got);
      unify(name, wanted);
      unify(name, got);
      if (std::memcmp(wanted, got, 16) == 0) continue;
      check::fail(__FILE__, __LINE__, name, "the forms differ");
      break;
    }
  }
}

}  // namespace

TEST_CASE(portable_form_has_every_operation) { CHECK(portable_form().count > 230); }

TEST_CASE(base_form_is_the_portable_one) { compare(base_form()); }

TEST_CASE(v2_form_is_the_portable_one) { compare(v2_form()); }

// Of the portable form itself, what is easy to get wrong: against numbers written down here.
TEST_CASE(edges_of_the_portable_form) {
  struct Edge {
    const char* name;
    uint64_t a, b, number, wanted;
  };
  constexpr Edge kKnown[] = {
      {"I8x16AddSatS", 0x7f80, 0x01ff, 0, 0x7f80},
      {"I8x16SubSatU", 0x0001, 0x0002, 0, 0},
      {"I16x8Q15mulrSatS", 0x8000, 0x8000, 0, 0x7fff},
      {"I8x16ShrS", 0x80, 0, 9, 0xc0},
      {"I64x2ShrS", 0x8000000000000000, 0, 65, 0xc000000000000000},
      {"I8x16NarrowI16x8U", 0xffff012c, 0, 0, 0x00ff},
      {"I32x4DotI16x8S", 0x80008000, 0x80008000, 0, 0x80000000},
      {"F32x4Min", 0x00000000, 0x80000000, 0, 0x80000000},
      {"F32x4Max", 0x7fa00000, 0x3f800000, 0, 0x7fe00000},
      {"F32x4Nearest", 0x40200000, 0, 0, 0x40000000},
      {"F32x4Ceil", 0xbf000000, 0, 0, 0x80000000},
      {"I32x4TruncSatF32x4S", 0x4f000000, 0, 0, 0x7fffffff},
      {"I32x4TruncSatF32x4U", 0x4f800000, 0, 0, 0xffffffff},
      {"I32x4TruncSatF64x2UZero", 0x41efffffffe00000, 0, 0, 0xffffffff},
      {"F64x2ConvertLowI32x4U", 0xffffffff, 0, 0, 0x41efffffffe00000},
      {"I16x8RelaxedDotI8x16I7x16S", 0x8080, 0x8080, 0, 0x8000},
  };
  const Form form = portable_form();
  for (const Edge& edge : kKnown) {
    for (size_t i = 0; i < form.count; i++) {
      if (std::strcmp(form.operations[i].name, edge.name) != 0) continue;
      Operands in = {};
      std::memcpy(in.vectors[0], &edge.a, sizeof edge.a);
      std::memcpy(in.vectors[1], &edge.b, sizeof edge.b);
      in.number = edge.number;
      uint8_t out[16];
      form.operations[i].run(in, out);
      uint64_t low;
      std::memcpy(&low, out, sizeof low);
      if (low != edge.wanted) check::fail(__FILE__, __LINE__, edge.name, "another result");
    }
  }
}
