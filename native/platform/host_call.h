// Calls to C functions of any parameter list, without assembly.
//
// The trick: a call that fills every integer and every floating-point argument register, and then
// as many stack words as needed, satisfies any callee that uses fewer of them. What differs per
// processor (how many registers, how the stack is packed) is stated in host_call_<processor>.cpp;
// exactly one of them is active, host_call_generic.cpp refuses where there is no other.
#pragma once

#include <bit>
#include <cstdint>

// The callee's type is not the one the call is made with; that is the point of it.
#if defined(__clang__)
#define WEMBED_ANY_FUNCTION_TYPE __attribute__((no_sanitize("function")))
#else
#define WEMBED_ANY_FUNCTION_TYPE
#endif

namespace wembed::platform {

struct HostCallConvention {
  uint32_t int_registers;  // 0: this processor is not supported
  uint32_t float_registers;
  bool packed_stack;  // stack arguments take their own size, not a whole word
};
extern const HostCallConvention kHostCallConvention;

constexpr uint32_t kMaxIntRegisters = 8;
constexpr uint32_t kMaxFloatRegisters = 8;
constexpr uint32_t kMaxStackWords = 1024;

// Contents of the argument registers and of the stack behind them.
struct HostCallFrame {
  // Integer registers, then vector registers; a float is the low half of its register.
  uint64_t words[kMaxIntRegisters + kMaxFloatRegisters] = {};
  const uint64_t* stack = nullptr;  // as many words as the variant takes

  [[nodiscard]] uint64_t integer(uint32_t i) const { return words[i]; }
  [[nodiscard]] double real(uint32_t i) const {
    return std::bit_cast<double>(words[kMaxIntRegisters + i]);
  }
};

// Calls `target` with a number of stack words fixed by the variant.
struct HostCallVariant {
  uint64_t (*for_int)(void* target, const HostCallFrame& frame);
  double (*for_float)(void* target, const HostCallFrame& frame);
  uint32_t stack_words;
};

// The variant with the fewest words that has room for `words`; null: more than kMaxStackWords, or
// the processor is not supported.
const HostCallVariant* host_call_variant(uint32_t words);

// Integer arguments only, in registers: what most host functions need.
constexpr uint32_t kFastInts = 6;  // first is the exec_env
WEMBED_ANY_FUNCTION_TYPE inline uint64_t host_call_fast(void* target, const void* env,
                                                        const uint64_t (&args)[5]) {
  using Target = uint64_t (*)(const void*, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t);
  return reinterpret_cast<Target>(target)(env, args[0], args[1], args[2], args[3], args[4]);
}

}  // namespace wembed::platform
