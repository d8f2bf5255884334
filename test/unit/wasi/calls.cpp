// Calls one by one: what they answer, what they write, and that they write nothing else.
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <csignal>
#include <ctime>
#include <thread>

#include "wasi/guest.h"

namespace {

constexpr uint32_t kOut = 0x2000;

// A call whose every pointer lies outside traps, before it does anything.
FILES_CASE(pointers_are_checked_before_anything_is_done) {
  Folder folder;
  write_all(folder.root + "/file", "hello");
  Guest guest("wasi_calls.wasm");
  if (!guest.open(folder.root)) return;
  uint32_t fd = 0;
  CHECK_EQ(guest.open_file(3, "file", 0, 0, Guest::kFileRights, fd), 0);
  constexpr uint32_t kBeyond = 4 * 65536;
  auto traps = [&](const char* name, std::initializer_list<uint64_t> arguments) {
    bool is_trap = guest.call(name, arguments) == -1;
    bool is_right = guest.exception() == "Exception: out of bounds memory access";
    if (!is_trap || !is_right) std::printf("%s: %s\n", name, guest.exception().c_str());
    CHECK(is_trap && is_right);
  };
  guest.put<uint32_t>(0x20, Guest::kBuffer);
  guest.put<uint32_t>(0x24, 4);
  traps("fd_read", {fd, 0x20, 1, kBeyond});
  traps("fd_read", {fd, 0x20, 1, kBeyond - 3});
  traps("fd_read", {fd, kBeyond - 4, 1, 0x10});
  traps("fd_read", {fd, 0, 0xffffffff, 0x10});
  guest.put<uint32_t>(0x28, kBeyond - 1);
  guest.put<uint32_t>(0x2c, 2);
  traps("fd_read", {fd, 0x20, 2, 0x10});
  traps("fd_write", {fd, 0x20, 2, 0x10});
  CHECK_EQ(guest.call("fd_tell", {fd, kOut}), 0);
  CHECK_EQ(guest.get<uint64_t>(kOut), 0u);
  CHECK_EQ(guest.contents("file"), "hello");
  uint32_t length = guest.path("new");
  traps("path_open", {3, 0, Guest::kPath, length, 1, 64, 0, 0, kBeyond});
  traps("path_open", {3, 0, kBeyond, 1, 1, 64, 0, 0, 0x10});
  CHECK(!guest.is_there("new"));
  traps("path_create_directory", {3, kBeyond - 1, 2});
  traps("path_filestat_get", {3, 0, Guest::kPath, length, kBeyond - 63});
  traps("path_readlink", {3, Guest::kPath, length, kBeyond - 1, 2, 0x10});
  traps("path_symlink", {kBeyond, 1, 3, Guest::kPath, length});
  traps("fd_readdir", {3, kBeyond - 10, 11, 0, 0x10});
  traps("fd_readdir", {3, kOut, 11, 0, kBeyond});
  traps("fd_filestat_get", {fd, kBeyond - 63});
  traps("fd_fdstat_get", {fd, kBeyond - 23});
  traps("fd_prestat_get", {3, kBeyond - 7});
  traps("fd_prestat_dir_name", {3, kBeyond, 1});
  traps("fd_seek", {fd, 0, 0, kBeyond - 7});
  traps("random_get", {kBeyond - 1, 2});
  traps("clock_time_get", {0, 0, kBeyond});
  traps("clock_res_get", {0, kBeyond});
  traps("args_sizes_get", {0, kBeyond});
  traps("environ_sizes_get", {kBeyond, 0});
  traps("poll_oneoff", {kBeyond - 47, 0x100, 1, 0x10});
  traps("poll_oneoff", {0x100, kBeyond - 31, 1, 0x10});
  traps("poll_oneoff", {0x100, 0x200, 1, kBeyond});
  traps("sock_recv", {0, 0x20, 1, 0, 0x10, kBeyond});
  traps("sock_accept", {0, 0, kBeyond});
  // One that ends exactly at the end.
  CHECK_EQ(guest.call("fd_fdstat_get", {fd, kBeyond - 24}), 0);
  CHECK_EQ(guest.call("random_get", {kBeyond, 0}), 0);
}

FILES_CASE(padding_is_zero) {
  Folder folder;
  write_all(folder.root + "/file", "hello");
  Guest guest("wasi_calls.wasm");
  if (!guest.open(folder.root)) return;
  std::memset(guest.at(kOut), 0xee, 512);
  CHECK_EQ(guest.call("fd_filestat_get", {3, kOut}), 0);
  for (uint32_t i = 17; i < 24; i++) CHECK_EQ(guest.at(kOut)[i], 0);
  CHECK_EQ(guest.at(kOut)[64], 0xee);
  std::memset(guest.at(kOut), 0xee, 512);
  CHECK_EQ(guest.call("fd_fdstat_get", {3, kOut}), 0);
  CHECK_EQ(guest.at(kOut)[1], 0);
  for (uint32_t i = 4; i < 8; i++) CHECK_EQ(guest.at(kOut)[i], 0);
  std::memset(guest.at(kOut), 0xee, 512);
  CHECK_EQ(guest.call("fd_prestat_get", {3, kOut}), 0);
  CHECK_EQ(guest.get<uint32_t>(kOut), 0u);
  CHECK_EQ(guest.get<uint32_t>(kOut + 4), 1u);
  std::memset(guest.at(kOut), 0xee, 512);
  CHECK_EQ(guest.call("fd_readdir", {3, kOut, 24, 0, 0x10}), 0);
  for (uint32_t i = 21; i < 24; i++) CHECK_EQ(guest.at(kOut)[i], 0);
  // An event of a clock, in a buffer full of something else.
  std::memset(guest.at(0x100), 0, 48);
  guest.put<uint64_t>(0x100, 77);
  guest.put<uint32_t>(0x110, 1);
  std::memset(guest.at(kOut), 0xee, 512);
  CHECK_EQ(guest.call("poll_oneoff", {0x100, kOut, 1, 0x10}), 0);
  CHECK_EQ(guest.get<uint64_t>(kOut), 77u);
  for (uint32_t i = 8; i < 32; i++) CHECK_EQ(guest.at(kOut)[i], 0);
  CHECK_EQ(guest.at(kOut)[32], 0xee);
}

FILES_CASE(numbers_are_the_lowest_free_ones) {
  Folder folder;
  write_all(folder.root + "/file", "hello");
  Guest guest("wasi_calls.wasm");
  if (!guest.open(folder.root)) return;
  uint32_t fd = 0;
  for (uint32_t i = 4; i < 10; i++) {
    CHECK_EQ(guest.open_file(3, "file", 0, 0, 2, fd), 0);
    CHECK_EQ(fd, i);
  }
  for (uint32_t gone : {7u, 0u, 5u}) CHECK_EQ(guest.call("fd_close", {gone}), 0);
  for (uint32_t wanted : {0u, 5u, 7u, 10u}) {
    CHECK_EQ(guest.open_file(3, "file", 0, 0, 2, fd), 0);
    CHECK_EQ(fd, wanted);
  }
  CHECK_EQ(guest.call("fd_renumber", {10, 10}), 0);
  CHECK_EQ(guest.call("fd_renumber", {10, 4}), 0);
  CHECK_EQ(guest.call("fd_renumber", {10, 4}), 8);
  CHECK_EQ(guest.call("fd_renumber", {4, 99}), 8);
  // A preopen that moves keeps its name, what comes over one has none.
  CHECK_EQ(guest.call("fd_renumber", {3, 6}), 0);
  CHECK_EQ(guest.call("fd_prestat_get", {6, kOut}), 0);
  CHECK_EQ(guest.call("fd_prestat_get", {3, kOut}), 8);
  CHECK_EQ(guest.call("fd_renumber", {4, 6}), 0);
  CHECK_EQ(guest.call("fd_prestat_get", {6, kOut}), 8);
}

FILES_CASE(there_is_a_most_of_descriptors) {
  Folder folder;
  write_all(folder.root + "/file", "hello");
  Guest guest("wasi_calls.wasm");
  if (!guest.open(folder.root)) return;
  uint32_t fd = 0;
  int error = 0;
  uint32_t count = 4;
  while ((error = guest.open_file(3, "file", 0, 0, 2, fd)) == 0) count++;
  CHECK_EQ(error, 33);
  CHECK(count <= 1024);
  // Nothing was made by the one that was refused.
  CHECK_EQ(guest.open_file(3, "new", 0, 1, 64, fd), 33);
  CHECK(!guest.is_there("new"));
}

FILES_CASE(rights_are_enforced) {
  Folder folder;
  write_all(folder.root + "/file", "hello");
  Guest guest("wasi_calls.wasm");
  if (!guest.open(folder.root)) return;
  uint32_t fd = 0;
  CHECK_EQ(guest.open_file(3, "file", 0, 0, Guest::kFileRights, fd), 0);
  CHECK_EQ(guest.call("fd_fdstat_set_rights", {fd, 0, 0}), 0);
  struct {
    const char* name;
    std::initializer_list<uint64_t> arguments;
  } const on_file[] = {
      {"fd_read", {fd, 0, 0, 0x10}},
      {"fd_write", {fd, 0, 0, 0x10}},
      {"fd_pread", {fd, 0, 0, 0, 0x10}},
      {"fd_pwrite", {fd, 0, 0, 0, 0x10}},
      {"fd_seek", {fd, 0, 0, 0x10}},
      {"fd_tell", {fd, 0x10}},
      {"fd_sync", {fd}},
      {"fd_datasync", {fd}},
      {"fd_advise", {fd, 0, 0, 0}},
      {"fd_allocate", {fd, 0, 1}},
      {"fd_filestat_get", {fd, kOut}},
      {"fd_filestat_set_size", {fd, 1}},
      {"fd_filestat_set_times", {fd, 0, 0, 0}},
      {"fd_fdstat_set_flags", {fd, 0}},
      {"fd_readdir", {fd, kOut, 10, 0, 0x10}},
      {"fd_fdstat_set_rights", {fd, 1, 0}},
  };
  for (const auto& call : on_file) {
    int error = guest.call(call.name, call.arguments);
    if (error != 76) std::printf("%s: %d\n", call.name, error);
    CHECK_EQ(error, 76);
  }
  CHECK_EQ(guest.call("fd_fdstat_set_rights", {3, 0, Guest::kAllRights}), 0);
  uint32_t path = guest.path("file");
  uint64_t at = Guest::kPath;
  struct {
    const char* name;
    std::initializer_list<uint64_t> arguments;
  } const on_directory[] = {
      {"path_open", {3, 0, at, path, 0, 2, 0, 0, 0x10}},
      {"path_create_directory", {3, at, path}},
      {"path_remove_directory", {3, at, path}},
      {"path_unlink_file", {3, at, path}},
      {"path_filestat_get", {3, 0, at, path, kOut}},
      {"path_filestat_set_times", {3, 0, at, path, 0, 0, 0}},
      {"path_readlink", {3, at, path, kOut, 8, 0x10}},
      {"path_symlink", {at, path, 3, at, path}},
      {"path_link", {3, 0, at, path, 3, at, path}},
      {"path_rename", {3, at, path, 3, at, path}},
      {"fd_readdir", {3, kOut, 10, 0, 0x10}},
  };
  for (const auto& call : on_directory) {
    int error = guest.call(call.name, call.arguments);
    if (error != 76) std::printf("%s: %d\n", call.name, error);
    CHECK_EQ(error, 76);
  }
  CHECK_EQ(guest.contents("file"), "hello");
}

FILES_CASE(what_inherits_no_right_passes_none_on) {
  Folder folder;
  write_all(folder.root + "/file", "hello");
  Guest guest("wasi_calls.wasm");
  if (!guest.open(folder.root)) return;
  uint64_t base = 0xfbffe98;
  CHECK_EQ(guest.call("fd_fdstat_set_rights", {3, base, 2 | 4 | 0x20}), 0);
  uint32_t fd = 0;
  uint32_t length = guest.path("file");
  CHECK_EQ(guest.call("path_open", {3, 0, Guest::kPath, length, 0, 64, 0, 0, 0x10}), 76);
  CHECK_EQ(guest.call("path_open", {3, 0, Guest::kPath, length, 0, 2, 64, 0, 0x10}), 76);
  // Bits that only newer definitions have are no reason.
  CHECK_EQ(guest.call("path_open", {3, 0, Guest::kPath, length, 0, 2 | (1u << 28), 2, 0, 0x10}), 0);
  fd = guest.get<uint32_t>(0x10);
  CHECK_EQ(guest.call("fd_fdstat_get", {fd, kOut}), 0);
  CHECK_EQ(guest.get<uint64_t>(kOut + 8), 2u);
}

FILES_CASE(the_predecessor_differs_in_three_places) {
  Folder folder;
  write_all(folder.root + "/file", "hello");
  Guest guest("wasi_unstable_calls.wasm");
  if (!guest.open(folder.root)) return;
  uint32_t fd = 0;
  CHECK_EQ(guest.open_file(3, "file", 0, 0, Guest::kFileRights, fd), 0);
  CHECK_EQ(guest.call("fd_seek", {fd, 2, 2, 0x10}), 0);  // from the start
  CHECK_EQ(guest.get<uint64_t>(0x10), 2u);
  CHECK_EQ(guest.call("fd_seek", {fd, 1, 0, 0x10}), 0);  // from here
  CHECK_EQ(guest.get<uint64_t>(0x10), 3u);
  CHECK_EQ(guest.call("fd_seek", {fd, 0, 1, 0x10}), 0);  // from the end
  CHECK_EQ(guest.get<uint64_t>(0x10), 5u);
  std::memset(guest.at(kOut), 0xee, 128);
  CHECK_EQ(guest.call("fd_filestat_get", {fd, kOut}), 0);
  CHECK_EQ(guest.get<uint32_t>(kOut + 20), 1u);  // links
  CHECK_EQ(guest.get<uint64_t>(kOut + 24), 5u);  // bytes
  CHECK_EQ(guest.at(kOut)[56], 0xee);
  uint32_t length = guest.path("file");
  std::memset(guest.at(kOut), 0xee, 128);
  CHECK_EQ(guest.call("path_filestat_get", {3, 0, Guest::kPath, length, kOut}), 0);
  CHECK_EQ(guest.get<uint64_t>(kOut + 24), 5u);
  CHECK_EQ(guest.at(kOut)[56], 0xee);
  // A clock, and behind it a file.
  std::memset(guest.at(0x100), 0, 112);
  guest.put<uint64_t>(0x100, 1);
  guest.put<uint64_t>(0x110, 99);       // an identifier that nobody needs
  guest.put<uint32_t>(0x118, 1);        // monotonic
  guest.put<uint64_t>(0x120, 1000000);  // one millisecond
  guest.put<uint64_t>(0x138, 2);
  guest.at(0x138)[8] = 1;
  guest.put<uint32_t>(0x148, fd);
  CHECK_EQ(guest.call("poll_oneoff", {0x100, kOut, 2, 0x10}), 0);
  CHECK_EQ(guest.get<uint32_t>(0x10), 1u);
  CHECK_EQ(guest.get<uint64_t>(kOut), 2u);
  CHECK_EQ(guest.call("poll_oneoff", {0x100, kOut, 1, 0x10}), 0);
  CHECK_EQ(guest.get<uint64_t>(kOut), 1u);
  CHECK_EQ(guest.get<uint16_t>(kOut + 8), 0u);
}

FILES_CASE(directories_are_read_in_pieces) {
  Folder folder;
  for (int i = 0; i < 300; i++) write_all(folder.root + "/file" + std::to_string(i), "");
  Guest guest("wasi_calls.wasm");
  if (!guest.open(folder.root)) return;
  for (uint32_t room : {25u, 40u, 100u, 1000u, 30000u}) {
    uint64_t cookie = 0;
    uint32_t found = 0, room_now = room;
    for (;;) {
      CHECK_EQ(guest.call("fd_readdir", {3, kOut, room_now, cookie, 0x10}), 0);
      uint32_t used = guest.get<uint32_t>(0x10), at = 0;
      bool had_one = false;
      while (at + 24 <= used) {
        uint32_t length = guest.get<uint32_t>(kOut + at + 16);
        if (at + 24 + length > used) break;
        bool is_parent = length == 2 && std::memcmp(guest.at(kOut + at + 24), "..", 2) == 0;
        CHECK_EQ(guest.get<uint64_t>(kOut + at + 8) == 0, is_parent);
        cookie = guest.get<uint64_t>(kOut + at);
        at += 24 + length;
        found++;
        had_one = true;
      }
      if (used < room_now) break;
      room_now = had_one ? room : room_now * 2;
    }
    CHECK_EQ(found, 302u);
    CHECK_EQ(guest.call("fd_readdir", {3, kOut, 1000, 100000, 0x10}), 0);
    CHECK_EQ(guest.get<uint32_t>(0x10), 0u);
  }
}

TEST_CASE(programs_end_with_their_code) {
  Folder folder;
  Guest guest("wasi_calls.wasm");
  if (!guest.open(folder.root)) return;
  CHECK_EQ(wasm_runtime_get_wasi_exit_code(guest.instance), 0u);
  CHECK_EQ(guest.call("proc_exit", {0x1234567}), -1);
  CHECK_EQ(guest.exception(), "Exception: wasi proc exit");
  CHECK_EQ(wasm_runtime_get_wasi_exit_code(guest.instance), 0x1234567u);
  CHECK_EQ(guest.call("proc_raise", {6}), -1);
  CHECK_EQ(guest.exception(), "Exception: wasi proc raise 6");
}

TEST_CASE(sockets_of_the_hosts_are_used) {
  Folder folder;
  int ends[2];
  CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
  Guest guest("wasi_calls.wasm");
  if (!guest.open(folder.root, ends[0], ends[0])) return;
  CHECK(send(ends[1], "hello", 5, 0) == 5);
  guest.put<uint32_t>(0x20, Guest::kBuffer);
  guest.put<uint32_t>(0x24, 3);
  CHECK_EQ(guest.call("sock_recv", {0, 0x20, 1, 1, 0x10, 0x14}), 0);  // a look
  CHECK_EQ(guest.get<uint32_t>(0x10), 3u);
  CHECK_EQ(guest.call("sock_recv", {0, 0x20, 1, 0, 0x10, 0x14}), 0);
  CHECK_EQ(guest.call("sock_recv", {0, 0x20, 1, 4, 0x10, 0x14}), 28);
  std::string text;
  CHECK_EQ(guest.read(0, text), 0);
  CHECK_EQ(text, "lo");
  CHECK_EQ(guest.call("fd_fdstat_set_flags", {0, 4}), 0);
  CHECK_EQ(guest.read(0, text), 6);
  CHECK_EQ(guest.call("sock_recv", {0, 0x20, 1, 0, 0x10, 0x14}), 6);
  CHECK_EQ(guest.call("fd_fdstat_set_flags", {0, 0}), 0);
  // Both of it, which comes one after the other.
  guest.put<uint32_t>(0x24, 10);
  std::thread sender([&] {
    for (const char* part : {"first", "other"}) {
      CHECK(send(ends[1], part, 5, 0) == 5);
      usleep(20000);
    }
  });
  CHECK_EQ(guest.call("sock_recv", {0, 0x20, 1, 2, 0x10, 0x14}), 0);
  sender.join();
  CHECK_EQ(guest.get<uint32_t>(0x10), 10u);
  CHECK(std::memcmp(guest.at(Guest::kBuffer), "firstother", 10) == 0);
  CHECK_EQ(guest.call("sock_send", {1, 0x20, 1, 1, 0x10}), 28);
  CHECK_EQ(guest.call("sock_send", {1, 0x20, 1, 0, 0x10}), 0);
  char got[16];
  CHECK(recv(ends[1], got, sizeof(got), 0) == 10);
  CHECK_EQ(guest.write(1, "more"), 0);
  CHECK(recv(ends[1], got, sizeof(got), 0) == 4);
  CHECK_EQ(guest.call("sock_shutdown", {0, 0}), 28);
  CHECK_EQ(guest.call("sock_shutdown", {0, 4}), 28);
  CHECK_EQ(guest.call("sock_shutdown", {0, 2}), 0);
  CHECK(recv(ends[1], got, sizeof(got), 0) == 0);
  CHECK_EQ(guest.call("sock_accept", {0, 0, 0x10}), 28);  // it does not listen
  close(ends[1]);
  // Nobody reads it any more: an error, and no signal.
  CHECK_EQ(guest.write(1, "lost"), 64);
  close(ends[0]);
}

TEST_CASE(a_pipe_without_a_reader_ends_no_host) {
  Folder folder;
  int ends[2];
  CHECK(pipe(ends) == 0);
  Guest guest("wasi_calls.wasm");
  if (!guest.open(folder.root, ends[0], ends[1])) return;
  std::string text(9000, 'x');
  CHECK_EQ(guest.write(1, text), 0);
  CHECK_EQ(guest.get<uint32_t>(Guest::kResult), 9000u);
  std::string got;
  CHECK_EQ(guest.read(0, got, 20000), 0);
  CHECK_EQ(got.size(), 9000u);
  CHECK_EQ(guest.call("fd_pread", {0, 0x20, 1, 0, 0x10}), 70);
  CHECK_EQ(guest.call("fd_seek", {0, 0, 1, 0x10}), 76);
  close(ends[0]);
  CHECK_EQ(guest.call("fd_close", {0}), 0);
  CHECK_EQ(guest.write(1, "lost"), 64);
  close(ends[1]);
}

// Of a thread that has not asked for the limit yet.
void write_too_much() {
  rlimit before;
  getrlimit(RLIMIT_FSIZE, &before);
  rlimit small = {10000, before.rlim_max};
  setrlimit(RLIMIT_FSIZE, &small);
  {
    Folder folder;
    Guest guest("wasi_calls.wasm");
    if (!guest.open(folder.root)) return;
    uint32_t fd = 0;
    CHECK_EQ(guest.open_file(3, "file", 0, 1, Guest::kFileRights, fd), 0);
    CHECK_EQ(guest.write(fd, std::string(12000, 'x')), 0);
    CHECK_EQ(guest.get<uint32_t>(Guest::kResult), 10000u);
    CHECK_EQ(guest.write(fd, "x"), 22);
    CHECK_EQ(guest.call("fd_pwrite", {fd, 0x20, 1, 20000, 0x10}), 22);
    CHECK_EQ(guest.call("fd_filestat_set_size", {fd, 20000}), 22);
    CHECK_EQ(guest.call("fd_allocate", {fd, 0, 20000}), 22);
    CHECK_EQ(guest.contents("file").size(), 10000u);
  }
  setrlimit(RLIMIT_FSIZE, &before);
  sigset_t pending;
  sigemptyset(&pending);
  sigpending(&pending);
  CHECK(sigismember(&pending, SIGXFSZ) == 0);
}

// Whose default is to end the process.
TEST_CASE(a_file_that_becomes_too_large_ends_no_host) { std::thread(write_too_much).join(); }

long allocations_left = 0, blocks = 0;
void* failing_malloc(unsigned int size) {
  if (--allocations_left < 0) return nullptr;
  blocks++;
  return std::malloc(size);
}
void* failing_realloc(void* block, unsigned int size) {
  if (--allocations_left < 0) return nullptr;
  if (block == nullptr) blocks++;
  return std::realloc(block, size);
}
void counting_free(void* block) {
  if (block != nullptr) blocks--;
  std::free(block);
}

// What needs memory of the runtime's: each answers 0 or, when there is none, 48. False: one had
// none.
bool use_what_allocates(const Folder& folder, const MemAllocOption& allocator) {
  // Of a session in which the guest had no memory to remove it.
  unlink((folder.root + "/made").c_str());
  Guest guest("wasi_calls.wasm", &allocator);
  if (!guest.open(folder.root)) return false;
  bool is_good = true;
  auto expect = [&](int error) {
    CHECK(error == 0 || error == 48 || error == -1);
    is_good = is_good && error == 0;
  };
  uint32_t fd = 0;
  expect(guest.open_file(3, "dir/link/../dir/file", 1, 0, Guest::kFileRights, fd));
  if (is_good) expect(guest.call("fd_close", {fd}));
  uint32_t length = guest.path("dir/../made");
  uint32_t other = guest.path("somewhere", Guest::kOther);
  expect(guest.call("path_symlink", {Guest::kOther, other, 3, Guest::kPath, length}));
  expect(guest.call("fd_readdir", {3, kOut, 100, 0, 0x10}));
  std::memset(guest.at(0x3000), 0, 48 * 4);
  expect(guest.call("poll_oneoff", {0x3000, kOut, 4, 0x10}));
  std::memset(guest.at(0x3000), 0, 8 * 100);
  for (uint32_t i = 0; i < 100; i++) guest.put<uint32_t>(0x3004 + 8 * i, 1);
  if (guest.open_file(3, "file", 0, 0, Guest::kFileRights, fd) == 0) {
    expect(guest.call("fd_read", {fd, 0x3000, 100, 0x10}));
  }
  return is_good;
}

FILES_CASE(each_allocation_may_fail) {
  Folder folder;
  CHECK(mkdir((folder.root + "/dir").c_str(), 0777) == 0);
  write_all(folder.root + "/dir/file", "hello");
  write_all(folder.root + "/file", "hello");
  CHECK(symlink("../dir", (folder.root + "/dir/link").c_str()) == 0);
  MemAllocOption allocator = {};
  allocator.allocator.malloc_func = reinterpret_cast<void*>(&failing_malloc);
  allocator.allocator.realloc_func = reinterpret_cast<void*>(&failing_realloc);
  allocator.allocator.free_func = reinterpret_cast<void*>(&counting_free);
  wasm_runtime_set_log_level(WASM_LOG_LEVEL_FATAL);
  bool has_succeeded = false;
  for (long at = 0; at < 2000 && !has_succeeded; at++) {
    allocations_left = at;
    bool is_good = use_what_allocates(folder, allocator);
    has_succeeded = is_good && allocations_left >= 0;
    CHECK_EQ(blocks, 0);
  }
  wasm_runtime_set_log_level(WASM_LOG_LEVEL_WARNING);
  CHECK(has_succeeded);
}

}  // namespace
