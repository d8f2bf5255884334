/*
 * Sequences of bare calls on files and directories, with every error number that they may give on a
 * system like POSIX. Prints what is otherwise, and how many were looked at.
 */
#include <stdio.h>
#include <string.h>
#include <wasi/api.h>

/* With a length: names may end in NUL. */
__attribute__((import_module("wasi_snapshot_preview1"), import_name("path_open"))) int path_open(
    int fd, int lookup, const char* path, size_t length, int oflags, uint64_t rights,
    uint64_t inheriting, int fdflags, __wasi_fd_t* opened);

enum { kBadF = 8, kExist = 20, kInval = 28, kIsDir = 31, kLoop = 32, kNoEnt = 44, kNotDir = 54 };
enum { kIlSeq = 25, kNameTooLong = 37, kNotEmpty = 55, kPerm = 63, kNotCapable = 76, kAcces = 2 };
enum { kCreate = 1, kDirectory = 2, kExclusive = 4, kTruncate = 8, kFollow = 1 };
enum { kRead = 1 << 1, kSeek = 1 << 2, kFlags = 1 << 3, kTell = 1 << 5, kWrite = 1 << 6 };
#define ALL ((uint64_t)0xfffffff)

static int looked_at, wrong;

/* The errors that are allowed end with -1. */
static void allow(int line, const char* call, int error, const int* allowed) {
  looked_at++;
  for (; *allowed >= 0; allowed++) {
    if (error == *allowed) return;
  }
  wrong++;
  printf("line %d: %s gives %d\n", line, call, error);
}
#define MAY(call, ...) allow(__LINE__, #call, call, (const int[]){__VA_ARGS__, -1})
#define GOOD(call) MAY(call, 0)
#define HOLDS(condition) MAY(!(condition), 0)

static __wasi_fd_t last;

static int open_at(__wasi_fd_t dir, const char* path, int lookup, int oflags, uint64_t rights,
                   int fdflags) {
  return path_open((int)dir, lookup, path, strlen(path), oflags, rights, ALL, fdflags, &last);
}
static int open_plain(__wasi_fd_t dir, const char* path) { return open_at(dir, path, 0, 0, 0, 0); }

static void make_file(__wasi_fd_t dir, const char* path) {
  GOOD(open_at(dir, path, 0, kCreate | kExclusive, kRead | kWrite, 0));
  GOOD(__wasi_fd_close(last));
}

static int transfer(__wasi_fd_t fd, char* bytes, size_t length, int writes) {
  __wasi_size_t done;
  __wasi_iovec_t into = {(uint8_t*)bytes, length};
  __wasi_ciovec_t from = {(const uint8_t*)bytes, length};
  int error = writes ? __wasi_fd_write(fd, &from, 1, &done) : __wasi_fd_read(fd, &into, 1, &done);
  return error != 0 || done == length ? error : 1000;
}

static void directories_are_no_files(__wasi_fd_t dir) {
  char bytes[16] = "";
  uint8_t name[64];
  __wasi_size_t done;
  __wasi_filesize_t at;
  __wasi_prestat_t preopened;
  __wasi_iovec_t into = {(uint8_t*)bytes, sizeof bytes};
  __wasi_ciovec_t from = {(const uint8_t*)bytes, sizeof bytes};
  MAY(transfer(dir, bytes, sizeof bytes, 0), kIsDir, kBadF, kNotCapable);
  MAY(transfer(dir, bytes, sizeof bytes, 1), kIsDir, kBadF, kNotCapable);
  MAY(__wasi_fd_pread(dir, &into, 1, 0, &done), kIsDir, kBadF, kNotCapable);
  MAY(__wasi_fd_pwrite(dir, &from, 1, 0, &done), kIsDir, kBadF, kNotCapable);
  for (int whence = 0; whence < 3; whence++) {
    MAY(__wasi_fd_seek(dir, 0, (__wasi_whence_t)whence, &at), kIsDir, kBadF, kNotCapable);
  }
  MAY(__wasi_fd_tell(dir, &at), kIsDir, kBadF, kNotCapable);
  MAY(__wasi_fd_allocate(dir, 0, 1), kIsDir, kBadF, kNotCapable);
  MAY(__wasi_fd_filestat_set_size(dir, 0), kIsDir, kInval, kBadF, kNotCapable);
  GOOD(__wasi_fd_prestat_get(3, &preopened));
  MAY(__wasi_fd_prestat_dir_name(3, name, 0), kInval, kNameTooLong);
  GOOD(__wasi_fd_prestat_dir_name(3, name, preopened.u.dir.pr_name_len + 1));
}

