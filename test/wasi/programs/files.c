/* What programs do with files: makes, writes, seeks, reads, lists, renames, removes. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int by_name(const void* a, const void* b) {
  return strcmp(*(char* const*)a, *(char* const*)b);
}

static void list(const char* path) {
  char* names[32];
  int count = 0;
  DIR* directory = opendir(path);
  if (directory == NULL) {
    printf("%s: %s\n", path, strerror(errno));
    return;
  }
  for (struct dirent* entry; (entry = readdir(directory)) != NULL;) {
    if (entry->d_name[0] != '.' && count < 32) names[count++] = strdup(entry->d_name);
  }
  closedir(directory);
  qsort(names, (size_t)count, sizeof *names, by_name);
  printf("%s:", path);
  for (int i = 0; i < count; ++i) printf(" %s", names[i]);
  printf("\n");
}

int main(int argc, char** argv) {
  printf("%d arguments, the last is %s, HOME is %s\n", argc, argv[argc - 1], getenv("HOME"));
  FILE* file = fopen("/dir/numbers", "w+");
  if (file == NULL) return 2;
  for (int i = 0; i < 1000; ++i) fprintf(file, "%d\n", i * i);
  fseek(file, 100, SEEK_SET);
  char line[32];
  fgets(line, sizeof line, file);
  printf("at 100: %s", line);
  fclose(file);
  struct stat status;
  printf("stat %d, %lld bytes\n", stat("/dir/numbers", &status), (long long)status.st_size);
  printf("mkdir %d, again %d", mkdir("/dir/sub", 0777), mkdir("/dir/sub", 0777));
  printf(" (%s)\n", strerror(errno));
  printf("rename %d\n", rename("/dir/numbers", "/dir/sub/moved"));
  list("/dir");
  list("/dir/sub");
  list("/dir/none");
  int descriptor = open("/dir/sub/moved", O_RDWR | O_APPEND);
  printf("append %zd\n", write(descriptor, "end", 3));
  printf("truncate %d\n", ftruncate(descriptor, 5));
  char bytes[16];
  ssize_t got = pread(descriptor, bytes, sizeof bytes, 0);
  printf("then %zd bytes: %.*s\n", got, (int)got, bytes);
  close(descriptor);
  printf("unlink %d, rmdir %d\n", unlink("/dir/sub/moved"), rmdir("/dir/sub"));
  printf("outside: %d", open("/dir/../secret", O_RDONLY));
  printf(" %s\n", open("/etc/passwd", O_RDONLY) < 0 ? "not there" : "there");
  int sum = 0, value;
  while (scanf("%d", &value) == 1) sum += value;
  printf("the sum of the input is %d\n", sum);
  fprintf(stderr, "and this is an error\n");
  return 3;
}
