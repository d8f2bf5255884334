// The errors of each call, one after another, on every kind of files: which call answers what. What
// they do where nothing is wrong, and in what order things are looked at, other tests say.
#include <map>

#include "wasi/guest.h"

namespace {

enum Code : int {
  kBadf = 8,
  kExist = 20,
  kInval = 28,
  kIsdir = 31,
  kLoop = 32,
  kNametoolong = 37,
  kNoent = 44,
  kNotdir = 54,
  kNotempty = 55,
  kNotsock = 57,
  kPerm = 63,
  kSpipe = 70,
  kXdev = 75,
  kNotcapable = 76
};

// Descriptors of each sort, and texts in the guest's memory.
struct Errors {
  static constexpr uint32_t kClosed = 99, kTexts = 0x3000, kResult = 0x10, kRoom = 0x2000;
  Folder folder;
  Guest guest{"wasi_calls.wasm"};
  bool is_open = false;
  uint32_t file = 0, read_only = 0, write_only = 0, directory = 0, powerless = 0;
  uint32_t powerless_directory = 0;
  uint32_t next = kTexts;

  Errors() {
    write_all(folder.root + "/file", "hello");
    CHECK(mkdir((folder.root + "/dir").c_str(), 0755) == 0);
    write_all(folder.root + "/dir/inner", "inner");
    for (auto [name, target] : std::map<const char*, const char*>{{"link", "file"},
                                                                  {"dangling", "none"},
                                                                  {"loop", "loop"},
                                                                  {"out", "../out"},
                                                                  {"absolute", "/etc"},
                                                                  {"to_dir", "dir"}}) {
      CHECK(symlink(target, (folder.root + "/" + name).c_str()) == 0);
    }
    is_open = guest.open(folder.root);
    if (!is_open) return;
    constexpr uint64_t kRead = 2, kWrite = 64;
    CHECK_EQ(guest.open_file(3, "file", 0, 0, Guest::kFileRights, file), 0);
    CHECK_EQ(guest.open_file(3, "file", 0, 0, Guest::kFileRights & ~kWrite, read_only), 0);
    CHECK_EQ(guest.open_file(3, "file", 0, 0, Guest::kFileRights & ~kRead, write_only), 0);
    CHECK_EQ(guest.open_file(3, "dir", 0, 2, Guest::kDirectoryRights, directory), 0);
    CHECK_EQ(guest.open_file(3, "file", 0, 0, Guest::kFileRights, powerless), 0);
    CHECK_EQ(guest.call("fd_fdstat_set_rights", {powerless, 0, 0}), 0);
    CHECK_EQ(guest.open_file(3, "dir", 0, 2, Guest::kDirectoryRights, powerless_directory), 0);
    CHECK_EQ(guest.call("fd_fdstat_set_rights", {powerless_directory, 0, 0}), 0);
    guest.put<uint32_t>(0x20, kRoom);  // a vector of 4 bytes
    guest.put<uint32_t>(0x24, 4);
  }

  struct Text {
    uint64_t at, length;
  };
  Text text(const std::string& value) {
    if (next + value.size() > 0xf000) next = kTexts;
    Text made{next, guest.path(value, next)};
    next += static_cast<uint32_t>(value.size());
    return made;
  }

