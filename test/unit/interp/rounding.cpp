// Products are rounded before anything is added to them, in every form of operands that the
// interpreter joins into one operation.
#include <array>
#include <bit>
#include <string>

#include "../runtime/fixture.h"

using namespace wembed;
using Bytes = WasmBuilder::Bytes;

namespace {

// The product of kFactor with itself lies half way between two numbers: rounded, and kTerm added,
// it is 0; fused it is what rounding took away.
template <class F> struct Halfway;
template <> struct Halfway<double> {
  static constexpr double factor = 0x1.0000002p0, term = -0x1.0000004p0;
  static constexpr uint8_t type = 0x7c, constant = 0x44, abs = 0x99;
  static Slot slot(double value) { return std::bit_cast<uint64_t>(value); }
};
template <> struct Halfway<float> {
  static constexpr float factor = 0x1.001p0f, term = -0x1.002p0f;
  static constexpr uint8_t type = 0x7d, constant = 0x43, abs = 0x8b;
  static Slot slot(float value) { return std::bit_cast<uint32_t>(value); }
};

template <class F> Bytes constant(F value) {
  Bytes out{Halfway<F>::constant};
  auto raw = std::bit_cast<std::array<uint8_t, sizeof(F)>>(value);
  out.insert(out.end(), raw.begin(), raw.end());
  return out;
}

Bytes join(std::initializer_list<Bytes> parts) {
  Bytes out;
  for (const Bytes& part : parts) WasmBuilder::append(out, part);
  return out;
}

template <class F> void check_forms() {
  using Edge = Halfway<F>;
  constexpr uint8_t kAbs = Edge::abs, kNeg = kAbs + 1;
  constexpr uint8_t kAdd = kAbs + 7, kSub = kAdd + 1, kMul = kAdd + 2;
  const Bytes x{0x20, 0}, y{0x20, 1}, z{0x20, 2};
  const Bytes held{0x20, 0, kAbs};  // the factor, as what the operation before has left
  const Bytes held_term{0x20, 3, kAbs, kNeg};
  const Bytes factors[] = {join({x, y}), join({x, constant(Edge::factor)}), join({held, y}),
                           join({held, constant(Edge::factor)}), join({x, held})};
  WasmBuilder wasm;
  ValType type(Edge::type);
  uint32_t signature = wasm.type({type, type, type, type}, {type});
  uint32_t count = 0;
  auto add = [&](const Bytes& code) {
    uint32_t index = wasm.function(signature, join({code, {0x0b}}));
    wasm.export_as("f" + std::to_string(count++), ExternKind::Func, index);
  };
  for (const Bytes& pair : factors) {
    for (const Bytes& term : {z, held_term, constant(Edge::term)}) {
      add(join({pair, {kMul}, term, {kAdd}}));
      add(join({term, pair, {kMul, kAdd}}));
      // The term's negation less the product, and the product less it.
      add(join({term, {kNeg}, pair, {kMul, kSub}}));
      add(join({pair, {kMul}, term, {kNeg}, {kSub}}));
    }
  }
  Bytes bytes = wasm.finish();
  Fixture fixture;
  Instance* instance = fixture.instantiate(bytes);
  REQUIRE(instance != nullptr);
  for (uint32_t i = 0; i < count; i++) {
    Slot factor = Edge::slot(Edge::factor), term = Edge::slot(Edge::term), result = 1;
    CHECK_EQ(call(*instance, "f" + std::to_string(i), {factor, factor, term, term}, &result),
             Trap::None);
    CHECK_EQ(result, 0u);
  }
  close_instance(*instance);
}

}  // namespace

TEST_CASE(doubles_are_rounded_before_they_are_added) { check_forms<double>(); }
TEST_CASE(floats_are_rounded_before_they_are_added) { check_forms<float>(); }

// A host's library that was linked with -ffast-math would have turned them off for the process.
TEST_CASE(numbers_below_the_normal_ones_are_kept) {
  WasmBuilder wasm;
  uint32_t type = wasm.type({kF64, kF64}, {kF64});
  wasm.export_as("add", ExternKind::Func, wasm.function(type, {0x20, 0, 0x20, 1, 0xa0, 0x0b}));
  Bytes bytes = wasm.finish();
  Fixture fixture;
  Instance* instance = fixture.instantiate(bytes);
  REQUIRE(instance != nullptr);
  Slot result = 0;
  CHECK_EQ(call(*instance, "add", {1, 1}, &result), Trap::None);
  CHECK_EQ(result, 2u);
  close_instance(*instance);
}
