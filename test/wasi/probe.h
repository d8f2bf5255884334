// What the probe calls, and how it prints; no C library.
#pragma once

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef long long i64;
#define IMP(name) __attribute__((import_module("wasi_snapshot_preview1"), import_name(#name)))
IMP(args_sizes_get) int args_sizes_get(u32*, u32*);
IMP(environ_sizes_get) int environ_sizes_get(u32*, u32*);
IMP(clock_res_get) int clock_res_get(u32, u64*);
IMP(clock_time_get) int clock_time_get(u32, u64, u64*);
IMP(fd_advise) int fd_advise(u32, u64, u64, u32);
IMP(fd_allocate) int fd_allocate(u32, u64, u64);
IMP(fd_close) int fd_close(u32);
IMP(fd_datasync) int fd_datasync(u32);
IMP(fd_fdstat_get) int fd_fdstat_get(u32, void*);
IMP(fd_fdstat_set_flags) int fd_fdstat_set_flags(u32, u32);
IMP(fd_fdstat_set_rights) int fd_fdstat_set_rights(u32, u64, u64);
IMP(fd_filestat_get) int fd_filestat_get(u32, void*);
IMP(fd_filestat_set_size) int fd_filestat_set_size(u32, u64);
IMP(fd_filestat_set_times) int fd_filestat_set_times(u32, u64, u64, u32);
IMP(fd_pread) int fd_pread(u32, const void*, u32, u64, u32*);
IMP(fd_prestat_get) int fd_prestat_get(u32, void*);
IMP(fd_prestat_dir_name) int fd_prestat_dir_name(u32, void*, u32);
IMP(fd_pwrite) int fd_pwrite(u32, const void*, u32, u64, u32*);
IMP(fd_read) int fd_read(u32, const void*, u32, u32*);
IMP(fd_readdir) int fd_readdir(u32, void*, u32, u64, u32*);
IMP(fd_renumber) int fd_renumber(u32, u32);
IMP(fd_seek) int fd_seek(u32, i64, u32, u64*);
IMP(fd_sync) int fd_sync(u32);
IMP(fd_tell) int fd_tell(u32, u64*);
IMP(fd_write) int fd_write(u32, const void*, u32, u32*);
IMP(path_create_directory) int path_create_directory(u32, const char*, u32);
IMP(path_filestat_get) int path_filestat_get(u32, u32, const char*, u32, void*);
IMP(path_filestat_set_times) int path_filestat_set_times(u32, u32, const char*, u32, u64, u64, u32);
IMP(path_link) int path_link(u32, u32, const char*, u32, u32, const char*, u32);
IMP(path_open) int path_open(u32, u32, const char*, u32, u32, u64, u64, u32, u32*);
IMP(path_readlink) int path_readlink(u32, const char*, u32, void*, u32, u32*);
IMP(path_remove_directory) int path_remove_directory(u32, const char*, u32);
IMP(path_rename) int path_rename(u32, const char*, u32, u32, const char*, u32);
IMP(path_symlink) int path_symlink(const char*, u32, u32, const char*, u32);
IMP(path_unlink_file) int path_unlink_file(u32, const char*, u32);
IMP(poll_oneoff) int poll_oneoff(const void*, void*, u32, u32*);
IMP(random_get) int random_get(void*, u32);
IMP(sched_yield) int sched_yield(void);
IMP(sock_accept) int sock_accept(u32, u32, u32*);
IMP(sock_recv) int sock_recv(u32, const void*, u32, u32, u32*, u16*);
IMP(sock_send) int sock_send(u32, const void*, u32, u32, u32*);
IMP(sock_shutdown) int sock_shutdown(u32, u32);
static u32 len(const char* s) {
  u32 n = 0;
  while (s[n]) n++;
  return n;
}
struct iov {
  const void* p;
  u32 n;
};
static char out[65536];
static u32 on;
static void puts_(const char* s) {
  u32 n = len(s);
  for (u32 i = 0; i < n && on < sizeof out; i++) out[on++] = s[i];
}
static void flush(void) {
  u32 w, o = 0;
  while (o < on) {
    struct iov v = {out + o, on - o};
    if (fd_write(1, &v, 1, &w)) break;
    o += w;
  }
  on = 0;
}
static void num(i64 v) {
  char b[24];
  int i = 24;
  int neg = v < 0;
  u64 x = neg ? -(u64)v : (u64)v;
  do {
    b[--i] = '0' + x % 10;
    x /= 10;
  } while (x);
  if (neg) b[--i] = '-';
  while (i < 24 && on < sizeof out) out[on++] = b[i++];
}
static void hex(u64 x) {
  puts_("0x");
  int st = 0;
  for (int i = 60; i >= 0; i -= 4) {
    int d = (x >> i) & 15;
    if (d || st || i == 0) {
      st = 1;
      out[on++] = "0123456789abcdef"[d];
    }
  }
}
static void r(const char* name, int e) {
  puts_(name);
  puts_("\t");
  num(e);
  puts_("\n");
  flush();
}
static void rv(const char* name, int e, i64 v) {
  puts_(name);
  puts_("\t");
  num(e);
  if (!e) {
    puts_(" =");
    num(v);
  }
  puts_("\n");
  flush();
}
static void rx(const char* name, int e, u64 v) {
  puts_(name);
  puts_("\t");
  num(e);
  if (!e) {
    puts_(" =");
    hex(v);
  }
  puts_("\n");
  flush();
}
#define P(s) s, len(s)
enum { CREAT = 1, DIRECTORY = 2, EXCL = 4, TRUNC = 8 };
enum { APPEND = 1, DSYNC = 2, NONBLOCK = 4, RSYNC = 8, SYNC = 16 };
#define FOLLOW 1
#define R_READ 2ull
#define R_SEEK 4ull
#define R_TELL 0x20ull
#define R_WRITE 0x40ull
#define R_READDIR 0x4000ull
#define R_SETSIZE 0x400000ull
static const u64 RW = 0x8e001ffull & ~0ull;  // the rights a file may have
static u64 FILE_ALL = 0x8e001ffull;
static u64 DIR_ALL = 0xfbffe98ull & 0x1fffffffull;
static u32 op(u32 d, const char* p, u32 lf, u32 of, u64 rights, u32 ff, int* e) {
  u32 fd = ~0u;
  *e = path_open(d, lf, P(p), of, rights, rights | FILE_ALL, ff, &fd);
  return *e ? ~0u : fd;
}
static u8 buf[8192];
static u8 st[64];
static void w(u32 fd, const char* s) {
  struct iov v = {s, len(s)};
  u32 n;
  fd_write(fd, &v, 1, &n);
}
static void mkfile(const char* p, const char* c) {
  int e;
  u32 fd = op(3, p, 0, CREAT | TRUNC, FILE_ALL & ~R_READ, 0, &e);
  if (!e) {
    w(fd, c);
    fd_close(fd);
  }
}
static void openp(const char* name, const char* p, u32 lf, u32 of, u64 rights, u32 ff) {
  int e;
  u32 fd = op(3, p, lf, of, rights, ff, &e);
  r(name, e);
  if (!e) fd_close(fd);
}
static void sub_clock(u8* s, u64 ud, u32 id, u64 t, u16 fl) {
  for (int i = 0; i < 48; i++) s[i] = 0;
  *(u64*)s = ud;
  s[8] = 0;
  *(u32*)(s + 16) = id;
  *(u64*)(s + 24) = t;
  *(u16*)(s + 40) = fl;
}
static void sub_fd(u8* s, u64 ud, u8 tag, u32 fd) {
  for (int i = 0; i < 48; i++) s[i] = 0;
  *(u64*)s = ud;
  s[8] = tag;
  *(u32*)(s + 16) = fd;
}
static void ev(const char* name, int e, u32 n) {
  static u8* o = buf + 4096;
  puts_(name);
  puts_("\t");
  num(e);
  if (!e) {
    puts_(" n=");
    num(n);
    for (u32 i = 0; i < n && i < 4; i++) {
      u8* x = o + 32 * i;
      puts_(" [ud=");
      num(*(u64*)x);
      puts_(" err=");
      num(*(u16*)(x + 8));
      puts_(" type=");
      num(x[10]);
      puts_(" nbytes=");
      num(*(u64*)(x + 16));
      puts_(" fl=");
      num(*(u16*)(x + 24));
      puts_("]");
    }
  }
  puts_("\n");
  flush();
}
