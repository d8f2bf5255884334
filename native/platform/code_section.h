// A section of their own for some functions: an address tells whether it is in one of them.
//
//   WEMBED_CODE_SECTION(name) void function();   puts it there
//   WEMBED_DECLARE_CODE_SECTION(name)            at file scope, before the next two
//   WEMBED_CODE_BEGIN(name), WEMBED_CODE_END(name)
#pragma once

#if defined(__APPLE__)
#define WEMBED_CODE_SECTION(name) __attribute__((section("__TEXT," #name)))
#define WEMBED_DECLARE_CODE_SECTION(name)                                \
  extern const char name##_begin[] __asm("section$start$__TEXT$" #name); \
  extern const char name##_end[] __asm("section$end$__TEXT$" #name);
#define WEMBED_CODE_BEGIN(name) name##_begin
#define WEMBED_CODE_END(name) name##_end
#else
// The linker's names for the ends of a section whose name is one of C.
#define WEMBED_CODE_SECTION(name) __attribute__((section(#name)))
#define WEMBED_DECLARE_CODE_SECTION(name)                                       \
  extern "C" __attribute__((visibility("hidden"))) const char __start_##name[]; \
  extern "C" __attribute__((visibility("hidden"))) const char __stop_##name[];
#define WEMBED_CODE_BEGIN(name) __start_##name
#define WEMBED_CODE_END(name) __stop_##name
#endif
