// Files in memory: what they are to instances and to the host, and what they may cost.
#include <array>
#include <utility>

#include "wasi/guest.h"

namespace {

struct Owned {
  wembed_wasi_file_t file;
  explicit Owned(wembed_wasi_file_t taken) : file(taken) { CHECK(file != nullptr); }
  ~Owned() { wembed_wasi_file_delete(file); }
};

wembed_wasi_file_t new_directory(uint64_t most = 0, bool shared = false) {
  wembed_wasi_memory_options_t options = {};
  options.size = sizeof(options);
  options.most_bytes = most;
  options.shared = shared;
  return wembed_wasi_memory_directory(nullptr, &options, nullptr);
}

uint32_t put(wembed_wasi_file_t directory, const char* path, const std::string& text) {
  return wembed_wasi_put(directory, path, text.data(), text.size());
}

std::string get(wembed_wasi_file_t directory, const char* path) {
  char text[256];
  size_t length = 0;
  uint32_t error = wembed_wasi_get(directory, path, 0, text, sizeof(text), &length);
  return error == 0 ? std::string(text, length) : "error " + std::to_string(error);
}

// What is there, separated by blanks.
std::string names(wembed_wasi_file_t directory, const char* path = ".") {
  std::string all;
  auto tell = [](void* context, const char* name, uint32_t kind) {
    auto& text = *static_cast<std::string*>(context);
    text += std::string(text.empty() ? "" : " ") + name;
    if (kind == WEMBED_WASI_DIRECTORY) text += "/";
    if (kind == WEMBED_WASI_LINK) text += "@";
    return true;
  };
  uint32_t error = wembed_wasi_list(directory, path, tell, &all);
  return error == 0 ? all : "error " + std::to_string(error);
}

bool open_at(Guest& guest, wembed_wasi_file_t directory, bool read_only = false) {
  wembed_wasi_preopen_t preopen = {".", directory, read_only};
  return guest.open_with(&preopen, 1);
}

TEST_CASE(the_host_fills_and_reads_directories) {
  Runtime runtime;
  Owned directory(new_directory());
  wembed_wasi_file_t root = directory.file;
  CHECK_EQ(put(root, "a", "first"), 0u);
  CHECK_EQ(put(root, "a", "one"), 0u);
  CHECK_EQ(put(root, "sub/b", "x"), 44u);
  CHECK_EQ(wembed_wasi_make_directory(root, "sub"), 0u);
  CHECK_EQ(wembed_wasi_make_directory(root, "sub"), 20u);
  CHECK_EQ(put(root, "sub/b", "two"), 0u);
  CHECK_EQ(put(root, "sub", "x"), 31u);
  CHECK_EQ(wembed_wasi_make_link(root, "link", "sub/b"), 0u);
  CHECK_EQ(wembed_wasi_make_link(root, "out", "../x"), 0u);
  CHECK_EQ(get(root, "a"), "one");
  CHECK_EQ(get(root, "link"), "two");
  CHECK_EQ(get(root, "out"), "error 76");
  CHECK_EQ(get(root, "../a"), "error 76");
  CHECK_EQ(get(root, "sub"), "error 31");
  CHECK_EQ(get(root, "none"), "error 44");
  CHECK_EQ(names(root), "a sub/ link@ out@");
  CHECK_EQ(names(root, "sub"), "b");
  CHECK_EQ(names(root, "a"), "error 54");
  wembed_wasi_status_t status;
  CHECK_EQ(wembed_wasi_status(root, "link", true, &status), 0u);
  CHECK(status.kind == WEMBED_WASI_FILE && status.bytes == 3 && status.modified_ns > 0);
  CHECK_EQ(wembed_wasi_status(root, "link", false, &status), 0u);
  CHECK(status.kind == WEMBED_WASI_LINK && status.bytes == 5);
  CHECK_EQ(wembed_wasi_remove(root, "sub"), 55u);
  CHECK_EQ(wembed_wasi_remove(root, "."), 28u);
  CHECK_EQ(wembed_wasi_remove(root, "link"), 0u);
  CHECK_EQ(wembed_wasi_remove(root, "sub/b"), 0u);
  CHECK_EQ(wembed_wasi_remove(root, "sub"), 0u);
  CHECK_EQ(names(root), "a out@");
  CHECK_EQ(put(nullptr, "a", ""), 28u);
  CHECK_EQ(wembed_wasi_put(root, "a", nullptr, 3), 28u);
}

// The next holder of an instance finds what the first one found.
TEST_CASE(each_instance_begins_with_a_copy) {
  Guest guest("wasi_calls.wasm");
  Owned directory(new_directory());
  put(directory.file, "file", "hello");
  wembed_wasi_make_directory(directory.file, "sub");
  put(directory.file, "sub/deep", "deep");
  if (!open_at(guest, directory.file)) return;
  for (int round = 0; round < 2; round++) {
    Owned mine(wembed_wasi_preopened(guest.instance, "."));
    CHECK_EQ(names(mine.file), "file sub/");
    uint32_t fd = 0;
    CHECK_EQ(guest.open_file(3, "file", 0, 0, Guest::kFileRights, fd), 0);
    CHECK_EQ(guest.write(fd, "HE"), 0);
    CHECK_EQ(guest.open_file(3, "sub/new", 0, 1, Guest::kFileRights, fd), 0);
    CHECK_EQ(guest.call("path_unlink_file", {3, Guest::kPath, guest.path("sub/deep")}), 0);
    CHECK_EQ(get(mine.file, "file"), "HEllo");
    CHECK_EQ(names(mine.file, "sub"), "new");
    CHECK_EQ(get(directory.file, "file"), "hello");
    CHECK_EQ(names(directory.file, "sub"), "deep");
    CHECK(wembed_instance_reset(guest.instance, nullptr, nullptr));
    // The old files stay for those who have them.
    CHECK_EQ(get(mine.file, "file"), "HEllo");
  }
  CHECK(wembed_wasi_preopened(guest.instance, "/") == nullptr);
}

// A clock that counts how often it is asked, in steps that tell its times from the system's.
struct Steps {
  uint64_t asked = 0;
  Guest* guest = nullptr;
  bool fails = false, grows = false, writes = false;

