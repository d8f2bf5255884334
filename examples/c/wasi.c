/*
 * A guest of WASI is given one directory, and nothing else: it reads a file there, cannot read the
 * one beside the directory, prints what it has read and ends with a code.
 *
 *   wasi wasi.wasm
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "wasm_export.h"

static uint8_t* read_file(const char* path, uint32_t* size) {
  FILE* file = fopen(path, "rb");
  if (file == NULL) return NULL;
  fseek(file, 0, SEEK_END);
  *size = (uint32_t)ftell(file);
  rewind(file);
  uint8_t* bytes = malloc(*size + 1u);
  if (bytes != NULL && fread(bytes, 1, *size, file) != *size) *size = 0;
  fclose(file);
  return bytes;
}

static void write_file(const char* path, const char* text) {
  FILE* file = fopen(path, "wb");
  if (file == NULL) return;
  fputs(text, file);
  fclose(file);
}

static int run(wasm_module_t module, const char* directory) {
  char error[128], map[512];
  /* What the guest calls it, and what it is. */
  snprintf(map, sizeof map, "/::%s", directory);
  const char* maps[] = {map};
  wasm_runtime_set_wasi_args(module, NULL, 0, maps, 1, NULL, 0, NULL, 0);
  wasm_module_inst_t instance = wasm_runtime_instantiate(module, 16384, 0, error, sizeof error);
  if (instance == NULL) {
    printf("%s\n", error);
    return 1;
  }
  fflush(stdout); /* the guest's output does not go through our buffer */
  bool good = wasm_application_execute_main(instance, 0, NULL);
  if (!good) printf("%s\n", wasm_runtime_get_exception(instance));
  uint32_t code = wasm_runtime_get_wasi_exit_code(instance);
  printf("\nthe guest ended with %u\n", code);
  wasm_runtime_deinstantiate(instance);
  return good && code == 15 ? 0 : 1;
}

int main(int argc, char** argv) {
  uint32_t size = 0;
  uint8_t* bytes = argc > 1 ? read_file(argv[1], &size) : NULL;
  if (bytes == NULL || !wasm_runtime_init()) return 1;
  char folder[] = "/tmp/wembed-example-XXXXXX", inside[64], note[128], secret[128];
  if (mkdtemp(folder) == NULL) return 1;
  snprintf(inside, sizeof inside, "%s/given", folder);
  snprintf(note, sizeof note, "%s/note.txt", inside);
  snprintf(secret, sizeof secret, "%s/secret.txt", folder);
  mkdir(inside, 0700);
  write_file(note, "hello from disk");
  write_file(secret, "not for guests");
  char error[128];
  wasm_module_t module = wasm_runtime_load(bytes, size, error, sizeof error);
  int result = 1;
  if (module == NULL) {
    printf("%s\n", error);
  } else {
    result = run(module, inside);
    wasm_runtime_unload(module);
  }
  unlink(note), unlink(secret), rmdir(inside), rmdir(folder);
  wasm_runtime_destroy();
  free(bytes);
  return result;
}