static void preopened_directories(void) {
  __wasi_fdstat_t stat;
  GOOD(__wasi_fd_fdstat_get(3, &stat));
  HOLDS(stat.fs_filetype == __WASI_FILETYPE_DIRECTORY);
  GOOD(path_open(3, 0, ".", 1, 0, stat.fs_rights_base, stat.fs_rights_inheriting, 0, &last));
  GOOD(__wasi_fd_close(last));
  GOOD(open_at(3, ".", 0, kDirectory, kRead, 0));
  GOOD(__wasi_fd_close(last));
  MAY(open_at(3, ".", 0, kDirectory, kRead | kWrite, 0), kIsDir);
  MAY(open_at(3, ".", 0, kCreate | kExclusive, kRead, 0), kExist);
}

static void names(__wasi_fd_t dir) {
  GOOD(__wasi_path_create_directory(dir, "dir"));
  GOOD(__wasi_path_create_directory(dir, "dir/nested"));
  make_file(dir, "dir/nested/file");
  MAY(open_plain(dir, "/dir/nested/file"), kPerm, kNotCapable);
  GOOD(open_plain(dir, "dir/.//nested/../../dir/nested/../nested///./file"));
  GOOD(__wasi_fd_close(last));
  MAY(path_open((int)dir, 0, "dir/nested/file\0", 16, 0, 0, 0, 0, &last), kInval, kIlSeq, kNoEnt);
  MAY(open_plain(dir, "dir/nested/file/"), kNotDir, kNoEnt);
  MAY(open_plain(dir, "dir/nested/file///"), kNotDir, kNoEnt);
  MAY(open_plain(dir, "dir/nested/file/x"), kNotDir);
  MAY(open_plain(dir, ""), kNoEnt);
  GOOD(open_plain(dir, "dir/nested/"));
  GOOD(__wasi_fd_close(last));
  GOOD(open_plain(dir, "dir/nested///"));
  GOOD(__wasi_fd_close(last));
  MAY(open_plain(dir, "dir/nested/../../../x/dir/nested/file"), kPerm, kNotCapable);
  MAY(__wasi_path_unlink_file(dir, "dir/nested"), kIsDir, kPerm);
  MAY(__wasi_path_unlink_file(dir, "dir/nested/"), kIsDir, kPerm);
  MAY(__wasi_path_unlink_file(dir, "dir/nested/file/"), kNotDir);
  MAY(__wasi_path_remove_directory(dir, "dir"), kNotEmpty);
  GOOD(__wasi_path_unlink_file(dir, "dir/nested/file"));
  GOOD(__wasi_path_remove_directory(dir, "dir/nested/"));
  make_file(dir, "file");
  MAY(__wasi_path_remove_directory(dir, "file"), kNotDir);
  MAY(__wasi_path_remove_directory(dir, "file/"), kNotDir);
  MAY(__wasi_path_create_directory(dir, "file"), kExist);
  MAY(open_plain((__wasi_fd_t)last, "x"), kBadF);
  GOOD(__wasi_path_unlink_file(dir, "file"));
  GOOD(__wasi_path_remove_directory(dir, "dir"));
}

