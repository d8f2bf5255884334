/*
 * What the tests of this folder do with modules: all of WEMBED_TEST_MODULES and those named on the
 * command line, read before anything is forbidden.
 */
#ifndef WEMBED_TEST_BLOCK_PROGRAMS_H
#define WEMBED_TEST_BLOCK_PROGRAMS_H

#include "api/host.h"
#include "wembed.h"

typedef struct Program {
  char path[512];
  char name[64];
  Bytes bytes;
} Program;

extern Program programs[256];
extern unsigned program_count;

/* Ends the program when there are none. */
void read_programs(int argc, char** argv);
/* Ends the program when there is no such program. */
const Program* program_named(const char* name);

/* Host functions that some of the modules import from "env"; every runtime's host registers them.
 */
bool register_host(void* unused, wembed_runtime_t runtime);

/* Limits that end every start function and call soon. */
wembed_instantiate_options_t limited_options(void);

/*
 * Loads, instantiates, calls all exports with zeros, traps, grows, allocates, resets, and ends it
 * all. `round` varies ownership and limits. False: some step had no memory; every refusal is
 * checked to say why.
 */
bool drive(wembed_runtime_t runtime, const Program* program, unsigned round);

/* The parts of it. An error or exception for want of memory gives false. */
wasm_module_t load_program(wembed_runtime_t runtime, const Program* program, unsigned round,
                           bool* good);
bool use_instance(wasm_module_inst_t instance, wasm_module_t module, unsigned round);

/* Whether the pool is as it was when `before` was noted. */
bool is_whole(wembed_runtime_t runtime, const mem_alloc_info_t* before);

#endif
