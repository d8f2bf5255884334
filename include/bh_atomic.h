/*
 * Atomic access to words of 32 bits, as WAMR's hosts write it. `v` is a variable of that type, not
 * its address; each operation is one step for all threads, in one order for all of them.
 */
#ifndef _BH_ATOMIC_H
#define _BH_ATOMIC_H

#include "platform_common.h"

typedef uint32 bh_atomic_32_t;

/* The operations below are atomic, which is not so in every build of WAMR. */
#define BH_ATOMIC_32_IS_ATOMIC 1

#define BH_ATOMIC_32_LOAD(v) __atomic_load_n(&(v), __ATOMIC_SEQ_CST)
#define BH_ATOMIC_32_STORE(v, val) __atomic_store_n(&(v), (val), __ATOMIC_SEQ_CST)
/* The value before. */
#define BH_ATOMIC_32_FETCH_OR(v, val) __atomic_fetch_or(&(v), (val), __ATOMIC_SEQ_CST)
#define BH_ATOMIC_32_FETCH_AND(v, val) __atomic_fetch_and(&(v), (val), __ATOMIC_SEQ_CST)
#define BH_ATOMIC_32_FETCH_ADD(v, val) __atomic_fetch_add(&(v), (val), __ATOMIC_SEQ_CST)
#define BH_ATOMIC_32_FETCH_SUB(v, val) __atomic_fetch_sub(&(v), (val), __ATOMIC_SEQ_CST)

#endif /* _BH_ATOMIC_H */
