// Random programs over structs, arrays and references do the same in every tier and mix, with
// collections at any time or hardly any.
#include <array>
#include <random>
#include <string>
#include <vector>

#include "../runtime/fixture.h"
#include "runtime/collection.h"
#include "tier/engine.h"

using namespace wembed;
using Bytes = WasmBuilder::Bytes;

namespace {

// Types of the module, by index, and what values of the programs are.
enum : uint8_t { kNode, kWide, kTexts, kRefs, kWalk, kRun };
enum class Kind : uint8_t { Int, Long, Double, Node, Wide, Text, Refs, Any, Eq };
constexpr std::array kKinds = {Kind::Int,  Kind::Long, Kind::Double, Kind::Node, Kind::Wide,
                               Kind::Text, Kind::Refs, Kind::Any,    Kind::Eq};
constexpr uint32_t kEach = 3;  // locals of each kind

Bytes type_of_kind(Kind kind) {
  switch (kind) {
    case Kind::Int: return {0x7f};
    case Kind::Long: return {0x7e};
    case Kind::Double: return {0x7c};
    case Kind::Node: return {0x63, kNode};
    case Kind::Wide: return {0x63, kWide};
    case Kind::Text: return {0x63, kTexts};
    case Kind::Refs: return {0x63, kRefs};
    case Kind::Any: return {0x6e};
    default: return {0x6d};
  }
}

// Writes one body. Statements change locals; what is made may be null now and then, and a program
// that traps over that is as good as any.
class Program {
 public:
  explicit Program(uint64_t seed) : random_(seed) {}

  Bytes make() {
    for (uint32_t i = 0; i < 30; i++) statement(3);
    // All there is goes into one number.
    for (uint32_t i = 0; i < kEach; i++) {
      get(Kind::Int, i);
      get(Kind::Long, i);
      byte(0xa7);
      byte(0x6a);
      get(Kind::Double, i);
      bytes({0xbd, 0xa7, 0x6a});
      for (Kind kind : {Kind::Node, Kind::Wide, Kind::Text, Kind::Refs, Kind::Any, Kind::Eq}) {
        get(kind, i);
        bytes({0x10, 0, 0x6a});
      }
      mix();
    }
    bytes({0x20, 0, 0x0b});
    Bytes body{static_cast<uint8_t>(kKinds.size() + 1)};
    WasmBuilder::append(body, {1, 0x7f});  // 0: the sum
    for (Kind kind : kKinds) {
      body.push_back(kEach);
      WasmBuilder::append(body, type_of_kind(kind));
    }
    WasmBuilder::append(body, code_);
    return body;
  }

 private:
  uint32_t below(uint32_t limit) { return static_cast<uint32_t>(random_() % limit); }
  bool chance(uint32_t percent) { return below(100) < percent; }
  void byte(uint32_t value) { code_.push_back(static_cast<uint8_t>(value)); }
  void bytes(std::initializer_list<uint8_t> list) { code_.insert(code_.end(), list); }
  static uint32_t local(Kind kind, uint32_t number) {
    return 1 + static_cast<uint32_t>(kind) * kEach + number;
  }
  void get(Kind kind, uint32_t number) { bytes({0x20, static_cast<uint8_t>(local(kind, number))}); }
  void constant(uint32_t value) {
    byte(0x41);
    WasmBuilder::s64(code_, static_cast<int32_t>(value));
  }
  void mix() { bytes({0x20, 0, 0x41, 31, 0x6c, 0x6a, 0x21, 0}); }

  // A reference that is hardly ever null.
  void object(Kind kind, uint32_t depth) {
    const uint32_t number = below(kEach);
    if (below(400) == 0) return get(kind, number);
    get(kind, number);
    byte(0xd1);
    byte(0x04);
    WasmBuilder::append(code_, type_of_kind(kind));
    fresh(kind, depth);
    byte(0x05);
    get(kind, number);
    byte(0x0b);
  }