static void renaming(__wasi_fd_t dir) {
  GOOD(__wasi_path_create_directory(dir, "a"));
  GOOD(__wasi_path_rename(dir, "a", dir, "b"));
  MAY(open_at(dir, "a", 0, kDirectory, 0, 0), kNoEnt);
  GOOD(__wasi_path_create_directory(dir, "a"));
  GOOD(__wasi_path_rename(dir, "a", dir, "b"));
  GOOD(__wasi_path_rename(dir, "b/", dir, "a"));
  GOOD(__wasi_path_rename(dir, "a", dir, "b/"));
  GOOD(__wasi_path_rename(dir, "b/", dir, "a/"));
  GOOD(__wasi_path_create_directory(dir, "b"));
  make_file(dir, "b/file");
  MAY(__wasi_path_rename(dir, "a", dir, "b"), kNotEmpty, kExist);
  MAY(__wasi_path_rename(dir, "a", dir, "b/file"), kNotDir);
  MAY(__wasi_path_rename(dir, "b", dir, "b/c"), kInval);
  GOOD(__wasi_path_rename(dir, "b/file", dir, "x"));
  make_file(dir, "y");
  GOOD(__wasi_path_rename(dir, "x", dir, "y"));
  MAY(open_plain(dir, "x"), kNoEnt);
  MAY(__wasi_path_rename(dir, "y", dir, "a"), kIsDir);
  MAY(__wasi_path_rename(dir, "y/", dir, "x"), kNotDir);
  MAY(__wasi_path_rename(dir, "y", dir, "x/"), kNotDir, kNoEnt);
  MAY(__wasi_path_rename(dir, "none", dir, "x"), kNoEnt);
  GOOD(__wasi_path_rename(dir, "y", dir, "y"));
  GOOD(__wasi_path_unlink_file(dir, "y"));
  GOOD(__wasi_path_remove_directory(dir, "a"));
  GOOD(__wasi_path_remove_directory(dir, "b"));
}

static void hard_links(__wasi_fd_t dir) {
  __wasi_filestat_t one, other;
  make_file(dir, "file");
  GOOD(__wasi_path_link(dir, 0, "file", dir, "link"));
  GOOD(__wasi_path_filestat_get(dir, 0, "file", &one));
  GOOD(__wasi_path_filestat_get(dir, 0, "link", &other));
  HOLDS(one.ino == other.ino && one.nlink == 2 && other.nlink == 2);
  MAY(__wasi_path_link(dir, 0, "file", dir, "link"), kExist);
  MAY(__wasi_path_link(dir, 0, "file", dir, "file"), kExist);
  GOOD(__wasi_path_unlink_file(dir, "link"));
  GOOD(__wasi_path_create_directory(dir, "sub"));
  MAY(__wasi_path_link(dir, 0, "file", dir, "sub"), kExist);
  MAY(__wasi_path_link(dir, 0, "sub", dir, "link"), kPerm, kAcces);
  MAY(__wasi_path_link(dir, 0, "file", dir, "link/"), kNoEnt);
  GOOD(__wasi_path_symlink("target", dir, "symlink"));
  GOOD(__wasi_path_link(dir, 0, "symlink", dir, "link"));
  MAY(__wasi_path_link(dir, 0, "file", dir, "symlink"), kExist);
  MAY(__wasi_path_link(dir, kFollow, "symlink", dir, "other"), kInval, kNoEnt);
  GOOD(__wasi_path_unlink_file(dir, "symlink"));
  GOOD(__wasi_path_unlink_file(dir, "link"));
  GOOD(__wasi_path_remove_directory(dir, "sub"));
  GOOD(__wasi_path_unlink_file(dir, "file"));
}

