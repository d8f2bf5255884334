// Edges of the numeric instructions' meaning that the processor or C++ would decide otherwise.
#include "isa/numeric.h"

#include "check.h"

using namespace wembed;

namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

bool same(double a, double b) { return isa::bits(a) == isa::bits(b); }

}  // namespace

TEST_CASE(shift_counts_wrap) {
  CHECK_EQ(isa::shl<uint32_t>(1, 33), 2u);
  CHECK_EQ(isa::shr_s<uint32_t>(0x80000000, 63), 0xffffffffu);
  CHECK_EQ(isa::shr_u<uint64_t>(1ull << 63, 127), 1u);
  CHECK_EQ(isa::rotl<uint32_t>(0x80000001, 0), 0x80000001u);
  CHECK_EQ(isa::rotl<uint32_t>(0x80000001, 33), 3u);
  CHECK_EQ(isa::rotr<uint64_t>(1, 1), 1ull << 63);
}

TEST_CASE(bits_are_counted) {
  CHECK_EQ(isa::clz<uint32_t>(0), 32u);
  CHECK_EQ(isa::ctz<uint64_t>(0), 64u);
  CHECK_EQ(isa::popcnt<uint32_t>(0xffffffff), 32u);
  CHECK_EQ(isa::popcnt<uint64_t>(0xf0f0f0f0f0f0f0f1), 33u);
  CHECK_EQ((isa::extend<uint64_t, int8_t>(0x80)), 0xffffffffffffff80u);
}

TEST_CASE(division_traps) {
  CHECK_EQ(isa::div_trap_s<uint32_t>(1, 0), Trap::DivideByZero);
  CHECK_EQ(isa::div_trap_s<uint32_t>(0x80000000, 0xffffffff), Trap::IntegerOverflow);
  CHECK_EQ(isa::div_trap_u<uint32_t>(0x80000000, 0xffffffff), Trap::None);
  CHECK_EQ(isa::rem_s<uint64_t>(1ull << 63, ~0ull), 0u);
  CHECK_EQ(isa::div_s<uint32_t>(static_cast<uint32_t>(-7), 2), static_cast<uint32_t>(-3));
}

TEST_CASE(minimum_and_maximum_know_zeros_and_nans) {
  CHECK(same(isa::fmin(0.0, -0.0), -0.0));
  CHECK(same(isa::fmin(-0.0, 0.0), -0.0));
  CHECK(same(isa::fmax(-0.0, 0.0), 0.0));
  CHECK(isa::fmin(kNan, 1.0) != isa::fmin(kNan, 1.0));
  CHECK(isa::fmax(1.0, kNan) != isa::fmax(1.0, kNan));
  CHECK_EQ(isa::fmin(-kInf, kInf), -kInf);
  double signalling = isa::float_of<double>(0x7ff0000000000001);
  CHECK_EQ(isa::bits(isa::fmin(signalling, 1.0)), 0x7ff8000000000001u);
}

TEST_CASE(rounding_agrees_with_the_library) {
  const double values[] = {0.0,
                           -0.0,
                           0.5,
                           -0.5,
                           1.5,
                           2.5,
                           -2.5,
                           0.49999999999999994,
                           1e15,
                           -1e15,
                           4503599627370495.5,
                           -4503599627370495.5,
                           4503599627370497.0,
                           1e300,
                           kInf,
                           -kInf,
                           0.1,
                           -0.1,
                           -0.9,
                           123456.789,
                           5e-324};
  for (double value : values) {
    CHECK(same(isa::floor(value), std::floor(value)));
    CHECK(same(isa::ceil(value), std::ceil(value)));
    CHECK(same(isa::trunc(value), std::trunc(value)));
    CHECK(same(isa::nearest(value), std::nearbyint(value)));
    float narrow = static_cast<float>(value);
    CHECK_EQ(isa::bits(isa::floor(narrow)), isa::bits(std::floor(narrow)));
    CHECK_EQ(isa::bits(isa::ceil(narrow)), isa::bits(std::ceil(narrow)));
    CHECK_EQ(isa::bits(isa::trunc(narrow)), isa::bits(std::trunc(narrow)));
    CHECK_EQ(isa::bits(isa::nearest(narrow)), isa::bits(std::nearbyint(narrow)));
  }
  CHECK(isa::floor(kNan) != isa::floor(kNan));
  CHECK(isa::nearest(kNan) != isa::nearest(kNan));
}

TEST_CASE(truncation_knows_its_range) {
  CHECK_EQ((isa::trunc_trap<int32_t>(-2147483648.9)), Trap::None);
  CHECK_EQ((isa::trunc_to<int32_t>(-2147483648.9)), 0x80000000u);
  CHECK_EQ((isa::trunc_trap<int32_t>(2147483648.0)), Trap::IntegerOverflow);
  CHECK_EQ((isa::trunc_trap<uint32_t>(-0.9)), Trap::None);
  CHECK_EQ((isa::trunc_trap<uint32_t>(-1.0)), Trap::IntegerOverflow);
  CHECK_EQ((isa::trunc_trap<int64_t>(-9223372036854775808.0)), Trap::None);
  CHECK_EQ((isa::trunc_trap<int64_t>(9223372036854775808.0)), Trap::IntegerOverflow);
  CHECK_EQ((isa::trunc_trap<uint64_t>(18446744073709549568.0)), Trap::None);
  CHECK_EQ((isa::trunc_trap<int32_t>(-2147483648.0f)), Trap::None);
  CHECK_EQ((isa::trunc_trap<int32_t>(kNan)), Trap::InvalidConversion);
  CHECK_EQ(isa::trunc_sat<int32_t>(kNan), 0u);
  CHECK_EQ(isa::trunc_sat<int32_t>(1e20), 0x7fffffffu);
  CHECK_EQ(isa::trunc_sat<uint64_t>(-5.0), 0u);
  CHECK_EQ(isa::trunc_sat<int64_t>(-kInf), 1ull << 63);
}
