/*
 * Tests in processes of their own, in which memory can be forbidden, and the blocks they use.
 */
#ifndef WEMBED_TEST_BLOCK_APART_H
#define WEMBED_TEST_BLOCK_APART_H

#include "forbid.h"
#include "programs.h"

#define BLOCK_BYTES (96u << 20)
extern uint8_t block[BLOCK_BYTES]; /* aligned to 16 */

extern bool filtered;   /* this process lets nobody allocate, for good */
extern bool can_filter; /* as far as the system has that */

/* A runtime in the first `bytes` bytes of the block that takes nothing from the system. */
wembed_config_t block_config(uint32_t bytes);
/* One that takes everything from functions of the embedder's, which cut up the block. */
wembed_config_t functions_config(void);
extern long arena_live; /* blocks of theirs */
extern long arena_left; /* allocations until they fail; negative: never */

mem_alloc_info_t info_of(wembed_runtime_t runtime);

/* As this process does it. */
void forbid(void);

/* Reads the modules and sees what can be forbidden. */
void begin_apart(int argc, char** argv);
/* Runs the test twice, in a process each: with the functions forbidden, and the system calls. */
#define RUN_APART(name) run_apart(#name, name)
void run_apart(const char* name, void (*test)(void));

#endif