static void symbolic_links(__wasi_fd_t dir) {
  uint8_t text[16];
  __wasi_size_t length;
  __wasi_filestat_t stat;
  MAY(__wasi_path_symlink("to", dir, "link/"), kNoEnt, kNotDir);
  GOOD(__wasi_path_create_directory(dir, "there"));
  MAY(__wasi_path_symlink("to", dir, "there/"), kExist);
  MAY(__wasi_path_symlink("to", dir, "there"), kExist);
  GOOD(__wasi_path_symlink("there", dir, "link"));
  GOOD(__wasi_path_readlink(dir, "link", text, sizeof text, &length));
  HOLDS(length == 5 && memcmp(text, "there", 5) == 0);
  GOOD(__wasi_path_readlink(dir, "link", text, 3, &length));
  HOLDS(length == 3);
  MAY(__wasi_path_readlink(dir, "there", text, sizeof text, &length), kInval);
  MAY(open_at(dir, "link", 0, kDirectory, 0, 0), kLoop, kNotDir);
  MAY(open_at(dir, "link", 0, 0, 0, 0), kLoop);
  GOOD(open_at(dir, "link", kFollow, kDirectory, 0, 0));
  GOOD(__wasi_fd_close(last));
  GOOD(__wasi_path_filestat_get(dir, 0, "link", &stat));
  HOLDS(stat.filetype == __WASI_FILETYPE_SYMBOLIC_LINK && stat.size == 5);
  GOOD(__wasi_path_filestat_get(dir, kFollow, "link", &stat));
  HOLDS(stat.filetype == __WASI_FILETYPE_DIRECTORY);
  GOOD(__wasi_path_unlink_file(dir, "link"));
  GOOD(__wasi_path_remove_directory(dir, "there"));
  make_file(dir, "there");
  GOOD(__wasi_path_symlink("there", dir, "link"));
  MAY(open_at(dir, "link", kFollow, kDirectory, 0, 0), kNotDir);
  MAY(__wasi_path_symlink("to", dir, "there/"), kNotDir, kExist);
  GOOD(__wasi_path_unlink_file(dir, "link"));
  GOOD(__wasi_path_unlink_file(dir, "there"));
  GOOD(__wasi_path_symlink("loop", dir, "loop"));
  MAY(open_at(dir, "loop", kFollow, 0, 0, 0), kLoop);
  MAY(open_at(dir, "loop", 0, 0, 0, 0), kLoop);
  GOOD(__wasi_path_unlink_file(dir, "loop"));
  GOOD(__wasi_path_symlink("gone", dir, "dangling"));
  MAY(open_at(dir, "dangling", kFollow, 0, 0, 0), kNoEnt);
  MAY(open_at(dir, "dangling", 0, kCreate | kExclusive, kRead, 0), kExist);
  GOOD(__wasi_path_unlink_file(dir, "dangling"));
}

static void descriptors(__wasi_fd_t dir) {
  char bytes[8] = "abcdefg";
  __wasi_fdstat_t stat;
  __wasi_filestat_t of_file;
  __wasi_filesize_t at;
  GOOD(open_at(dir, "file", 0, kCreate, kRead | kWrite | kSeek | kTell | kFlags, 1 /* append */));
  __wasi_fd_t file = last;
  GOOD(__wasi_fd_fdstat_get(file, &stat));
  HOLDS(stat.fs_flags == __WASI_FDFLAGS_APPEND);
  GOOD(transfer(file, bytes, 4, 1));
  GOOD(__wasi_fd_seek(file, 0, __WASI_WHENCE_SET, &at));
  GOOD(transfer(file, bytes, 4, 1));
  GOOD(__wasi_fd_tell(file, &at));
  HOLDS(at == 8);
  GOOD(__wasi_fd_fdstat_set_flags(file, 0));
  GOOD(__wasi_fd_seek(file, 0, __WASI_WHENCE_SET, &at));
  GOOD(transfer(file, bytes, 4, 1));
  MAY(__wasi_fd_seek(file, -9, __WASI_WHENCE_END, &at), 0, kInval);
  MAY(__wasi_fd_seek(file, -1000, __WASI_WHENCE_CUR, &at), kInval);
  GOOD(__wasi_path_filestat_get(dir, 0, "file", &of_file));
  HOLDS(of_file.size == 8);
  /* What is given up does not come back. */
  GOOD(__wasi_fd_fdstat_set_rights(file, kSeek | kTell, 0));
  MAY(transfer(file, bytes, 4, 0), kBadF, kNotCapable);
  MAY(transfer(file, bytes, 4, 1), kBadF, kNotCapable);
  MAY(__wasi_fd_fdstat_set_rights(file, kSeek | kRead, 0), kNotCapable);
  MAY(__wasi_fd_filestat_set_size(file, 1), kNotCapable, kBadF);
  GOOD(open_at(dir, "file", 0, 0, kRead, 0));
  __wasi_fd_t other = last;
  GOOD(__wasi_fd_renumber(file, other));
  MAY(__wasi_fd_close(file), kBadF);
  MAY(transfer(other, bytes, 1, 0), kBadF, kNotCapable);
  GOOD(__wasi_fd_renumber(other, other));
  GOOD(__wasi_fd_close(other));
  MAY(open_at(dir, "file", 0, kTruncate | kDirectory, kRead, 0), kInval, kNotDir);
  MAY(open_at(dir, "file", 0, kCreate | kExclusive, kRead, 0), kExist);
  MAY(open_at(dir, "missing", 0, 0, kRead, 0), kNoEnt);
  GOOD(__wasi_path_unlink_file(dir, "file"));
}

