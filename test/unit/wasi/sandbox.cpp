// Nothing outside of what a guest was given is read, written or waited for, on either way to walk a
// path, also while others swap directories and links.
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "wasi/guest.h"
#include "wasi/host_file.h"

namespace {

constexpr int kNotCapable = 76, kLoop = 32, kNotDirectory = 54, kNoEntry = 44;

template <class Act> void on_both_walkers(Act act) {
  for (bool beneath : {true, false}) {
    wembed::wasi::HostFile::set_beneath(beneath);
    act();
  }
  wembed::wasi::HostFile::set_beneath(true);
}

// In memory they are walked component by component as well.
template <class Act> void on_all_walkers(Act act) {
  on_both_walkers(act);
  files = Files::Memory;
  act();
  files = Files::Folder;
}

void link_to(const std::string& target, const std::string& name) {
  CHECK(symlink(target.c_str(), name.c_str()) == 0);
}

TEST_CASE(links_that_lead_out_are_refused) {
  on_all_walkers([] {
    Folder folder;
    write_all(folder.path + "/secret", "secret");
    write_all(folder.root + "/file", "inside");
    CHECK(mkdir((folder.root + "/dir").c_str(), 0777) == 0);
    link_to("../secret", folder.root + "/up");
    link_to(folder.path + "/secret", folder.root + "/absolute");
    link_to(folder.root + "/file", folder.root + "/absolute_inside");
    link_to("..", folder.root + "/parent");
    link_to("../root/file", folder.root + "/out_and_in");
    link_to("../file", folder.root + "/dir/back");
    link_to("../../secret", folder.root + "/dir/up");
    link_to("dir/up", folder.root + "/chain");
    Guest guest("wasi_calls.wasm");
    if (!guest.open(folder.root)) return;
    uint32_t fd = 0;
    for (const char* path :
         {"up", "absolute", "absolute_inside", "parent/secret", "out_and_in", "dir/up", "chain",
          "parent", "../secret", "dir/../../secret", "/secret", "/", "..", "parent/", "dir/../..",
          "up/", "parent/root/file"}) {
      int error = guest.open_file(3, path, 1, 0, 2, fd);
      if (error != kNotCapable) std::printf("%s: %d\n", path, error);
      CHECK_EQ(error, kNotCapable);
      CHECK_EQ(guest.call("path_filestat_get", {3, 1, Guest::kPath, guest.path(path), 0x2000}),
               kNotCapable);
    }
    CHECK_EQ(guest.open_file(3, "dir/back", 1, 0, 2, fd), 0);
    // A directory that is opened is a border of its own.
    uint32_t inner = 0;
    CHECK_EQ(guest.open_file(3, "dir", 0, 2, 1 << 14, inner), 0);
    CHECK_EQ(guest.open_file(inner, "back", 1, 0, 2, fd), kNotCapable);
    CHECK_EQ(guest.open_file(inner, "../file", 1, 0, 2, fd), kNotCapable);
    for (const char* path : {"parent/new", "../new", "up/new"}) {
      uint32_t length = guest.path(path);
      int wanted = kNotCapable;
      CHECK_EQ(guest.call("path_create_directory", {3, Guest::kPath, length}), wanted);
      CHECK_EQ(guest.call("path_unlink_file", {3, Guest::kPath, length}), wanted);
      CHECK_EQ(guest.call("path_remove_directory", {3, Guest::kPath, length}), wanted);
      uint32_t other = guest.path("file", Guest::kOther);
      CHECK_EQ(guest.call("path_rename", {3, Guest::kOther, other, 3, Guest::kPath, length}),
               wanted);
      CHECK_EQ(guest.call("path_rename", {3, Guest::kPath, length, 3, Guest::kOther, other}),
               wanted);
      CHECK_EQ(guest.call("path_link", {3, 0, Guest::kOther, other, 3, Guest::kPath, length}),
               wanted);
      CHECK_EQ(guest.call("path_symlink", {Guest::kOther, other, 3, Guest::kPath, length}), wanted);
      CHECK_EQ(guest.open_file(3, path, 1, 1, 64, fd), wanted);
    }
    CHECK_EQ(read_all(folder.path + "/secret"), "secret");
    CHECK(access((folder.path + "/new").c_str(), F_OK) != 0);
  });
}

TEST_CASE(what_is_neither_file_nor_directory_is_not_opened) {
  on_both_walkers([] {
    Folder folder;
    CHECK(mkfifo((folder.root + "/fifo").c_str(), 0666) == 0);
    int listening = socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    std::snprintf(address.sun_path, sizeof(address.sun_path), "%s/socket", folder.root.c_str());
    CHECK(bind(listening, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0);
    Guest guest("wasi_calls.wasm");
    if (!guest.open(folder.root)) return;
    uint32_t fd = 0;
    for (const char* name : {"fifo", "socket"}) {
      CHECK_EQ(guest.open_file(3, name, 0, 0, 2, fd), kNotCapable);
      CHECK_EQ(guest.open_file(3, name, 0, 0, 64, fd), kNotCapable);
      CHECK_EQ(guest.open_file(3, name, 0, 1 | 8, 64, fd), kNotCapable);
      CHECK_EQ(guest.open_file(3, name, 0, 2, 2, fd), kNotDirectory);
      CHECK_EQ(guest.call("path_filestat_get", {3, 0, Guest::kPath, guest.path(name), 0x2000}), 0);
    }
    CHECK_EQ(guest.at(0x2000)[16], 6);  // a socket
    close(listening);
  });
  on_both_walkers([] {
    Guest guest("wasi_calls.wasm");
    if (!guest.open("/dev")) return;
    uint32_t fd = 0;
    CHECK_EQ(guest.open_file(3, "null", 0, 0, 2, fd), kNotCapable);
    CHECK_EQ(guest.open_file(3, "zero", 1, 0, 2, fd), kNotCapable);
  });
}

// Whose links lead wherever they like, whatever they read like.
TEST_CASE(links_of_processes_are_no_way_out) {
  if (access("/proc/self/root", F_OK) != 0) return;
  on_both_walkers([] {
    Guest guest("wasi_calls.wasm");
    std::string self = "/proc/" + std::to_string(getpid());
    if (!guest.open(self)) return;
    uint32_t fd = 0;
    for (const char* path : {"root/etc/passwd", "cwd/x", "root", "fd/0", "exe"}) {
      int error = guest.open_file(3, path, 1, 0, 2, fd);
      if (error != kNotCapable && error != kLoop) std::printf("%s: %d\n", path, error);
      CHECK(error == kNotCapable || error == kLoop);
    }
    CHECK_EQ(guest.open_file(3, "status", 1, 0, 2, fd), 0);
  });
}

// Among them are some that lead where they say: on either way.
TEST_CASE(plain_links_of_processes_are_followed) {
  if (access("/proc/self/root", F_OK) != 0) return;
  on_both_walkers([] {
    Guest guest("wasi_calls.wasm");
    if (!guest.open("/proc")) return;
    uint32_t fd = 0;
    for (const char* path : {"self/status", "mounts", "self/../self/stat"}) {
      CHECK_EQ(guest.open_file(3, path, 1, 0, 2, fd), 0);
    }
    for (const char* path : {"self/cwd/x", "self/root/etc/passwd", "self/exe", "self/ns/pid",
                             "self/cwd", "self/ns/pid/x"}) {
      CHECK_EQ(guest.open_file(3, path, 1, 0, 2, fd), kNotCapable);
    }
  });
}

TEST_CASE(paths_have_bounds) {
  on_all_walkers([] {
    Folder folder;
    CHECK(mkdir((folder.root + "/d").c_str(), 0777) == 0);
    for (int i = 0; i < 50; i++) {
      link_to(i == 0 ? "d" : "l" + std::to_string(i - 1), folder.root + "/l" + std::to_string(i));
    }
    Guest guest("wasi_calls.wasm");
    if (!guest.open(folder.root)) return;
    uint32_t fd = 0;
    CHECK_EQ(guest.open_file(3, "l39", 1, 2, 1 << 14, fd), 0);
    CHECK_EQ(guest.open_file(3, "l40", 1, 2, 1 << 14, fd), kLoop);
    CHECK_EQ(guest.open_file(3, "l38/../d", 1, 2, 1 << 14, fd), 0);
    CHECK_EQ(guest.open_file(3, "l49/x", 1, 0, 2, fd), kLoop);
    std::string name(255, 'n');
    CHECK_EQ(guest.open_file(3, name, 0, 0, 2, fd), kNoEntry);
    CHECK_EQ(guest.open_file(3, name + "n", 0, 0, 2, fd), 37);
    CHECK_EQ(guest.open_file(3, name + "n/x", 0, 0, 2, fd), 37);
    std::string up;
    for (int i = 0; i < 800; i++) up += "d/../";
    CHECK_EQ(guest.open_file(3, up + "d", 0, 2, 1 << 14, fd), 0);
    CHECK_EQ(guest.open_file(3, up + "../d", 0, 2, 1 << 14, fd), kNotCapable);
    CHECK_EQ(guest.open_file(3, std::string(4097, '/'), 0, 0, 2, fd), 37);
    CHECK_EQ(guest.open_file(3, std::string("fi\0le", 5), 0, 0, 2, fd), 28);
    CHECK_EQ(guest.open_file(3, std::string("d/fi\0le", 7), 0, 0, 2, fd), 28);
    CHECK_EQ(guest.open_file(3, "", 0, 0, 2, fd), kNoEntry);
  });
}

// A directory of the guest's and a link to the outside change places all the time.
TEST_CASE(swapping_directories_and_links_lets_nothing_out) {
#ifdef SYS_renameat2
  on_both_walkers([] {
    Folder folder;
    CHECK(mkdir((folder.path + "/outside").c_str(), 0777) == 0);
    write_all(folder.path + "/outside/file", "secret");
    CHECK(mkdir((folder.root + "/a").c_str(), 0777) == 0);
    write_all(folder.root + "/a/file", "inside");
    link_to("../outside", folder.root + "/b");
    link_to("../../outside/file", folder.root + "/a/swapped");
    write_all(folder.root + "/a/plain", "inside");
    Guest guest("wasi_calls.wasm");
    if (!guest.open(folder.root)) return;
    std::atomic<bool> is_over{false};
    std::thread swapper([&] {
      constexpr unsigned kExchange = 2;
      std::string a = folder.root + "/a", b = folder.root + "/b";
      while (!is_over.load(std::memory_order_relaxed)) {
        syscall(SYS_renameat2, AT_FDCWD, a.c_str(), AT_FDCWD, b.c_str(), kExchange);
        for (const std::string& base : {a, b}) {
          std::string plain = base + "/plain", swapped = base + "/swapped";
          syscall(SYS_renameat2, AT_FDCWD, plain.c_str(), AT_FDCWD, swapped.c_str(), kExchange);
        }
      }
    });
    auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(700);
    uint32_t opened = 0;
    for (int i = 0; std::chrono::steady_clock::now() < end; i++) {
      uint32_t fd = 0;
      for (const char* path : {"a/file", "b/file", "a/plain", "b/swapped", "a/../a/file"}) {
        if (guest.open_file(3, path, i & 1, 0, 2, fd) != 0) continue;
        std::string text;
        CHECK_EQ(guest.read(fd, text), 0);
        CHECK_EQ(text, "inside");
        CHECK_EQ(guest.call("fd_close", {fd}), 0);
        opened++;
      }
      if (guest.open_file(3, "a/new", 1, 1, 64, fd) == 0) guest.call("fd_close", {fd});
      uint32_t length = guest.path("b/made");
      guest.call("path_create_directory", {3, Guest::kPath, length});
      guest.call("path_remove_directory", {3, Guest::kPath, length});
      uint32_t other = guest.path("a/moved", Guest::kOther);
      length = guest.path("a/new");
      guest.call("path_rename", {3, Guest::kPath, length, 3, Guest::kOther, other});
      guest.call("path_link", {3, 1, Guest::kOther, other, 3, Guest::kPath, length});
      guest.call("path_unlink_file", {3, Guest::kOther, other});
      guest.call("path_symlink", {Guest::kPath, 1, 3, Guest::kOther, other});
      guest.call("path_unlink_file", {3, Guest::kOther, other});
    }
    is_over.store(true);
    swapper.join();
    CHECK(opened > 0);
    CHECK_EQ(read_all(folder.path + "/outside/file"), "secret");
    std::string left = "test -z \"$(ls '" + folder.path + "/outside' | grep -v '^file$')\"";
    CHECK(std::system(left.c_str()) == 0);
  });
#endif
}

TEST_CASE(programs_that_are_started_get_no_descriptors) {
  Folder folder;
  write_all(folder.root + "/file", "inside");
  Guest guest("wasi_calls.wasm");
  if (!guest.open(folder.root)) return;
  uint32_t fd = 0;
  CHECK_EQ(guest.open_file(3, "file", 0, 0, 2, fd), 0);
  CHECK_EQ(guest.call("fd_readdir", {3, 0x4000, 4096, 0, 0x10}), 0);
  std::string command = "! ls -l /proc/self/fd | grep -q '" + folder.path + "'";
  CHECK(std::system(command.c_str()) == 0);
}

}  // namespace
