// Calls WASI preview 1 functions in many situations and prints what each answers. Expects
// descriptor 3 to be a writable, empty directory.
#include "probe.h"

__attribute__((export_name("_start"))) void _start(void) {
  u32 a, b, n;
  u64 t;
  int e;
  u16 rf;
  u32 fd, fd2;
  // clocks
  for (u32 i = 0; i < 6; i++) {
    char nm[32] = "clock_time_get id ";
    nm[18] = '0' + i;
    nm[19] = 0;
    t = 0;
    e = clock_time_get(i, 0, &t);
    rv(nm, e, t > 0);
  }
  for (u32 i = 0; i < 6; i++) {
    char nm[32] = "clock_res_get id ";
    nm[17] = '0' + i;
    nm[18] = 0;
    t = 0;
    e = clock_res_get(i, &t);
    rv(nm, e, t);
  }
  // prestat
  r("prestat_get stdin(0)", fd_prestat_get(0, buf));
  e = fd_prestat_get(3, buf);
  rv("prestat_get 3 name_len", e, *(u32*)(buf + 4));
  u32 nl = *(u32*)(buf + 4);
  r("prestat_get 4", fd_prestat_get(4, buf));
  r("prestat_dir_name 3 short buffer", fd_prestat_dir_name(3, buf, nl - 1));
  r("prestat_dir_name 3 exact", fd_prestat_dir_name(3, buf, nl));
  r("prestat_dir_name 3 longer", fd_prestat_dir_name(3, buf, nl + 4));
  r("prestat_dir_name 4", fd_prestat_dir_name(4, buf, 10));
  r("prestat_dir_name 1", fd_prestat_dir_name(1, buf, 10));
  // fdstat
  for (u32 i = 0; i < 4; i++) {
    char nm[32] = "fdstat filetype fd ";
    nm[19] = '0' + i;
    nm[20] = 0;
    e = fd_fdstat_get(i, st);
    rv(nm, e, st[0]);
    char n2[32] = "fdstat flags fd ";
    n2[16] = '0' + i;
    n2[17] = 0;
    rv(n2, e, *(u16*)(st + 2));
    char n3[32] = "fdstat rights fd ";
    n3[17] = '0' + i;
    n3[18] = 0;
    rx(n3, e, *(u64*)(st + 8));
    char n4[36] = "fdstat inheriting fd ";
    n4[21] = '0' + i;
    n4[22] = 0;
    rx(n4, e, *(u64*)(st + 16));
  }
  r("fdstat bad fd", fd_fdstat_get(99, st));
  // set up
  mkfile("file", "hello");
  r("mkdir dir", path_create_directory(3, P("dir")));
  r("mkdir existing", path_create_directory(3, P("dir")));
  r("mkdir over file", path_create_directory(3, P("file")));
  r("mkdir missing parent", path_create_directory(3, P("no/x")));
  r("mkdir trailing slash", path_create_directory(3, P("dir2/")));
  r("mkdir empty path", path_create_directory(3, P("")));
  r("mkdir . ", path_create_directory(3, P(".")));
  r("mkdir ..", path_create_directory(3, P("..")));
  r("mkdir /abs", path_create_directory(3, P("/abs")));
  r("mkdir on file fd parent file/x", path_create_directory(3, P("file/x")));
  r("symlink to file", path_symlink(P("file"), 3, P("lfile")));
  r("symlink to dir", path_symlink(P("dir"), 3, P("ldir")));
  r("symlink dangling", path_symlink(P("nothing"), 3, P("ldang")));
  r("symlink loop", path_symlink(P("lloop"), 3, P("lloop")));
  r("symlink escaping ../", path_symlink(P("../../etc/passwd"), 3, P("lesc")));
  r("symlink absolute target", path_symlink(P("/etc/passwd"), 3, P("labs")));
  r("symlink over existing", path_symlink(P("file"), 3, P("dir")));
  r("symlink empty target", path_symlink(P(""), 3, P("lempty")));
  r("symlink new path trailing slash", path_symlink(P("file"), 3, P("lts/")));
  // open
  openp("open file read", "file", 0, 0, R_READ | R_SEEK | R_TELL, 0);
  openp("open missing", "missing", 0, 0, R_READ, 0);
  openp("open CREAT|EXCL existing", "file", 0, CREAT | EXCL, R_WRITE, 0);
  openp("open CREAT|DIRECTORY new", "nd", 0, CREAT | DIRECTORY, R_READ, 0);
  openp("open CREAT|DIRECTORY existing dir", "dir", 0, CREAT | DIRECTORY, R_READ, 0);
  openp("open DIRECTORY on file", "file", 0, DIRECTORY, R_READ, 0);
  openp("open DIRECTORY on dir", "dir", 0, DIRECTORY, R_READDIR, 0);
  openp("open dir without DIRECTORY", "dir", 0, 0, R_READDIR | R_READ, 0);
  openp("open dir for write", "dir", 0, 0, R_WRITE, 0);
  openp("open dir TRUNC", "dir", 0, TRUNC, R_WRITE, 0);
  openp("open dir DIRECTORY + write right", "dir", 0, DIRECTORY, R_READ | R_WRITE, 0);
  openp("open file trailing slash", "file/", 0, 0, R_READ, 0);
  openp("open dir trailing slash", "dir/", 0, 0, R_READ, 0);
  openp("open new CREAT trailing slash", "new/", 0, CREAT, R_WRITE, 0);
  openp("open empty path", "", 0, 0, R_READ, 0);
  openp("open .", ".", 0, 0, R_READ, 0);
  openp("open ..", "..", 0, 0, R_READ, 0);
  openp("open dir/..", "dir/..", 0, 0, R_READ, 0);
  openp("open dir/../..", "dir/../..", 0, 0, R_READ, 0);
  openp("open dir/../file", "dir/../file", 0, 0, R_READ, 0);
  openp("open missing/../file", "missing/../file", 0, 0, R_READ, 0);
  openp("open file/../file", "file/../file", 0, 0, R_READ, 0);
  openp("open /file (absolute)", "/file", 0, 0, R_READ, 0);
  openp("open //", "//", 0, 0, R_READ, 0);
  openp("open dir//..//file", "dir//..//file", 0, 0, R_READ, 0);
  openp("open ./file", "./file", 0, 0, R_READ, 0);
  openp("open symlink no follow", "lfile", 0, 0, R_READ, 0);
  openp("open symlink follow", "lfile", FOLLOW, 0, R_READ, 0);
  openp("open dir symlink no follow DIRECTORY", "ldir", 0, DIRECTORY, R_READ, 0);
  openp("open dir symlink no follow", "ldir", 0, 0, R_READ, 0);
  openp("open dir symlink follow DIRECTORY", "ldir", FOLLOW, DIRECTORY, R_READ, 0);
  openp("open dir symlink trailing slash no follow", "ldir/", 0, 0, R_READ, 0);
  openp("open dangling no follow", "ldang", 0, 0, R_READ, 0);
  openp("open dangling follow", "ldang", FOLLOW, 0, R_READ, 0);
  openp("open loop follow", "lloop", FOLLOW, 0, R_READ, 0);
  openp("open loop no follow", "lloop", 0, 0, R_READ, 0);
  openp("open escaping symlink follow", "lesc", FOLLOW, 0, R_READ, 0);
  openp("open absolute symlink follow", "labs", FOLLOW, 0, R_READ, 0);
  openp("open through escaping dir component", "lesc/x", FOLLOW, 0, R_READ, 0);
  openp("open CREAT|EXCL on dangling symlink", "ldang", FOLLOW, CREAT | EXCL, R_WRITE, 0);
  e = path_open(3, 0, "file\0x", 6, 0, R_READ, 0, 0, &fd);
  r("open path with NUL inside", e);
  e = path_open(3, 0, "\xff\xfe", 2, CREAT, R_WRITE, 0, 0, &fd);
  r("open CREAT invalid UTF-8", e);
  if (!e) {
    fd_close(fd);
    path_unlink_file(3, "\xff\xfe", 2);
  }
  r("open bad oflags 0x100", path_open(3, 0, P("file"), 0x100, R_READ, 0, 0, &fd));
  r("open bad fdflags 0x100", path_open(3, 0, P("file"), 0, R_READ, 0, 0x100, &fd));
  r("open bad lookupflags 0x100", path_open(3, 0x100, P("file"), 0, R_READ, 0, 0, &fd));
  r("open dirfd is file", (fd2 = op(3, "file", 0, 0, FILE_ALL & ~R_WRITE, 0, &e),
                           path_open(fd2, 0, P("x"), 0, R_READ, 0, 0, &fd)));
  r("open dirfd is stdout", path_open(1, 0, P("x"), 0, R_READ, 0, 0, &fd));
  r("open dirfd bad", path_open(99, 0, P("x"), 0, R_READ, 0, 0, &fd));
  fd_close(fd2);
  e = path_open(3, 0, P("file"), 0, R_READ, 0, NONBLOCK, &fd);
  r("open file NONBLOCK", e);
  if (!e) {
    e = fd_fdstat_get(fd, st);
    rv("fdstat flags after NONBLOCK", e, *(u16*)(st + 2));
    fd_close(fd);
  }
  e = path_open(3, 0, P("file"), 0, R_WRITE, 0, SYNC | DSYNC | RSYNC, &fd);
  r("open file SYNC|DSYNC|RSYNC", e);
  if (!e) {
    e = fd_fdstat_get(fd, st);
    rv("fdstat flags after SYNC|DSYNC|RSYNC", e, *(u16*)(st + 2));
    fd_close(fd);
  }
  e = path_open(3, 0, P("file"), 0, 0, 0, 0, &fd);
  r("open file with zero rights", e);
  if (!e) {
    e = fd_fdstat_get(fd, st);
    rx("rights after zero-rights open", e, *(u64*)(st + 8));
    struct iov v = {buf, 4};
    r("read after zero-rights open", fd_read(fd, &v, 1, &n));
    r("filestat_get after zero-rights open", fd_filestat_get(fd, st));
    fd_close(fd);
  }
  // file ops
  fd = op(3, "file", 0, 0, FILE_ALL, 0, &e);
  r("open file RDWR all rights", e);
  e = fd_fdstat_get(fd, st);
  rx("fdstat rights file RDWR", e, *(u64*)(st + 8));
  rx("fdstat inheriting file RDWR", e, *(u64*)(st + 16));
  rv("fdstat filetype file", e, st[0]);
  struct iov v1 = {buf, 4};
  e = fd_pread(fd, &v1, 1, 0, &n);
  rv("pread", e, n);
  e = fd_pread(fd, &v1, 1, 1000, &n);
  rv("pread past end", e, n);
  r("pread offset 2^63", fd_pread(fd, &v1, 1, 1ull << 63, &n));
  r("pwrite offset 2^63", fd_pwrite(fd, &v1, 1, 1ull << 63, &n));
  e = fd_read(fd, 0, 0, &n);
  rv("read zero iovs", e, n);
  e = fd_write(fd, 0, 0, &n);
  rv("write zero iovs", e, n);
  struct iov vv[3] = {{buf, 0}, {buf, 2}, {buf + 16, 2}};
  fd_seek(fd, 0, 0, &t);
  e = fd_read(fd, vv, 3, &n);
  rv("read 3 iovs first empty", e, n);
  e = fd_seek(fd, -1, 0, &t);
  r("seek SET -1", e);
  e = fd_seek(fd, 0, 7, &t);
  r("seek bad whence", e);
  e = fd_seek(fd, 100, 0, &t);
  rv("seek past end", e, t);
  e = fd_seek(fd, -1000, 1, &t);
  r("seek CUR before start", e);
  e = fd_seek(fd, 0, 2, &t);
  rv("seek END 0", e, t);
  e = fd_tell(fd, &t);
  rv("tell", e, t);
  r("allocate", fd_allocate(fd, 0, 100));
  e = fd_filestat_get(fd, st);
  rv("size after allocate 0..100", e, *(u64*)(st + 32));
  r("allocate len 0", fd_allocate(fd, 0, 0));
  r("allocate offset 2^63", fd_allocate(fd, 1ull << 63, 1));
  r("allocate on stdout", fd_allocate(1, 0, 1));
  r("allocate on dir", fd_allocate(3, 0, 1));
  r("set_size 2", fd_filestat_set_size(fd, 2));
  r("set_size 2^63", fd_filestat_set_size(fd, 1ull << 63));
  for (u32 i = 0; i < 7; i++) {
    char nm[24] = "advise ";
    nm[7] = '0' + i;
    nm[8] = 0;
    r(nm, fd_advise(fd, 0, 10, i));
  }
  r("advise on dir", fd_advise(3, 0, 10, 0));
  r("advise on stdin", fd_advise(0, 0, 10, 0));
  r("set_times ATIM|ATIM_NOW", fd_filestat_set_times(fd, 1, 1, 3));
  r("set_times MTIM|MTIM_NOW", fd_filestat_set_times(fd, 1, 1, 12));
  r("set_times ATIM|MTIM", fd_filestat_set_times(fd, 1000000000, 2000000000, 5));
  e = fd_filestat_get(fd, st);
  rv("atim after", e, *(u64*)(st + 40));
  rv("mtim after", e, *(u64*)(st + 48));
  r("set_times none", fd_filestat_set_times(fd, 0, 0, 0));
  r("set_times bad flags 0x100", fd_filestat_set_times(fd, 0, 0, 0x100));
  r("datasync", fd_datasync(fd));
  r("sync", fd_sync(fd));
  r("sync dir", fd_sync(3));
  r("datasync dir", fd_datasync(3));
  r("sync stdout", fd_sync(1));
  r("datasync stdin", fd_datasync(0));
  r("fdstat_set_flags APPEND", fd_fdstat_set_flags(fd, APPEND));
  r("fdstat_set_flags SYNC", fd_fdstat_set_flags(fd, SYNC));
  r("fdstat_set_flags DSYNC", fd_fdstat_set_flags(fd, DSYNC));
  r("fdstat_set_flags 0x100", fd_fdstat_set_flags(fd, 0x100));
  r("fdstat_set_flags 0", fd_fdstat_set_flags(fd, 0));
  r("fdstat_set_flags NONBLOCK on stdout", fd_fdstat_set_flags(1, NONBLOCK));
  fd_fdstat_set_flags(1, 0);
  r("fdstat_set_flags on dir 0", fd_fdstat_set_flags(3, 0));
  e = fd_fdstat_get(fd, st);
  r("set_rights to same", fd_fdstat_set_rights(fd, *(u64*)(st + 8), *(u64*)(st + 16)));
  r("set_rights drop all but read", fd_fdstat_set_rights(fd, R_READ, 0));
  e = fd_fdstat_get(fd, st);
  rx("rights after drop", e, *(u64*)(st + 8));
  r("write after drop", fd_write(fd, &v1, 1, &n));
  r("set_rights add", fd_fdstat_set_rights(fd, FILE_ALL, 0));
  r("set_rights bad fd", fd_fdstat_set_rights(99, 0, 0));
  fd_close(fd);
  // read-only / write-only
  fd = op(3, "file", 0, 0, R_READ | R_SEEK | R_TELL, 0, &e);
  r("write to read-only fd", fd_write(fd, &v1, 1, &n));
  r("set_size on read-only fd", fd_filestat_set_size(fd, 1));
  r("readdir on file", fd_readdir(fd, buf, 100, 0, &n));
  r("prestat_get on file", fd_prestat_get(fd, buf));
  fd_close(fd);
  fd = op(3, "file", 0, 0, R_WRITE, 0, &e);
  r("read from write-only fd", fd_read(fd, &v1, 1, &n));
  r("pread from write-only fd", fd_pread(fd, &v1, 1, 0, &n));
  e = fd_seek(fd, 0, 0, &t);
  r("seek without seek right", e);
  e = fd_tell(fd, &t);
  r("tell without tell right", e);
  fd_close(fd);
  mkfile("app", "abc");
  fd = op(3, "app", 0, 0, FILE_ALL, APPEND, &e);
  r("open APPEND", e);
  struct iov vx = {"XY", 2};
  e = fd_pwrite(fd, &vx, 1, 0, &n);
  rv("pwrite 0 on APPEND", e, n);
  e = fd_filestat_get(fd, st);
  rv("size after", e, *(u64*)(st + 32));
  e = fd_seek(fd, 0, 0, &t);
  e = fd_write(fd, &vx, 1, &n);
  e = fd_tell(fd, &t);
  rv("tell after seek 0 + append write", e, t);
  fd_close(fd);
  e = path_open(3, 0, P("file"), TRUNC, R_READ, 0, 0, &fd);
  r("open TRUNC with read right only", e);
  if (!e) fd_close(fd);
  mkfile("file", "hello");
  // stdio
  e = fd_seek(1, 0, 1, &t);
  r("seek stdout", e);
  e = fd_tell(1, &t);
  r("tell stdout", e);
  r("read stdout", fd_read(1, &v1, 1, &n));
  r("pread stdin", fd_pread(0, &v1, 1, 0, &n));
  r("pwrite stdout", fd_pwrite(1, &v1, 0, 0, &n));
  r("write stdin 0 iovs", fd_write(0, &v1, 0, &n));
  r("write stdin", fd_write(0, &v1, 1, &n));
  e = fd_filestat_get(1, st);
  rv("filestat stdout type", e, st[16]);
  e = fd_filestat_get(3, st);
  rv("filestat preopen type", e, st[16]);
  r("readdir stdin", fd_readdir(0, buf, 64, 0, &n));
  // directories as files
  r("read dir fd", fd_read(3, &v1, 1, &n));
  r("write dir fd", fd_write(3, &v1, 1, &n));
  e = fd_seek(3, 0, 0, &t);
  r("seek dir fd", e);
  e = fd_tell(3, &t);
  r("tell dir fd", e);
  r("set_size dir fd", fd_filestat_set_size(3, 0));
  r("pread dir fd", fd_pread(3, &v1, 1, 0, &n));
  // stat
  e = path_filestat_get(3, 0, P("file"), st);
  rv("stat file type", e, st[16]);
  rv("stat file nlink", e, *(u64*)(st + 24));
  rv("stat file ino nonzero", e, *(u64*)(st + 8) != 0);
  e = path_filestat_get(3, 0, P("lfile"), st);
  rv("stat symlink nofollow type", e, st[16]);
  rv("stat symlink nofollow size", e, *(u64*)(st + 32));
  e = path_filestat_get(3, FOLLOW, P("lfile"), st);
  rv("stat symlink follow type", e, st[16]);
  r("stat file/", path_filestat_get(3, 0, P("file/"), st));
  e = path_filestat_get(3, 0, P("ldir/"), st);
  rv("stat ldir/ nofollow type", e, st[16]);
  r("stat ..", path_filestat_get(3, 0, P(".."), st));
  r("stat /", path_filestat_get(3, 0, P("/"), st));
  e = path_filestat_get(3, 0, P("."), st);
  rv("stat . type", e, st[16]);
  r("stat empty", path_filestat_get(3, 0, P(""), st));
  r("stat loop follow", path_filestat_get(3, FOLLOW, P("lloop"), st));
  r("stat dangling follow", path_filestat_get(3, FOLLOW, P("ldang"), st));
  r("stat escaping link follow", path_filestat_get(3, FOLLOW, P("lesc"), st));
  r("stat dirfd is stdout", path_filestat_get(1, 0, P("file"), st));
  r("stat dev of . and fd equal", (path_filestat_get(3, 0, P("file"), st), t = *(u64*)st,
                                   fd = op(3, "file", 0, 0, FILE_ALL & ~R_WRITE, 0, &e),
                                   fd_filestat_get(fd, st), fd_close(fd), t == *(u64*)st ? 0 : 1));
  r("path_set_times nofollow on symlink", path_filestat_set_times(3, 0, P("lfile"), 5, 5, 5));
  args_sizes_get(&a, &b);
  if (a != 2 && a != 4)
    r("path_set_times ATIM|ATIM_NOW", path_filestat_set_times(3, 0, P("file"), 5, 5, 3));
  r("path_set_times missing", path_filestat_set_times(3, 0, P("missing"), 5, 5, 5));
  // readlink
  e = path_readlink(3, P("lfile"), buf, 100, &n);
  rv("readlink", e, n);
  e = path_readlink(3, P("lfile"), buf, 2, &n);
  rv("readlink short buffer", e, n);
  e = path_readlink(3, P("lfile"), buf, 0, &n);
  rv("readlink empty buffer", e, n);
  e = path_readlink(3, P("file"), buf, 10, &n);
  r("readlink on file", e);
  r("readlink missing", path_readlink(3, P("missing"), buf, 10, &n));
  e = path_readlink(3, P("labs"), buf, 100, &n);
  rv("readlink absolute target", e, n);
  // link
  r("link", path_link(3, 0, P("file"), 3, P("hard")));
  r("link existing target", path_link(3, 0, P("file"), 3, P("hard")));
  r("link dir", path_link(3, 0, P("dir"), 3, P("hdir")));
  r("link missing", path_link(3, 0, P("missing"), 3, P("h2")));
  e = path_link(3, 0, P("lfile"), 3, P("hl"));
  r("link symlink nofollow", e);
  r("link symlink FOLLOW flag", path_link(3, FOLLOW, P("lfile"), 3, P("hl2")));
  r("link target trailing slash", path_link(3, 0, P("file"), 3, P("hs/")));
  r("link source trailing slash", path_link(3, 0, P("file/"), 3, P("hs2")));
  r("link target ..", path_link(3, 0, P("file"), 3, P("../zz")));
  // unlink / rmdir
  r("unlink dir", path_unlink_file(3, P("dir")));
  r("unlink missing", path_unlink_file(3, P("missing")));
  r("unlink file/", path_unlink_file(3, P("file/")));
  r("unlink dir/", path_unlink_file(3, P("dir/")));
  r("unlink symlink to dir", path_unlink_file(3, P("ldir")));
  path_symlink(P("dir"), 3, P("ldir"));
  r("unlink ldir/", path_unlink_file(3, P("ldir/")));
  r("unlink .", path_unlink_file(3, P(".")));
  r("unlink ..", path_unlink_file(3, P("..")));
  r("rmdir file", path_remove_directory(3, P("file")));
  r("rmdir missing", path_remove_directory(3, P("missing")));
  path_create_directory(3, P("ne"));
  mkfile("ne/f", "x");
  r("rmdir non-empty", path_remove_directory(3, P("ne")));
  path_create_directory(3, P("e1"));
  r("rmdir trailing slash", path_remove_directory(3, P("e1/")));
  r("rmdir .", path_remove_directory(3, P(".")));
  r("rmdir ..", path_remove_directory(3, P("..")));
  r("rmdir symlink to dir", path_remove_directory(3, P("ldir")));
  r("rmdir ldir/", path_remove_directory(3, P("ldir/")));
  r("rmdir empty path", path_remove_directory(3, P("")));
  // rename
  path_create_directory(3, P("d1"));
  path_create_directory(3, P("d2"));
  r("rename dir over empty dir", path_rename(3, P("d1"), 3, P("d2")));
  path_create_directory(3, P("d1"));
  r("rename dir over non-empty dir", path_rename(3, P("d1"), 3, P("ne")));
  r("rename dir over file", path_rename(3, P("d1"), 3, P("file")));
  r("rename file over dir", path_rename(3, P("file"), 3, P("d1")));
  mkfile("f1", "1");
  r("rename file over file", path_rename(3, P("f1"), 3, P("hard")));
  r("rename missing", path_rename(3, P("missing"), 3, P("m2")));
  r("rename file to name/", path_rename(3, P("hard"), 3, P("hh/")));
  r("rename file/ ", path_rename(3, P("hard/"), 3, P("hh")));
  r("rename dir/ to name/", path_rename(3, P("d1/"), 3, P("d3/")));
  r("rename dir into itself", path_rename(3, P("dir"), 3, P("dir/x")));
  r("rename .", path_rename(3, P("."), 3, P("zz")));
  r("rename to ..", path_rename(3, P("file"), 3, P("..")));
  r("rename same", path_rename(3, P("file"), 3, P("file")));
  // readdir
  path_create_directory(3, P("rd"));
  mkfile("rd/a", "1");
  mkfile("rd/bb", "2");
  mkfile("rd/ccc", "3");
  fd = op(3, "rd", 0, DIRECTORY, R_READDIR | R_READ, 0, &e);
  r("open rd", e);
  e = fd_readdir(fd, buf, 4096, 0, &n);
  rv("readdir bufused", e, n);
  {
    u32 o = 0;
    int cnt = 0, dots = 0, zero = 0;
    u64 last = 0;
    while (o + 24 <= n) {
      u32 l = *(u32*)(buf + o + 16);
      if (buf[o + 24] == '.') dots++;
      if (*(u64*)(buf + o + 8) == 0) zero++;
      last = *(u64*)buf;
      o += 24 + l;
      cnt++;
    }
    rv("readdir entries", e, cnt);
    rv("readdir dot entries", e, dots);
    rv("readdir zero inodes", e, zero);
    rv("readdir first cookie==1", e, last == 1);
  }
  e = fd_readdir(fd, buf, 30, 0, &n);
  rv("readdir 30-byte buffer bufused", e, n);
  e = fd_readdir(fd, buf, 10, 0, &n);
  rv("readdir 10-byte buffer bufused", e, n);
  e = fd_readdir(fd, buf, 0, 0, &n);
  rv("readdir 0-byte buffer", e, n);
  {
    e = fd_readdir(fd, buf, 4096, 0, &n);
    u64 ck = *(u64*)buf;
    u32 n0 = n;
    u32 l0 = 24 + *(u32*)(buf + 16);
    e = fd_readdir(fd, buf, 4096, ck, &n);
    rv("readdir from first cookie: full minus first entry", e, n == n0 - l0);
    e = fd_readdir(fd, buf, 4096, 0, &n);
    rv("readdir rewind by cookie 0 gives all", e, n == n0);
  }
  e = fd_readdir(fd, buf, 4096, 1000000, &n);
  rv("readdir bogus cookie 1000000", e, n);
  e = fd_readdir(fd, buf, 4096, ~0ull, &n);
  rv("readdir cookie 2^64-1", e, n);
  fd_close(fd);
  r("readdir closed fd", fd_readdir(fd, buf, 64, 0, &n));
  // renumber
  fd = op(3, "file", 0, 0, FILE_ALL, 0, &e);
  fd2 = op(3, "app", 0, 0, FILE_ALL, 0, &e);
  r("renumber to unused 77", fd_renumber(fd, 77));
  r("renumber bad from", fd_renumber(99, fd));
  args_sizes_get(&a, &b);
  if (a != 3 && a != 4) r("renumber same", fd_renumber(fd, fd));
  r("renumber over open", fd_renumber(fd, fd2));
  r("use old number", fd_filestat_get(fd, st));
  r("use new number", fd_filestat_get(fd2, st));
  {
    u32 f3 = op(3, "file", 0, 0, R_READ, 0, &e);
    rv("next fd after renumber reuses old number", e, f3 == fd);
    if (!e) fd_close(f3);
  }
  fd_close(fd2);
  r("close twice", fd_close(fd2));
  r("close bad", fd_close(99));
  // poll
  {
    u8* o = buf + 4096;
    e = poll_oneoff(buf, o, 0, &n);
    r("poll 0 subscriptions", e);
    sub_clock(buf, 7, 1, 1000000, 0);
    n = 9;
    e = poll_oneoff(buf, o, 1, &n);
    ev("poll clock mono 1ms", e, n);
    sub_clock(buf, 8, 0, 1000000, 0);
    e = poll_oneoff(buf, o, 1, &n);
    ev("poll clock real 1ms", e, n);
    u64 now;
    args_sizes_get(&a, &b);
    if (a != 2 && a != 4) {
      clock_time_get(1, 0, &now);
      sub_clock(buf, 9, 1, now + 1000000, 1);
      e = poll_oneoff(buf, o, 1, &n);
      ev("poll clock mono abs +1ms", e, n);
    }
    if (a != 2 && a != 4) {
      clock_time_get(0, 0, &now);
      sub_clock(buf, 9, 0, now - 1000000000, 1);
      e = poll_oneoff(buf, o, 1, &n);
      ev("poll clock real abs past", e, n);
    }
    if (a != 4) {
      sub_clock(buf, 10, 2, 1000, 0);
      e = poll_oneoff(buf, o, 1, &n);
      ev("poll clock process-cpu", e, n);
    }
    sub_clock(buf, 11, 9, 1000, 0);
    e = poll_oneoff(buf, o, 1, &n);
    ev("poll clock bad id", e, n);
    sub_clock(buf, 1, 1, 50000000, 0);
    sub_clock(buf + 48, 2, 1, 1000000, 0);
    e = poll_oneoff(buf, o, 2, &n);
    ev("poll two clocks", e, n);
    sub_fd(buf, 3, 2, 1);
    e = poll_oneoff(buf, o, 1, &n);
    ev("poll write stdout", e, n);
    sub_fd(buf, 3, 2, 1);
    sub_clock(buf + 48, 4, 1, 100000000, 0);
    e = poll_oneoff(buf, o, 2, &n);
    ev("poll write stdout + clock 100ms", e, n);
    sub_fd(buf, 5, 1, 99);
    sub_clock(buf + 48, 4, 1, 1000000, 0);
    e = poll_oneoff(buf, o, 2, &n);
    ev("poll read bad fd + clock", e, n);
    fd = op(3, "file", 0, 0, FILE_ALL, 0, &e);
    sub_clock(buf + 48, 99, 1, 20000000, 0);
    sub_fd(buf, 6, 1, fd);
    e = poll_oneoff(buf, o, 2, &n);
    ev("poll read regular file + 20ms", e, n);
    sub_fd(buf, 6, 2, fd);
    e = poll_oneoff(buf, o, 2, &n);
    ev("poll write regular file + 20ms", e, n);
    fd_seek(fd, 0, 2, &t);
    sub_fd(buf, 6, 1, fd);
    e = poll_oneoff(buf, o, 2, &n);
    ev("poll read regular file at end + 20ms", e, n);
    fd_close(fd);
    sub_fd(buf, 6, 1, 3);
    e = poll_oneoff(buf, o, 2, &n);
    ev("poll read dir + 20ms", e, n);
    buf[8] = 9;
    e = poll_oneoff(buf, o, 1, &n);
    ev("poll bad tag", e, n);
  }
  // sockets and others
  r("sock_shutdown stdout", sock_shutdown(1, 1));
  r("sock_shutdown bad fd", sock_shutdown(99, 1));
  r("sock_shutdown preopen", sock_shutdown(3, 1));
  r("sock_recv file",
    (fd = op(3, "file", 0, 0, FILE_ALL, 0, &e), sock_recv(fd, &v1, 1, 0, &n, &rf)));
  r("sock_send file", sock_send(fd, &v1, 1, 0, &n));
  r("sock_accept file", sock_accept(fd, 0, &n));
  r("sock_accept bad fd", sock_accept(99, 0, &n));
  fd_close(fd);
  r("sched_yield", sched_yield());
  r("random_get 0", random_get(buf, 0));
  r("random_get 16", random_get(buf, 16));
  flush();
  // preopen close, last
  r("close preopen 3", fd_close(3));
  r("prestat_get closed preopen", fd_prestat_get(3, buf));
  r("open below closed preopen", path_open(3, 0, P("file"), 0, R_READ, 0, 0, &fd));
  flush();
}