  void expect(int wanted, const char* name, std::initializer_list<uint64_t> arguments,
              const std::string& what = "") {
    int code = guest.call(name, arguments);
    if (code != wanted) std::printf("%s %s: %d, not %d\n", name, what.c_str(), code, wanted);
    CHECK_EQ(code, wanted);
  }
  // A call that takes a path of a directory.
  void at(int wanted, const char* name, uint64_t fd, const std::string& path) {
    Text given = text(path);
    expect(wanted, name, {fd, given.at, given.length}, path);
  }
  void open_at(int wanted, uint64_t fd, const std::string& path, uint64_t follow = 0,
               uint64_t oflags = 0, uint64_t rights = 2, uint64_t flags = 0,
               uint64_t inheriting = 0) {
    Text given = text(path);
    expect(wanted, "path_open",
           {fd, follow, given.at, given.length, oflags, rights, inheriting, flags, kResult}, path);
  }
  void two(int wanted, const char* name, uint64_t from_fd, const std::string& from, uint64_t to_fd,
           const std::string& to) {
    Text old = text(from), fresh = text(to);
    if (std::string(name) == "path_link") {
      expect(wanted, name, {from_fd, 0, old.at, old.length, to_fd, fresh.at, fresh.length},
             from + " " + to);
    } else {
      expect(wanted, name, {from_fd, old.at, old.length, to_fd, fresh.at, fresh.length},
             from + " " + to);
    }
  }
  void make_link(int wanted, const std::string& target, uint64_t fd, const std::string& path) {
    Text to = text(target), given = text(path);
    expect(wanted, "path_symlink", {to.at, to.length, fd, given.at, given.length}, path);
  }
  void status_at(int wanted, uint64_t fd, const std::string& path, uint64_t follow = 0) {
    Text given = text(path);
    expect(wanted, "path_filestat_get", {fd, follow, given.at, given.length, kRoom}, path);
  }
  void times_at(int wanted, uint64_t fd, const std::string& path, uint64_t flags,
                uint64_t follow = 0) {
    Text given = text(path);
    expect(wanted, "path_filestat_set_times", {fd, follow, given.at, given.length, 1, 1, flags},
           path);
  }
  void read_link(int wanted, uint64_t fd, const std::string& path) {
    Text given = text(path);
    expect(wanted, "path_readlink", {fd, given.at, given.length, kRoom, 64, kResult}, path);
  }
};

constexpr uint64_t kTooFar = uint64_t{1} << 63;

FILES_CASE(of_descriptors_that_are_not_open) {
  Errors e;
  if (!e.is_open) return;
  constexpr uint64_t fd = Errors::kClosed, out = Errors::kResult, room = Errors::kRoom;
  const struct {
    const char* name;
    std::initializer_list<uint64_t> arguments;
  } calls[] = {{"fd_advise", {fd, 0, 0, 0}},
               {"fd_allocate", {fd, 0, 1}},
               {"fd_close", {fd}},
               {"fd_datasync", {fd}},
               {"fd_fdstat_get", {fd, room}},
               {"fd_fdstat_set_flags", {fd, 0}},
               {"fd_fdstat_set_rights", {fd, 0, 0}},
               {"fd_filestat_get", {fd, room}},
               {"fd_filestat_set_size", {fd, 0}},
               {"fd_filestat_set_times", {fd, 0, 0, 0}},
               {"fd_pread", {fd, 0x20, 1, 0, out}},
               {"fd_prestat_dir_name", {fd, room, 8}},
               {"fd_prestat_get", {fd, room}},
               {"fd_pwrite", {fd, 0x20, 1, 0, out}},
               {"fd_read", {fd, 0x20, 1, out}},
               {"fd_readdir", {fd, room, 64, 0, out}},
               {"fd_renumber", {fd, 3}},
               {"fd_renumber", {3, fd}},
               {"fd_seek", {fd, 0, 0, out}},
               {"fd_sync", {fd}},
               {"fd_tell", {fd, out}},
               {"fd_write", {fd, 0x20, 1, out}},
               {"sock_accept", {fd, 0, out}},
               {"sock_recv", {fd, 0x20, 1, 0, out, out + 4}},
               {"sock_send", {fd, 0x20, 1, 0, out}},
               {"sock_shutdown", {fd, 1}}};
  for (const auto& call : calls) e.expect(kBadf, call.name, call.arguments);
  e.at(kBadf, "path_create_directory", fd, "new");
  e.at(kBadf, "path_remove_directory", fd, "dir");
  e.at(kBadf, "path_unlink_file", fd, "file");
  for (const char* name : {"path_link", "path_rename"}) {
    e.two(kBadf, name, fd, "file", 3, "new");
    e.two(kBadf, name, 3, "file", fd, "new");
  }
  e.make_link(kBadf, "file", fd, "new");
  e.open_at(kBadf, fd, "file");
  e.read_link(kBadf, fd, "link");
  e.status_at(kBadf, fd, "file");
  e.times_at(kBadf, fd, "file", 1);
}

FILES_CASE(of_descriptors_without_the_right) {
  Errors e;
  if (!e.is_open) return;
  constexpr uint64_t out = Errors::kResult, room = Errors::kRoom;
  const uint64_t fd = e.powerless, at = e.powerless_directory;
  const struct {
    const char* name;
    std::initializer_list<uint64_t> arguments;
  } calls[] = {{"fd_advise", {fd, 0, 0, 0}},
               {"fd_allocate", {fd, 0, 1}},
               {"fd_datasync", {fd}},
               {"fd_fdstat_set_flags", {fd, 0}},
               {"fd_fdstat_set_rights", {fd, 2, 0}},
               {"fd_fdstat_set_rights", {at, 0, 2}},
               {"fd_filestat_get", {fd, room}},
               {"fd_filestat_set_size", {fd, 0}},
               {"fd_filestat_set_times", {fd, 0, 0, 0}},
               {"fd_pread", {fd, 0x20, 1, 0, out}},
               {"fd_pwrite", {fd, 0x20, 1, 0, out}},
               {"fd_read", {fd, 0x20, 1, out}},
               {"fd_readdir", {at, room, 64, 0, out}},
               {"fd_seek", {fd, 0, 0, out}},
               {"fd_sync", {fd}},
               {"fd_tell", {fd, out}},
               {"fd_write", {fd, 0x20, 1, out}}};
  for (const auto& call : calls) e.expect(kNotcapable, call.name, call.arguments);
  e.at(kNotcapable, "path_create_directory", at, "new");
  e.at(kNotcapable, "path_remove_directory", at, "dir");
  e.at(kNotcapable, "path_unlink_file", at, "inner");
  for (const char* name : {"path_link", "path_rename"}) {
    e.two(kNotcapable, name, at, "inner", 3, "new");
    e.two(kNotcapable, name, 3, "file", at, "new");
  }
  e.make_link(kNotcapable, "file", at, "new");
  e.open_at(kNotcapable, at, "inner");
  e.read_link(kNotcapable, at, "link");
  e.status_at(kNotcapable, at, "inner");
  e.times_at(kNotcapable, at, "inner", 1);
  // Of files, and files opened for one thing alone.
  e.expect(kNotcapable, "fd_write", {e.read_only, 0x20, 1, out});
  e.expect(kNotcapable, "fd_pwrite", {e.read_only, 0x20, 1, 0, out});
  e.expect(kNotcapable, "fd_read", {e.write_only, 0x20, 1, out});
  e.expect(kNotcapable, "fd_pread", {e.write_only, 0x20, 1, 0, out});
  e.expect(kNotcapable, "fd_read", {e.directory, 0x20, 1, out});
  e.expect(kNotcapable, "fd_readdir", {e.file, room, 64, 0, out});
  // More than what the directory passes on.
  CHECK_EQ(e.guest.call("fd_fdstat_set_rights", {e.directory, Guest::kDirectoryRights, 2}), 0);
  e.open_at(kNotcapable, e.directory, "inner", 0, 0, 64);
  e.open_at(kNotcapable, e.directory, "inner", 0, 0, 2, 0, 64);
}

FILES_CASE(of_arguments) {
  Errors e;
  if (!e.is_open) return;
  constexpr uint64_t out = Errors::kResult, room = Errors::kRoom;
  const uint64_t fd = e.file;
  e.expect(kInval, "clock_res_get", {4, room});
  e.expect(kInval, "clock_time_get", {4, 0, room});
  e.expect(kInval, "fd_advise", {fd, 0, 0, 6});
  e.expect(kBadf, "fd_advise", {3, 0, 0, 0});
  e.expect(kInval, "fd_allocate", {fd, 0, 0});
  e.expect(kInval, "fd_allocate", {fd, kTooFar - 1, 1});
  e.expect(kInval, "fd_fdstat_set_flags", {fd, 32});
  e.expect(kInval, "fd_fdstat_set_flags", {fd, 16});  // SYNC stays as it was
  e.expect(kInval, "fd_filestat_set_size", {fd, kTooFar});
  e.expect(kInval, "fd_filestat_set_times", {fd, 0, 0, 1 | 2});
  e.expect(kInval, "fd_filestat_set_times", {fd, 0, 0, 4 | 8});
  e.expect(kInval, "fd_filestat_set_times", {fd, 0, 0, 16});
  e.expect(kInval, "fd_pread", {fd, 0x20, 1, kTooFar, out});
  e.expect(kInval, "fd_pwrite", {fd, 0x20, 1, kTooFar, out});
  e.expect(kNametoolong, "fd_prestat_dir_name", {3, room, 0});
  e.expect(kBadf, "fd_prestat_dir_name", {fd, room, 8});
  e.expect(kBadf, "fd_prestat_get", {fd, room});
  e.expect(kInval, "fd_seek", {fd, 0, 3, out});
  e.expect(kInval, "fd_seek", {fd, static_cast<uint64_t>(-1), 0, out});
  e.expect(kInval, "path_filestat_get", {3, 2, Errors::kTexts, 1, room});
  e.times_at(kInval, 3, "file", 1 | 2);
  e.times_at(kInval, 3, "file", 4 | 8);
  e.times_at(kInval, 3, "file", 16);
  e.times_at(kInval, 3, "file", 1, 2);
  e.open_at(kInval, 3, "file", 2);
  e.open_at(kInval, 3, "file", 0, 16);
  e.open_at(kInval, 3, "file", 0, 0, 2, 32);
  e.open_at(kInval, 3, "new", 0, 1 | 2);
  e.expect(kInval, "poll_oneoff", {0x100, room, 0, out});
  e.expect(kNotsock, "sock_shutdown", {fd, 1});
  e.expect(kNotsock, "sock_accept", {fd, 0, out});
  e.expect(kNotsock, "sock_recv", {fd, 0x20, 1, 0, out, out + 4});
  e.expect(kNotsock, "sock_send", {fd, 0x20, 1, 0, out});
}

FILES_CASE(of_paths) {
  Errors e;
  if (!e.is_open) return;
  const std::string component(256, 'c'), deep(5000, 'd');
  // Whatever the call, a path is refused for the same reasons.
  const struct {
    const char* path;
    int wanted;
  } paths[] = {{"", kNoent},           {"none/x", kNoent},           {"file/x", kNotdir},
               {"../x", kNotcapable},  {"dir/../../x", kNotcapable}, {"/file", kNotcapable},
               {"out/x", kNotcapable}, {"absolute/x", kNotcapable},  {"loop/x", kLoop},
               {"dangling/x", kNoent}};
  auto all = [&](const std::string& path, int wanted) {
    for (const char* name :
         {"path_create_directory", "path_remove_directory", "path_unlink_file"}) {
      e.at(wanted, name, 3, path);
    }
    e.open_at(wanted, 3, path);
    e.open_at(wanted, 3, path, 0, 1, 64);
    e.read_link(wanted, 3, path);
    e.status_at(wanted, 3, path);
    e.times_at(wanted, 3, path, 1);
    e.make_link(wanted, "file", 3, path);
    for (const char* name : {"path_link", "path_rename"}) {
      e.two(wanted, name, 3, path, 3, "new");
      e.two(wanted, name, 3, "file", 3, path);
    }
  };
  for (const auto& [path, wanted] : paths) all(path, wanted);
  all(component, kNametoolong);
  all(deep, kNametoolong);
  // A directory that is none.
  e.open_at(kNotdir, e.file, "x");
}

FILES_CASE(of_what_is_there) {
  Errors e;
  if (!e.is_open) return;
  for (const char* path : {"file", "dir", "link", "dangling", "."}) {
    e.at(kExist, "path_create_directory", 3, path);
  }
  e.at(kNotdir, "path_remove_directory", 3, "file");
  e.at(kNotdir, "path_remove_directory", 3, "to_dir");
  e.at(kNotempty, "path_remove_directory", 3, "dir");
  e.at(kInval, "path_remove_directory", 3, ".");
  e.at(kNoent, "path_remove_directory", 3, "none");
  e.at(kIsdir, "path_unlink_file", 3, "dir");
  e.at(kIsdir, "path_unlink_file", 3, "dir/");
  e.at(kNotdir, "path_unlink_file", 3, "file/");
  e.at(kNoent, "path_unlink_file", 3, "none");
  e.two(kExist, "path_link", 3, "file", 3, "dir/inner");
  e.two(kPerm, "path_link", 3, "dir", 3, "new");
  e.two(kNotdir, "path_link", 3, "file/", 3, "new");
  e.two(kNoent, "path_link", 3, "file", 3, "new/");
  e.two(kNoent, "path_link", 3, "none", 3, "new");
  e.two(kIsdir, "path_rename", 3, "file", 3, "dir");
  e.two(kNotdir, "path_rename", 3, "dir", 3, "file");
  e.two(kInval, "path_rename", 3, "dir", 3, "dir/below");
  e.two(kNotdir, "path_rename", 3, "file/", 3, "new");
  e.two(kNoent, "path_rename", 3, "none", 3, "new");
  CHECK_EQ(e.guest.call("path_create_directory", {3, Guest::kPath, e.guest.path("empty")}), 0);
  e.two(kNotempty, "path_rename", 3, "empty", 3, "dir");
  e.make_link(kExist, "x", 3, "file");
  e.make_link(kNoent, "", 3, "new");
  e.make_link(kNoent, "x", 3, "new/");
  e.read_link(kInval, 3, "file");
  e.read_link(kInval, 3, "dir");
  e.read_link(kNoent, 3, "none");
  e.status_at(kNoent, 3, "none");
  e.status_at(kNotdir, 3, "file/");
  e.status_at(kNoent, 3, "dangling", 1);
  e.status_at(kLoop, 3, "loop", 1);
  e.status_at(kNotcapable, 3, "out", 1);
  e.status_at(kNotcapable, 3, "absolute", 1);
  e.times_at(kNoent, 3, "none", 1);
  e.times_at(kNoent, 3, "dangling", 1, 1);
  e.open_at(kNoent, 3, "none");
  e.open_at(kNotdir, 3, "file/");
  e.open_at(kNotdir, 3, "file", 0, 2);
  e.open_at(kIsdir, 3, "dir", 0, 0, 64);
  e.open_at(kIsdir, 3, "dir", 0, 8);
  e.open_at(kIsdir, 3, "new/", 0, 1, 64);
  e.open_at(kExist, 3, "file", 0, 1 | 4);
  e.open_at(kExist, 3, "dangling", 1, 1 | 4);
  e.open_at(kLoop, 3, "link");
  e.open_at(kLoop, 3, "dangling");
  e.open_at(kLoop, 3, "loop", 1);
  e.open_at(kNotcapable, 3, "out", 1);
  e.open_at(kNotcapable, 3, "absolute", 1);
}

FILES_CASE(of_streams) {
  Folder folder;
  Guest guest("wasi_calls.wasm");
  int pipes[2];
  CHECK(pipe(pipes) == 0);
  if (!guest.open(folder.root, pipes[0], pipes[1])) return;
  guest.put<uint32_t>(0x20, 0x2000);
  guest.put<uint32_t>(0x24, 4);
  CHECK_EQ(guest.call("fd_seek", {0, 0, 0, 0x10}), kNotcapable);
  CHECK_EQ(guest.call("fd_tell", {1, 0x10}), kNotcapable);
  CHECK_EQ(guest.call("fd_pread", {0, 0x20, 1, 0, 0x10}), kSpipe);
  CHECK_EQ(guest.call("fd_pwrite", {1, 0x20, 1, 0, 0x10}), kSpipe);
  CHECK_EQ(guest.call("fd_filestat_set_size", {1, 0}), kInval);
  CHECK_EQ(guest.call("fd_prestat_get", {0, 0x2000}), kBadf);
  for (int end : pipes) close(end);
}

TEST_CASE(of_two_file_systems) {
  Folder folder;
  Guest guest("wasi_calls.wasm");
  write_all(folder.root + "/file", "hello");
  wembed_wasi_file_t host = wembed_wasi_host_directory(nullptr, folder.root.c_str(), nullptr);
  wembed_wasi_file_t memory = wembed_wasi_memory_directory(nullptr, nullptr, nullptr);
  CHECK_EQ(wembed_wasi_put(memory, "mine", "x", 1), 0u);
  wembed_wasi_preopen_t preopens[] = {{"host", host, false}, {"memory", memory, false}};
  CHECK(guest.open_with(preopens, 2));
  uint64_t file = guest.path("file"), mine = guest.path("mine", Guest::kOther);
  const uint64_t from = Guest::kPath, to = Guest::kOther;
  CHECK_EQ(guest.call("path_rename", {3, from, file, 4, to, mine}), kXdev);
  CHECK_EQ(guest.call("path_rename", {4, to, mine, 3, from, file}), kXdev);
  mine = guest.path("new", Guest::kOther);
  CHECK_EQ(guest.call("path_link", {3, 0, from, file, 4, to, mine}), kXdev);
  mine = guest.path("mine", Guest::kOther), file = guest.path("new");
  CHECK_EQ(guest.call("path_link", {4, 0, to, mine, 3, from, file}), kXdev);
  wembed_wasi_file_delete(host);
  wembed_wasi_file_delete(memory);
}

}  // namespace
