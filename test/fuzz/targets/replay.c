/* replay FILE|FOLDER...: what libFuzzer gives a target, from files, in a build without libFuzzer.
 */
#include <dirent.h>
#include <sys/stat.h>

#include "target.h"

static unsigned files;

static int replay_file(const char* path) {
  FILE* file = fopen(path, "rb");
  if (file == NULL) return 1;
  fseek(file, 0, SEEK_END);
  long size = ftell(file);
  rewind(file);
  uint8_t* bytes = size < 0 ? NULL : malloc((size_t)size + 1);
  int failed = bytes == NULL || fread(bytes, 1, (size_t)size, file) != (size_t)size;
  fclose(file);
  if (!failed) LLVMFuzzerTestOneInput(bytes, (size_t)size);
  free(bytes);
  files++;
  return failed;
}

static int replay(const char* path) {
  struct stat what;
  if (stat(path, &what) != 0) return 1;
  if (!S_ISDIR(what.st_mode)) return replay_file(path);
  DIR* folder = opendir(path);
  if (folder == NULL) return 1;
  int failed = 0;
  for (struct dirent* entry; (entry = readdir(folder)) != NULL;) {
    const char* end = strrchr(entry->d_name, '.');
    if (end == NULL || strcmp(end, ".wasm") != 0) continue;
    char inner[4096];
    snprintf(inner, sizeof inner, "%s/%s", path, entry->d_name);
    failed |= replay_file(inner);
  }
  closedir(folder);
  return failed;
}

int main(int argc, char** argv) {
  for (int i = 1; i < argc; i++) {
    if (replay(argv[i]) != 0) {
      fprintf(stderr, "%s cannot be read\n", argv[i]);
      return 1;
    }
  }
  printf("%u files\n", files);
  return files == 0;
}
