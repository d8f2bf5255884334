/*
 * Copying into buffers of a known size, as WAMR's hosts do it. The functions return 0, or -1: an
 * argument is NULL, or the destination is too small, and then it is left as it was but for
 * b_memcpy_s, which clears it. Sizes are bytes. Any thread, with or without a runtime.
 */
#ifndef _BH_COMMON_H
#define _BH_COMMON_H

#include "platform_common.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What they cannot do fails an assertion. */
#define bh_memcpy_s(dest, dlen, src, slen) BH_CHECKED_COPY(b_memcpy_s(dest, dlen, src, slen))
#define bh_memcpy_wa(dest, dlen, src, slen) BH_CHECKED_COPY(b_memcpy_wa(dest, dlen, src, slen))
#define bh_memmove_s(dest, dlen, src, slen) BH_CHECKED_COPY(b_memmove_s(dest, dlen, src, slen))
#define bh_strcat_s(dest, dlen, src) BH_CHECKED_COPY(b_strcat_s(dest, dlen, src))
#define bh_strcpy_s(dest, dlen, src) BH_CHECKED_COPY(b_strcpy_s(dest, dlen, src))

#define BH_CHECKED_COPY(copy)        \
  do {                               \
    int result_of_copy_ = (copy);    \
    (void)result_of_copy_;           \
    bh_assert(result_of_copy_ == 0); \
  } while (0)

#ifndef UNUSED
#define UNUSED(argument) (void)(argument)
#endif

/* The first `n` bytes of `s2`, which do not overlap `s1` but for b_memmove_s; `n` of 0 always
   works. b_memcpy_wa is WAMR's for memories that are read word by word, here the same. */
int b_memcpy_s(void* s1, unsigned int s1max, const void* s2, unsigned int n);
int b_memcpy_wa(void* s1, unsigned int s1max, const void* s2, unsigned int n);
int b_memmove_s(void* s1, unsigned int s1max, const void* s2, unsigned int n);
/* The text `s2` behind the one in `s1`, or in its place, with its NUL. */
int b_strcat_s(char* s1, unsigned int s1max, const char* s2);
int b_strcpy_s(char* s1, unsigned int s1max, const char* s2);

/* A copy for wasm_runtime_free; the runtime has to be up. NULL: `s` is NULL, or there is no memory.
 */
char* bh_strdup(const char* s);
char* wa_strdup(const char* s);

#ifdef __cplusplus
}
#endif

#endif /* _BH_COMMON_H */