static void times(__wasi_fd_t dir) {
  __wasi_filestat_t before, after;
  GOOD(open_at(dir, "file", 0, kCreate, ALL, 0));
  GOOD(__wasi_fd_filestat_set_size(last, 100));
  GOOD(__wasi_fd_filestat_get(last, &before));
  HOLDS(before.size == 100);
  __wasi_timestamp_t wanted = before.mtim - 100;
  GOOD(__wasi_fd_filestat_set_times(last, wanted, wanted, __WASI_FSTFLAGS_MTIM));
  GOOD(__wasi_fd_filestat_get(last, &after));
  HOLDS(after.mtim == wanted && after.atim == before.atim && after.size == 100);
  int both = __WASI_FSTFLAGS_MTIM | __WASI_FSTFLAGS_MTIM_NOW;
  MAY(__wasi_fd_filestat_set_times(last, 0, 0, (__wasi_fstflags_t)both), kInval);
  MAY(__wasi_path_filestat_set_times(dir, 0, "file", 0, 0, 3 /* both of atim */), kInval);
  GOOD(__wasi_path_filestat_set_times(dir, 0, "file", 0, wanted - 1, __WASI_FSTFLAGS_MTIM));
  GOOD(__wasi_path_filestat_get(dir, 0, "file", &after));
  HOLDS(after.mtim == wanted - 1);
  GOOD(__wasi_fd_advise(last, 0, 10, __WASI_ADVICE_RANDOM));
  GOOD(__wasi_fd_allocate(last, 90, 60));
  GOOD(__wasi_fd_filestat_get(last, &after));
  HOLDS(after.size == 150);
  GOOD(__wasi_fd_close(last));
  GOOD(__wasi_path_unlink_file(dir, "file"));
}

/* Entries by buffers of so many bytes. */
static int count_entries(__wasi_fd_t dir, size_t room) {
  static uint8_t buffer[4096];
  __wasi_dircookie_t cookie = 0;
  int count = 0;
  for (;;) {
    __wasi_size_t used = 0, at = 0;
    if (__wasi_fd_readdir(dir, buffer, room, cookie, &used) != 0) return -1;
    while (used - at >= sizeof(__wasi_dirent_t)) {
      __wasi_dirent_t entry;
      memcpy(&entry, buffer + at, sizeof entry);
      if (used - at < sizeof entry + entry.d_namlen) break;
      at += sizeof entry + entry.d_namlen;
      cookie = entry.d_next;
      count++;
    }
    if (used < room) return count;
  }
}

static void entries(__wasi_fd_t dir) {
  char name[16];
  HOLDS(count_entries(dir, 256) == 2);
  for (int i = 0; i < 300; i++) {
    snprintf(name, sizeof name, "file.%d", i);
    make_file(dir, name);
  }
  HOLDS(count_entries(dir, 256) == 302);
  HOLDS(count_entries(dir, 4096) == 302);
  for (int i = 0; i < 300; i++) {
    snprintf(name, sizeof name, "file.%d", i);
    GOOD(__wasi_path_unlink_file(dir, name));
  }
}

static void in_a_folder(void (*test)(__wasi_fd_t dir)) {
  __wasi_fdstat_t stat;
  GOOD(__wasi_path_create_directory(3, "scratch"));
  GOOD(__wasi_fd_fdstat_get(3, &stat));
  GOOD(path_open(3, 0, "scratch", 7, kDirectory, stat.fs_rights_base, stat.fs_rights_inheriting, 0,
                 &last));
  __wasi_fd_t dir = last;
  test(dir);
  GOOD(__wasi_fd_close(dir));
  GOOD(__wasi_path_remove_directory(3, "scratch"));
}

int main(void) {
  preopened_directories();
  in_a_folder(directories_are_no_files);
  in_a_folder(names);
  in_a_folder(renaming);
  in_a_folder(hard_links);
  in_a_folder(symbolic_links);
  in_a_folder(descriptors);
  in_a_folder(times);
  in_a_folder(entries);
  printf("%d of %d otherwise\n", wrong, looked_at);
  return wrong != 0;
}
