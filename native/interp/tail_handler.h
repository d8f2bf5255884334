// What a handler of the tail form is, and how it goes on: for the files that define some of them.
// WEMBED_OP_PREFIX may be defined before: what a handler's name begins with for the assembler.
#pragma once

#include "interp/dispatch.h"

#if WEMBED_DISPATCH_TAIL

#include "interp/handler_access.h"
#include "interp/vector_form.h"

#if defined(__clang__)
#define WEMBED_JUMP __attribute__((musttail)) return
#else
#define WEMBED_JUMP return
#endif

// Handlers reach each other by jumps only: nothing may be inlined, cloned or given other arguments.
#if defined(__clang__)
#define WEMBED_HANDLER WEMBED_HANDLER_SECTION __attribute__((noinline))
#else
#define WEMBED_HANDLER WEMBED_HANDLER_SECTION __attribute__((noipa))
#endif
// The assembler writes their table, so they have names that it knows.
#if !defined(WEMBED_OP_PREFIX)
#define WEMBED_OP_PREFIX "wembed_op_"
#endif
#if defined(__ELF__)
#define WEMBED_LABEL(name) asm(WEMBED_OP_PREFIX #name) __attribute__((used))
#else
#define WEMBED_LABEL(name)
#endif

#define WEMBED_OP(name) WEMBED_HANDLER uint64_t op_##name(WEMBED_STATE)
#define WEMBED_NEXT(words)                                         \
  do {                                                             \
    ip += words;                                                   \
    WEMBED_JUMP reinterpret_cast<Handler>(*ip)(WEMBED_STATE_ARGS); \
  } while (false)
#define WEMBED_GO(name) WEMBED_JUMP op_##name(WEMBED_STATE_ARGS)

// Keeps ip and fp in the registers they were passed in, where the fault's context shows them.
#if WEMBED_STATE_IN_REGISTERS
#define WEMBED_PIN_STATE() WEMBED_PIN_ARGUMENTS(ip, fp)
#else
#define WEMBED_PIN_STATE()           \
  do {                               \
    env->place = ip;                 \
    env->fp = fp;                    \
    asm volatile("" : : : "memory"); \
  } while (false)
#endif

// A table of handlers. Distances from the table itself: half as large as addresses, and nothing for
// the loader to relocate, which takes another 24 bytes in the file for each address. C++ has no
// constant for the distance of two functions; the assembler has. Between the two go the rows.
#if defined(__ELF__)
#define WEMBED_DECLARE_TABLE(table) \
  extern "C" __attribute__((visibility("hidden"))) const int32_t table[];
#define WEMBED_TABLE_BEGIN(table)                 \
  ".pushsection .rodata." #table                  \
  ", \"a\", %progbits\n"                          \
  ".balign 4\n.globl " #table "\n.hidden " #table \
  "\n"                                            \
  ".type " #table ", %object\n" #table ":\n"
#define WEMBED_TABLE_ROW(table, name) ".long " WEMBED_OP_PREFIX #name " - " #table "\n"
#define WEMBED_TABLE_END(table) ".size " #table ", . - " #table "\n.popsection\n"
#endif

namespace wembed {

using Handler = uint64_t (*)(WEMBED_STATE);

// The handler of a vector operation, counted from the first, in the form for every processor; and
// for those that have x86-64-v2.
uint64_t vector_handler(uint32_t index);
uint64_t vector_handler_v2(uint32_t index);

}  // namespace wembed

#endif