  void fresh(Kind kind, uint32_t depth) {
    const uint32_t inner = depth == 0 ? 0 : depth - 1;
    switch (kind) {
      case Kind::Node:
      case Kind::Wide:
        if (chance(20)) return bytes({0xfb, 1, kind == Kind::Node ? kNode : kWide});
        value(Kind::Node, inner);
        value(Kind::Int, inner);
        value(Kind::Int, inner);
        if (kind == Kind::Node) return bytes({0xfb, 0, kNode});
        value(Kind::Long, inner);
        value(Kind::Any, inner);
        value(Kind::Int, inner);
        value(Kind::Double, inner);
        return bytes({0xfb, 0, kWide});
      case Kind::Text:
      case Kind::Refs: {
        const uint8_t type = kind == Kind::Text ? kTexts : kRefs;
        const Kind element = kind == Kind::Text ? Kind::Int : Kind::Any;
        if (chance(30)) {
          const uint32_t count = 8 + below(4);
          for (uint32_t i = 0; i < count; i++) value(element, i < 2 ? inner : 0);
          return bytes({0xfb, 8, type, static_cast<uint8_t>(count)});
        }
        const bool has_value = chance(50);
        if (has_value) value(element, inner);
        constant(8 + below(chance(5) ? 3'000 : 40));
        return bytes({0xfb, static_cast<uint8_t>(has_value ? 6 : 7), type});
      }
      default: value(Kind::Int, inner); return bytes({0xfb, 0x1c});
    }
  }

  // One that perhaps is of the kind: else null.
  void cast(Kind from, uint8_t to) {
    const uint32_t number = below(kEach);
    get(from, number);
    bytes({0xfb, 0x14, to});
    bytes({0x04, 0x63, to});
    get(from, number);
    bytes({0xfb, 0x16, to});
    bytes({0x05, 0xd0, to, 0x0b});
  }

  void value(Kind kind, uint32_t depth) {
    if (depth == 0 || chance(25)) {
      if (kind == Kind::Int && chance(30)) return constant(below(1000) - 500);
      return get(kind, below(kEach));
    }
    const uint32_t inner = depth - 1;
    switch (kind) {
      case Kind::Int: return number(inner);
      case Kind::Long:
        if (chance(50)) {
          value(Kind::Int, inner);
          return byte(0xac);
        }
        object(Kind::Wide, inner);
        return bytes({0xfb, 2, kWide, 3});
      case Kind::Double:
        if (chance(50)) {
          value(Kind::Int, inner);
          return byte(0xb7);
        }
        object(Kind::Wide, inner);
        return bytes({0xfb, 2, kWide, 6});
      case Kind::Node:
        switch (below(4)) {
          case 0: object(Kind::Node, inner); return bytes({0xfb, 2, kNode, 0});
          case 1: return value(Kind::Wide, inner);
          case 2: return cast(Kind::Any, kNode);
          default: return fresh(kind, inner);
        }
      case Kind::Wide: return chance(40) ? cast(Kind::Node, kWide) : fresh(kind, inner);
      case Kind::Text: return chance(30) ? cast(Kind::Eq, kTexts) : fresh(kind, inner);
      case Kind::Refs: return chance(30) ? cast(Kind::Any, kRefs) : fresh(kind, inner);
      case Kind::Any:
        switch (below(5)) {
          case 0: object(Kind::Wide, inner); return bytes({0xfb, 2, kWide, 4});
          case 1: return element(Kind::Refs, inner, 0x0b);
          case 2: return value(Kind::Eq, inner);
          case 3:  // there and back again
            value(Kind::Any, inner);
            return bytes({0xfb, 0x1b, 0xfb, 0x1a});
          default: return value(at_random({Kind::Node, Kind::Wide, Kind::Text, Kind::Refs}), inner);
        }
      default:
        if (chance(50)) return fresh(Kind::Eq, inner);
        return value(at_random({Kind::Node, Kind::Text, Kind::Refs}), inner);
    }
  }

  Kind at_random(std::initializer_list<Kind> kinds) {
    return *(kinds.begin() + below(static_cast<uint32_t>(kinds.size())));
  }

  void index(uint32_t depth) {
    value(Kind::Int, depth);
    constant(chance(2) ? 0xffff : 7);
    byte(0x71);
  }
  void element(Kind kind, uint32_t depth, uint8_t get) {
    object(kind, depth);
    index(depth);
    bytes({0xfb, get, kind == Kind::Text ? kTexts : kRefs});
  }

  void number(uint32_t depth) {
    switch (below(11)) {
      case 0: object(Kind::Node, depth); return bytes({0xfb, 2, kNode, 1});
      case 1:
        object(Kind::Node, depth);
        return bytes({0xfb, static_cast<uint8_t>(3 + below(2)), kNode, 2});
      case 2:
        object(Kind::Wide, depth);
        return bytes({0xfb, static_cast<uint8_t>(3 + below(2)), kWide, 5});
      case 3: return element(Kind::Text, depth, static_cast<uint8_t>(0x0c + below(2)));
      case 4: object(at_random({Kind::Text, Kind::Refs}), depth); return bytes({0xfb, 0x0f});
      case 5:
        value(at_random({Kind::Node, Kind::Any}), depth);
        return bytes({0xfb, static_cast<uint8_t>(0x14 + below(2)), kWide});
      case 6:
        value(Kind::Any, depth);
        return bytes(
            {0xfb, static_cast<uint8_t>(0x14 + below(2)), static_cast<uint8_t>(0x6a + below(5))});
      case 7:
        value(Kind::Eq, depth);
        value(at_random({Kind::Eq, Kind::Node, Kind::Text}), depth);
        return byte(0xd3);
      case 8:
        value(at_random({Kind::Node, Kind::Any, Kind::Eq, Kind::Text}), depth);
        return byte(0xd1);
      case 9: {
        // i31.get_s or _u of what is one
        const uint32_t number = below(kEach);
        get(Kind::Eq, number);
        bytes({0xfb, 0x14, 0x6c, 0x04, 0x7f});
        get(Kind::Eq, number);
        bytes({0xfb, 0x16, 0x6c, 0xfb, static_cast<uint8_t>(0x1d + below(2)), 0x05, 0x41, 3, 0x0b});
        return;
      }
      default:
        value(Kind::Int, depth);
        value(Kind::Int, depth);
        return byte(0x6a + below(3));
    }
  }

  void statement(uint32_t depth) {
    switch (below(12)) {
      case 0:
        object(Kind::Node, depth);
        value(Kind::Int, depth);
        return bytes({0xfb, 5, kNode, static_cast<uint8_t>(1 + below(2))});
      case 1:
        object(Kind::Node, depth);
        value(Kind::Node, depth);
        return bytes({0xfb, 5, kNode, 0});
      case 2:
        object(Kind::Wide, depth);
        value(Kind::Any, depth);
        return bytes({0xfb, 5, kWide, 4});
      case 3:
        object(Kind::Wide, depth);
        value(Kind::Long, depth);
        return bytes({0xfb, 5, kWide, 3});
      case 4: {
        const bool text = chance(50);
        object(text ? Kind::Text : Kind::Refs, depth);
        index(depth);
        value(text ? Kind::Int : Kind::Any, depth);
        return bytes({0xfb, 0x0e, text ? kTexts : kRefs});
      }
      case 5: {
        const bool text = chance(50);
        object(text ? Kind::Text : Kind::Refs, depth);
        constant(below(4));
        value(text ? Kind::Int : Kind::Any, depth);
        constant(below(5));
        return bytes({0xfb, 0x10, text ? kTexts : kRefs});
      }
      case 6: {
        const bool text = chance(50);
        const uint8_t type = text ? kTexts : kRefs;
        for (int i = 0; i < 2; i++) {
          object(text ? Kind::Text : Kind::Refs, depth);
          constant(below(4));
        }
        constant(below(5));
        return bytes({0xfb, 0x11, type, type});
      }
      case 7: {  // block (result anyref) ... br_on_cast(_fail); local.set
        bytes({0x02, 0x6e});
        value(Kind::Any, depth);
        const bool on_fail = chance(50);
        bytes({0xfb, static_cast<uint8_t>(on_fail ? 0x19 : 0x18), 1, 0, 0x6e, 0x6b});
        byte(0x1a);
        value(Kind::Any, depth);
        bytes({0x0b, 0x21, static_cast<uint8_t>(local(Kind::Any, below(kEach)))});
        return;
      }
      case 8:
        if (depth == 0) return;
        value(Kind::Int, depth);
        bytes({0x04, 0x40});
        statement(depth - 1);
        byte(0x05);
        statement(depth - 1);
        return byte(0x0b);
      default: {
        const Kind kind = kKinds[below(kKinds.size())];
        value(kind, depth);
        bytes({0x21, static_cast<uint8_t>(local(kind, below(kEach)))});
      }
    }
  }

  std::mt19937_64 random_;
  Bytes code_;
};

// Adds up what can be reached from a reference in a few steps: function 0.
Bytes walk() {
  // param 0 anyref; local 1 i32 sum, 2 node, 3 steps
  Bytes body{2, 2, 0x7f, 1, 0x63, kNode};
  auto add = [&](std::initializer_list<uint8_t> list) { body.insert(body.end(), list); };
  // if (ref.test i31) return i31.get_s
  add({0x20, 0, 0xfb, 0x14, 0x6c, 0x04, 0x40, 0x20, 0, 0xfb, 0x16, 0x6c, 0xfb, 0x1d, 0x0f, 0x0b});
  // if (ref.test text) return len * 3 + text[1]
  add({0x20, 0,      0xfb, 0x14, kTexts, 0x04, 0x40,   0x20, 0,    0xfb,
       0x16, kTexts, 0xfb, 0x0f, 0x41,   3,    0x6c,   0x20, 0,    0xfb,
       0x16, kTexts, 0x41, 1,    0xfb,   0x0c, kTexts, 0x6a, 0x0f, 0x0b});
  // if (ref.test refs) return len * 5 + (refs[2] is null)
  add({0x20,  0,    0xfb, 0x14, kRefs, 0x04, 0x40, 0x20, 0,    0xfb, 0x16,
       kRefs, 0xfb, 0x0f, 0x41, 5,     0x6c, 0x20, 0,    0xfb, 0x16, kRefs,
       0x41,  2,    0xfb, 0x0b, kRefs, 0xd1, 0x6a, 0x0f, 0x0b});
  // if (!ref.test node) return 7
  add({0x20, 0, 0xfb, 0x14, kNode, 0x45, 0x04, 0x40, 0x41, 7, 0x0f, 0x0b});
  add({0x20, 0, 0xfb, 0x16, kNode, 0x21, 3});
  // eight nodes at the most
  add({0x02, 0x40, 0x03, 0x40, 0x20, 3, 0xd1, 0x0d, 1, 0x20, 2, 0x41, 8, 0x46, 0x0d, 1});
  add({0x20, 1,    0x41, 3,    0x6c, 0x20,  3, 0xfb, 2,    kNode, 1,
       0x6a, 0x20, 3,    0xfb, 3,    kNode, 2, 0x6a, 0x21, 1});
  add({0x20, 3,    0xfb,  0x14, kWide, 0x04,  0x40, 0x20, 1,    0x20, 3,
       0xfb, 0x16, kWide, 0xfb, 4,     kWide, 5,    0x6a, 0x21, 1,    0x0b});
  add({0x20, 3, 0xfb, 2, kNode, 0, 0x21, 3, 0x20, 2, 0x41, 1, 0x6a, 0x21, 2, 0x0c, 0, 0x0b, 0x0b});
  add({0x20, 1, 0x0b});
  return body;
}

Bytes module_of(uint64_t seed) {
  WasmBuilder wasm;
  // sub (struct next, i32, i8); its subtype with i64, anyref, i16, f64; array i8; array anyref
  wasm.raw_type({0x50, 0, 0x5f, 3, 0x63, kNode, 1, 0x7f, 1, 0x78, 1});
  wasm.raw_type({0x50, 1, kNode, 0x5f, 7,    0x63, kNode, 1, 0x7f, 1,
                 0x78, 1, 0x7e,  1,    0x6e, 1,    0x77,  1, 0x7c, 1});
  wasm.raw_type({0x5e, 0x78, 1});
  wasm.raw_type({0x5e, 0x6e, 1});
  wasm.raw_type({0x60, 1, 0x6e, 1, 0x7f});
  const uint32_t run = wasm.type({}, {kI32});
  wasm.raw_function(kWalk, walk());
  wasm.export_as(std::to_string(seed), ExternKind::Func,
                 wasm.raw_function(run, Program(seed).make()));
  return wasm.finish();
}

struct Outcome {
  Trap trap = Trap::None;
  Slot result = 0;
  friend bool operator==(const Outcome&, const Outcome&) = default;
};

Outcome run(const Bytes& bytes, const Engine* engine, bool always) {
  choose_engine(engine);
  collect_always(always);
  Outcome outcome;
  {
    Fixture fixture;
    InstantiateOptions options;
    options.gc_heap_size = 16 << 20;
    Instance* instance = fixture.instantiate(bytes, options);
    CHECK(instance != nullptr);
    if (instance != nullptr) {
      const std::string_view name = instance->module->exports()[0].name;
      outcome.trap = call(*instance, name, {}, &outcome.result);
      close_instance(*instance);
    }
  }
  collect_always(false);
  choose_engine(nullptr);
  return outcome;
}

}  // namespace

TEST_CASE(every_mix_does_the_same_with_objects) {
  uint32_t good = 0;
  constexpr uint64_t kPrograms = 1'000;
  for (uint64_t seed = 1; seed <= kPrograms; seed++) {
    const Bytes bytes = module_of(seed);
    const Outcome wanted = run(bytes, &test_tier::engine(), false);
    CHECK(run(bytes, nullptr, false) == wanted);
    CHECK(run(bytes, nullptr, true) == wanted);
    CHECK(run(bytes, &test_tier::engine(), true) == wanted);
    CHECK(run(bytes, &test_tier::random_engine(seed), seed % 2 == 0) == wanted);
    if (wanted.trap == Trap::None) good++;
  }
  // Most come to their ends.
  CHECK(good > kPrograms / 3);
}
