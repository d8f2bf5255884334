#define _GNU_SOURCE
#include "wasi.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "guest.h"

// Libraries from before WASI, with which this one is compared, have no way to give a guest files.
#if __has_include("wembed_wasi.h")
static bool give_file(wasm_module_t module, int file) {
  wasm_runtime_set_wasi_args_ex(module, NULL, 0, NULL, 0, NULL, 0, NULL, 0, file, file, file);
  return true;
}
#else
static bool give_file(wasm_module_t module, int file) {
  (void)module;
  (void)file;
  return false;
}
#endif

enum { kPiece = 4096, kRound = 256, kRandom = 32 };

static guest_t guest;
static wasm_function_inst_t write_loop, read_loop, clock_loop, random_loop;
static int file = -1;  // of kRound pieces; the guest's standard input and output
static char piece[kPiece];
static volatile uint64_t sink;

static bool file_begin(void) {
  file = memfd_create("bench", 0);
  if (file < 0) return false;
  for (int i = 0; i < kRound; i++) {
    if (write(file, piece, kPiece) != kPiece) return false;
  }
  return true;
}

bool wasi_begin(const char* modules) {
  char error[256];
  if (!file_begin() || !read_module(modules, "wasi", &guest.file)) return false;
  guest.module = load_module(&guest.file);
  if (!guest.module || !give_file(guest.module, file)) return false;
  guest.instance = wasm_runtime_instantiate(guest.module, 65536, 0, error, sizeof error);
  if (!guest.instance) return false;
  guest.exec_env = wasm_runtime_create_exec_env(guest.instance, 65536);
  write_loop = wasm_runtime_lookup_function(guest.instance, "write");
  read_loop = wasm_runtime_lookup_function(guest.instance, "read");
  clock_loop = wasm_runtime_lookup_function(guest.instance, "clock");
  random_loop = wasm_runtime_lookup_function(guest.instance, "random");
  return guest.exec_env && write_loop && read_loop && clock_loop && random_loop;
}

void wasi_end(void) {
  guest_close(&guest);
  if (file >= 0) close(file);
}

// The guest answers how many calls have done all that was asked.
static bool loop_in(wasm_function_inst_t loop, uint32_t n) {
  uint32_t cells[1] = {n};
  if (n == 0) return true;
  return wasm_runtime_call_wasm(guest.exec_env, loop, 1, cells) && cells[0] == n;
}

bool wasi_write(uint32_t n) { return loop_in(write_loop, n); }
bool wasi_read(uint32_t n) { return loop_in(read_loop, n); }
bool wasi_clock(uint32_t n) { return loop_in(clock_loop, n); }
bool wasi_random(uint32_t n) { return loop_in(random_loop, n); }

bool bare_write(uint32_t n) {
  for (uint32_t i = 0; i < n; i++) {
    if (i % kRound == 0) lseek(file, 0, SEEK_SET);
    if (write(file, piece, kPiece) != kPiece) return false;
  }
  return true;
}

bool bare_read(uint32_t n) {
  for (uint32_t i = 0; i < n; i++) {
    if (i % kRound == 0) lseek(file, 0, SEEK_SET);
    if (read(file, piece, kPiece) != kPiece) return false;
  }
  return true;
}

bool bare_clock(uint32_t n) {
  struct timespec now;
  for (uint32_t i = 0; i < n; i++) {
    if (clock_gettime(CLOCK_MONOTONIC, &now) != 0) return false;
    sink = (uint64_t)now.tv_nsec;
  }
  return true;
}

bool bare_random(uint32_t n) {
  for (uint32_t i = 0; i < n; i++) {
    if (getrandom(piece, kRandom, 0) != kRandom) return false;
  }
  return true;
}
