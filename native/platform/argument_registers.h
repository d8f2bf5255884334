// What the C calling convention of this processor lets code do with its arguments.
#pragma once

// 1 where a call of a function with eight arguments (six words, two floats) at the end of another
// with the same is a jump, the arguments in registers throughout.
#if defined(__x86_64__) || defined(__aarch64__)
#define WEMBED_ARGUMENTS_STAY 1
#else
#define WEMBED_ARGUMENTS_STAY 0
#endif

// 1 where a fault tells the first two arguments (StateRegister::Argument0 and 1) and
// WEMBED_PIN_ARGUMENTS keeps two variables in their registers: between two of them, accesses to
// memory find the variables there.
#if defined(__linux__) && defined(__x86_64__)
#define WEMBED_ARGUMENTS_TOLD 1
#define WEMBED_PIN_ARGUMENTS(first, second) \
  asm volatile("" : "+D"(first), "+S"(second) : : "memory")
#elif defined(__linux__) && defined(__aarch64__)
#define WEMBED_ARGUMENTS_TOLD 1
#define WEMBED_PIN_ARGUMENTS(first, second)                            \
  do {                                                                 \
    register auto pin_first asm("x0") = first;                         \
    register auto pin_second asm("x1") = second;                       \
    asm volatile("" : "+r"(pin_first), "+r"(pin_second) : : "memory"); \
    first = pin_first;                                                 \
    second = pin_second;                                               \
  } while (false)
#else
#define WEMBED_ARGUMENTS_TOLD 0
#endif