  static bool read(void* context, wasm_exec_env_t, uint32_t clock, uint64_t* ns) {
    auto& steps = *static_cast<Steps*>(context);
    if (clock != 0) return false;
    *ns = 1000 * ++steps.asked;
    wasm_module_inst_t instance = steps.guest->instance;
    if (steps.fails) wasm_runtime_set_exception(instance, "no time");
    if (steps.grows) wasm_runtime_enlarge_memory(instance, 1);
    if (std::exchange(steps.writes, false)) CHECK_EQ(steps.guest->write(4, "in"), 0);
    return true;
  }
};

bool open_with_clock(Guest& guest, wembed_wasi_file_t directory, Steps& steps) {
  steps.guest = &guest;
  wembed_wasi_preopen_t preopen = {".", directory, false};
  wembed_wasi_options_t options = {};
  options.size = sizeof(options);
  options.preopens = &preopen;
  options.preopen_count = 1;
  options.clock = &Steps::read;
  options.context = &steps;
  return guest.open_options(options);
}

// Accessed, modified, changed.
std::array<uint64_t, 3> times_of(Guest& guest, const char* path) {
  CHECK_EQ(guest.call("path_filestat_get", {3, 0, Guest::kPath, guest.path(path), 0x2000}), 0);
  return {guest.get<uint64_t>(0x2028), guest.get<uint64_t>(0x2030), guest.get<uint64_t>(0x2038)};
}

TEST_CASE(times_are_those_of_the_guests_clock) {
  using Times = std::array<uint64_t, 3>;
  Guest guest("wasi_calls.wasm");
  Owned directory(new_directory());
  Steps steps;
  put(directory.file, "old", "text");
  if (!open_with_clock(guest, directory.file, steps)) return;
  CHECK(times_of(guest, "old")[1] > uint64_t{1} << 60);  // the host's own time
  uint32_t fd = 0, length = 0;
  CHECK_EQ(guest.open_file(3, "file", 0, 1, Guest::kFileRights, fd), 0);
  CHECK(times_of(guest, "file") == (Times{1000, 1000, 1000}));
  CHECK_EQ(guest.write(fd, "a"), 0);
  CHECK(times_of(guest, "file") == (Times{1000, 2000, 2000}));
  CHECK_EQ(guest.call("fd_filestat_set_size", {fd, 9}), 0);
  CHECK(times_of(guest, "file") == (Times{1000, 3000, 3000}));
  CHECK_EQ(guest.call("fd_filestat_set_times", {fd, 7, 0, 1 | 8}), 0);  // the first given, one now
  CHECK(times_of(guest, "file") == (Times{7, 4000, 4000}));
  length = guest.path("file");
  CHECK_EQ(guest.call("path_filestat_set_times", {3, 0, Guest::kPath, length, 0, 0, 2}), 0);
  CHECK(times_of(guest, "file") == (Times{5000, 4000, 5000}));
  CHECK_EQ(guest.call("path_create_directory", {3, Guest::kPath, guest.path("sub")}), 0);
  CHECK(times_of(guest, "sub") == (Times{6000, 6000, 6000}));
  CHECK(times_of(guest, ".")[2] == 6000);
  length = guest.path("file");
  uint32_t other = guest.path("sub/moved", Guest::kOther);
  CHECK_EQ(guest.call("path_rename", {3, Guest::kPath, length, 3, Guest::kOther, other}), 0);
  CHECK(times_of(guest, "sub/moved") == (Times{5000, 4000, 7000}));
  CHECK(times_of(guest, "sub")[1] == 7000 && times_of(guest, ".")[1] == 7000);
  CHECK_EQ(guest.call("path_unlink_file", {3, Guest::kPath, guest.path("sub/moved")}), 0);
  CHECK(times_of(guest, "sub")[1] == 8000);
  // Of one that is asked by nobody's guest the system's.
  Owned mine(wembed_wasi_preopened(guest.instance, "."));
  put(mine.file, "host", "x");
  CHECK(times_of(guest, "host")[1] > uint64_t{1} << 60);
  CHECK_EQ(steps.asked, 8u);
}

TEST_CASE(clocks_may_fail_move_the_memory_or_call_the_guest) {
  Guest guest("wasi_calls.wasm");
  Owned directory(new_directory());
  Steps steps;
  put(directory.file, "file", "text");
  if (!open_with_clock(guest, directory.file, steps)) return;
  uint32_t fd = 0;
  CHECK_EQ(guest.open_file(3, "file", 0, 0, Guest::kFileRights, fd), 0);
  CHECK_EQ(fd, 4u);
  steps.fails = true;
  CHECK_EQ(guest.write(fd, "lost"), -1);
  CHECK_EQ(guest.exception(), "Exception: no time");
  steps.fails = false;
  steps.writes = true;
  CHECK_EQ(guest.write(fd, "outer"), 0);
  Owned mine(wembed_wasi_preopened(guest.instance, "."));
  CHECK_EQ(get(mine.file, "file"), "inter");  // whose text is in the guest's same place
  // The bytes to write are looked for where they were.
  steps.grows = true;
  const uint8_t* before = guest.at(0);
  int result = guest.write(fd, "more");
  bool has_moved = guest.at(0) != before;
  CHECK_EQ(result, has_moved ? -1 : 0);
  if (has_moved) CHECK_EQ(guest.exception(), "Exception: a clock of the host has moved the memory");
}

TEST_CASE(shared_directories_are_the_same_for_all) {
  Guest guest("wasi_calls.wasm");
  Owned directory(new_directory(0, true));
  put(directory.file, "file", "hello");
  if (!open_at(guest, directory.file)) return;
  uint32_t fd = 0;
  CHECK_EQ(guest.open_file(3, "file", 0, 0, Guest::kFileRights, fd), 0);
  CHECK_EQ(guest.write(fd, "HE"), 0);
  CHECK_EQ(get(directory.file, "file"), "HEllo");
  put(directory.file, "file", "host");
  std::string text;
  CHECK_EQ(guest.read(fd, text), 0);
  CHECK_EQ(text, "st");
  CHECK(wembed_instance_reset(guest.instance, nullptr, nullptr));
  CHECK_EQ(get(directory.file, "file"), "host");
}

TEST_CASE(nothing_changes_what_is_read_only) {
  for (bool in_memory : {true, false}) {
    Folder folder;
    Guest guest("wasi_calls.wasm");
    Owned directory(in_memory ? new_directory()
                              : wembed_wasi_host_directory(nullptr, folder.root.c_str(), nullptr));
    put(directory.file, "file", "hello");
    wembed_wasi_make_directory(directory.file, "sub");
    if (!open_at(guest, directory.file, true)) return;
    uint32_t fd = 0, length = guest.path("new"), old = guest.path("file", Guest::kOther);
    uint64_t at = Guest::kPath, from = Guest::kOther;
    CHECK_EQ(guest.open_file(3, "file", 0, 0, 2, fd), 0);
    std::string text;
    CHECK_EQ(guest.read(fd, text), 0);
    CHECK_EQ(text, "hello");
    CHECK_EQ(guest.call("fd_filestat_set_times", {fd, 0, 0, 0}), 76);
    CHECK_EQ(guest.open_file(3, "file", 0, 0, Guest::kFileRights, fd), 69);
    CHECK_EQ(guest.open_file(3, "file", 0, 8, 2, fd), 69);
    CHECK_EQ(guest.open_file(3, "sub/new", 0, 1, 2, fd), 69);
    guest.path("new");
    CHECK_EQ(guest.call("path_create_directory", {3, at, length}), 69);
    CHECK_EQ(guest.call("path_symlink", {from, old, 3, at, length}), 69);
    CHECK_EQ(guest.call("path_link", {3, 0, from, old, 3, at, length}), 69);
    CHECK_EQ(guest.call("path_rename", {3, from, old, 3, at, length}), 69);
    CHECK_EQ(guest.call("path_unlink_file", {3, from, old}), 69);
    CHECK_EQ(guest.call("path_filestat_set_times", {3, 0, from, old, 0, 0, 2}), 69);
    CHECK_EQ(guest.call("path_remove_directory", {3, at, guest.path("sub")}), 69);
    // The same directory may be given to others who may change it.
    Owned mine(wembed_wasi_preopened(guest.instance, "."));
    CHECK_EQ(put(mine.file, "file", "x"), 69u);
    CHECK_EQ(put(directory.file, "file", "host"), 0u);
  }
}

TEST_CASE(names_move_and_are_shared) {
  Guest guest("wasi_calls.wasm");
  Owned directory(new_directory());
  put(directory.file, "a", "a");
  put(directory.file, "b", "b");
  if (!open_at(guest, directory.file)) return;
  Owned mine(wembed_wasi_preopened(guest.instance, "."));
  auto move = [&](const char* from, const char* to) {
    uint32_t length = guest.path(from), other = guest.path(to, Guest::kOther);
    return guest.call("path_rename", {3, Guest::kPath, length, 3, Guest::kOther, other});
  };
  auto link = [&](const char* from, const char* to) {
    uint32_t length = guest.path(from), other = guest.path(to, Guest::kOther);
    return guest.call("path_link", {3, 0, Guest::kPath, length, 3, Guest::kOther, other});
  };
  CHECK_EQ(move("a", "b"), 0);
  CHECK_EQ(names(mine.file), "b");
  CHECK_EQ(link("b", "c"), 0);
  CHECK_EQ(put(mine.file, "c", "both"), 0u);
  CHECK_EQ(get(mine.file, "b"), "both");
  // Two names of one file: nothing to do.
  CHECK_EQ(move("b", "c"), 0);
  CHECK_EQ(names(mine.file), "b c");
  guest.call("path_filestat_get", {3, 0, Guest::kPath, guest.path("b"), 0x2000});
  CHECK_EQ(guest.get<uint64_t>(0x2018), 2u);
  // Directories into themselves, and out of each other.
  for (const char* path : {"d", "d/e", "d/e/f"}) {
    CHECK_EQ(guest.call("path_create_directory", {3, Guest::kPath, guest.path(path)}), 0);
  }
  CHECK_EQ(move("d", "d/e/g"), 28);
  CHECK_EQ(move("d", "d"), 0);
  CHECK_EQ(move("d/e", "d"), 55);
  CHECK_EQ(move("d/e/f", "f"), 0);
  CHECK_EQ(move("f", "d/e"), 0);
  CHECK_EQ(names(mine.file), "b c d/");
  CHECK_EQ(names(mine.file, "d"), "e/");
  // What has lost its name can be used, but nothing put into it.
  uint32_t fd = 0;
  CHECK_EQ(guest.open_file(3, "d/e", 0, 2, Guest::kDirectoryRights, fd), 0);
  CHECK_EQ(guest.call("path_remove_directory", {3, Guest::kPath, guest.path("d/e")}), 0);
  CHECK_EQ(guest.call("path_create_directory", {fd, Guest::kPath, guest.path("x")}), 44);
  uint32_t file = 0;
  CHECK_EQ(guest.open_file(3, "b", 0, 0, Guest::kFileRights, file), 0);
  for (const char* path : {"b", "c"}) {
    CHECK_EQ(guest.call("path_unlink_file", {3, Guest::kPath, guest.path(path)}), 0);
  }
  std::string text;
  CHECK_EQ(guest.read(file, text), 0);
  CHECK_EQ(text, "both");
}

TEST_CASE(there_is_room_for_so_many_bytes) {
  Guest guest("wasi_calls.wasm");
  Owned directory(new_directory(20000));
  if (!open_at(guest, directory.file)) return;
  uint32_t fd = 0;
  CHECK_EQ(guest.open_file(3, "file", 0, 1, Guest::kFileRights, fd), 0);
  std::string block(4096, 'x');
  int error = 0;
  uint64_t written = 0;
  for (int i = 0; i < 100 && error == 0; i++) {
    error = guest.write(fd, block);
    if (error == 0) written += guest.get<uint32_t>(Guest::kResult);
  }
  CHECK_EQ(error, 51);
  CHECK(written > 12000 && written <= 20000);
  CHECK_EQ(guest.call("fd_filestat_set_size", {fd, 1 << 20}), 22);
  CHECK_EQ(guest.call("fd_allocate", {fd, 0, 1 << 20}), 22);
  put(directory.file, "x", "");
  guest.put<uint32_t>(0x20, Guest::kBuffer);
  guest.put<uint32_t>(0x24, 1);
  CHECK_EQ(guest.call("fd_pwrite", {fd, 0x20, 1, uint64_t{1} << 40, 0x10}), 22);
  // What goes leaves its room to others; empty files have a price as well.
  CHECK_EQ(guest.call("fd_filestat_set_size", {fd, 0}), 0);
  uint32_t count = 0;
  while ((error = guest.open_file(3, "f" + std::to_string(count), 0, 1, 2, fd)) == 0) count++;
  CHECK_EQ(error, 51);
  CHECK(count > 10 && count < 40);
  CHECK_EQ(guest.call("path_unlink_file", {3, Guest::kPath, guest.path("f3")}), 0);
}

TEST_CASE(an_instance_writes_so_many_bytes) {
  on_all_files([] {
    Folder folder;
    Guest guest("wasi_calls.wasm");
    Owned directory(files == Files::Memory
                        ? new_directory()
                        : wembed_wasi_host_directory(nullptr, folder.root.c_str(), nullptr));
    wembed_wasi_preopen_t preopen = {".", directory.file, false};
    wembed_wasi_options_t options = {};
    options.size = sizeof(options);
    options.preopens = &preopen;
    options.preopen_count = 1;
    options.max_written = 100;
    if (!guest.open_options(options)) return;
    for (int round = 0; round < 2; round++) {
      uint32_t fd = 0;
      CHECK_EQ(guest.open_file(3, "file", 0, 1 | 8, Guest::kFileRights, fd), 0);
      CHECK_EQ(guest.write(fd, std::string(60, 'x')), 0);
      CHECK_EQ(guest.call("fd_filestat_set_size", {fd, 80}), 0);
      CHECK_EQ(guest.call("fd_allocate", {fd, 0, 101}), 19);
      CHECK_EQ(guest.call("fd_filestat_set_size", {fd, 10}), 0);
      CHECK_EQ(guest.write(fd, std::string(60, 'x')), 0);
      CHECK_EQ(guest.get<uint32_t>(Guest::kResult), 20u);
      CHECK_EQ(guest.write(fd, "x"), 19);
      CHECK_EQ(guest.call("fd_filestat_set_size", {fd, 81}), 19);
      CHECK_EQ(guest.write(1, "x"), 0);  // no file
      CHECK(wembed_instance_reset(guest.instance, nullptr, nullptr));
    }
  });
}

// However deep they are.
TEST_CASE(deep_directories_end) {
  Guest guest("wasi_calls.wasm");
  Owned directory(new_directory());
  if (!open_at(guest, directory.file)) return;
  uint32_t at = 3;
  for (int i = 0; i < 200000; i++) {
    REQUIRE(guest.call("path_create_directory", {at, Guest::kPath, guest.path("d")}) == 0);
    uint32_t below = 0;
    REQUIRE(guest.open_file(at, "d", 0, 2, Guest::kDirectoryRights, below) == 0);
    if (at != 3) guest.call("fd_close", {at});
    at = below;
  }
}

TEST_CASE(many_names_in_one_directory) {
  Guest guest("wasi_calls.wasm");
  Owned directory(new_directory());
  if (!open_at(guest, directory.file)) return;
  constexpr uint32_t kCount = 50000;
  uint32_t fd = 0;
  for (uint32_t i = 0; i < kCount; i++) {
    if (guest.open_file(3, "f" + std::to_string(i), 0, 1, 2, fd) == 0) guest.call("fd_close", {fd});
  }
  // Every other one goes, while they are listed in pieces.
  uint64_t cookie = 0;
  uint32_t found = 0;
  for (;;) {
    REQUIRE(guest.call("fd_readdir", {3, 0x2000, 4096, cookie, 0x10}) == 0);
    uint32_t used = guest.get<uint32_t>(0x10), place = 0;
    while (place + 24 <= used) {
      uint32_t length = guest.get<uint32_t>(0x2000 + place + 16);
      if (place + 24 + length > used) break;
      cookie = guest.get<uint64_t>(0x2000 + place);
      std::string name(reinterpret_cast<char*>(guest.at(0x2000 + place + 24)), length);
      if (name[0] == 'f' && found++ % 2 == 0) {
        CHECK_EQ(guest.call("path_unlink_file", {3, Guest::kPath, guest.path(name)}), 0);
      }
      place += 24 + length;
    }
    if (used < 4096) break;
  }
  CHECK_EQ(found, kCount);
}

}  // namespace
