// Bytes that vanish while they are read: zeros and a mark for the reader, and nobody else's faults
// are touched. What may end the process runs in a child.
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <thread>
#include <vector>

#include "base/byte_source.h"
#include "check.h"
#include "platform/fault.h"
#include "platform/virtual_memory.h"
#include "sanitized.h"

using namespace wembed;
using namespace wembed::platform;

namespace {

constexpr int kPages = 4;

// A file that is mapped and may be cut.
struct CutFile {
  CutFile() : bytes(kPages * page_size()) {
    char path[] = "/tmp/wembed-lost-XXXXXX";
    file = mkstemp(path);
    unlink(path);
    std::vector<uint8_t> content(bytes, 'x');
    if (write(file, content.data(), bytes) != static_cast<ssize_t>(bytes)) _exit(80);
    data = static_cast<uint8_t*>(mmap(nullptr, bytes, PROT_READ, MAP_PRIVATE, file, 0));
  }
  ~CutFile() {
    munmap(data, bytes);
    close(file);
  }
  void cut(size_t to) const {
    if (ftruncate(file, static_cast<off_t>(to)) != 0) _exit(81);
  }
  size_t bytes;
  int file;
  uint8_t* data;
};

struct Handlers {
  Handlers() {
    if (retain_fault_handlers() != 0) _exit(82);
  }
  ~Handlers() { release_fault_handlers(); }
};

__attribute__((noinline)) uint8_t load(const uint8_t* at) {
  return *static_cast<const volatile uint8_t*>(at);
}

// As in fault.cpp: the exit status of `body`, or 1000 + the signal that ended it.
template <class Body> int in_child(Body body) {
  fflush(nullptr);
  pid_t pid = fork();
  if (pid == 0) {
    for (int signal : {SIGSEGV, SIGBUS}) ::signal(signal, SIG_DFL);
    body();
    _exit(0);
  }
  int status = 0;
  waitpid(pid, &status, 0);
  return WIFSIGNALED(status) ? 1000 + WTERMSIG(status) : WEXITSTATUS(status);
}

void exit_77(int) { _exit(77); }

uint8_t* some_pages(int protection) {
  return static_cast<uint8_t*>(
      mmap(nullptr, kPages * page_size(), protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
}

}  // namespace

TEST_CASE(a_cut_file_reads_as_zeros_and_is_lost) {
  Handlers handlers;
  CutFile file;
  const ByteSource source(file.data, file.bytes, BytesKind::Foreign);
  {
    const ReadScope scope(source);
    CHECK_EQ(load(file.data + file.bytes - 1), 'x');
    CHECK(!scope.lost());
    file.cut(page_size());
    CHECK_EQ(load(file.data + 2 * page_size() + 7), 0);
    CHECK(scope.lost());
    CHECK_EQ(load(file.data + 5), 'x');  // that page is still there
    CHECK_EQ(load(file.data + page_size()), 0);
  }
  CHECK(source.is_lost());
  const ReadScope later(source);
  CHECK(later.lost());
  CHECK(current_read_scope == &later);
}

TEST_CASE(unmapped_bytes_read_as_zeros_and_are_lost) {
  Handlers handlers;
  uint8_t* pages = some_pages(PROT_READ | PROT_WRITE);
  ByteSource source(pages, kPages * page_size(), BytesKind::Borrowed);
  munmap(pages, kPages * page_size());
  {
    ReplaceScope scope(source);
    std::vector<uint8_t> target(kPages * page_size());
    CHECK(!scope.copy_to(target.data()));
    CHECK(!scope.copy_to(target.data()));
  }
  CHECK(source.is_lost());
  munmap(pages, kPages * page_size());
}

TEST_CASE(scopes_nest) {
  Handlers handlers;
  CutFile a;
  CutFile b;
  const ByteSource first(a.data, a.bytes, BytesKind::Foreign);
  const ByteSource second(b.data, b.bytes, BytesKind::Borrowed);
  a.cut(0);
  b.cut(0);
  const ReadScope outer(first);
  {
    const ReadScope inner(second);
    const ReadScope again(second);  // a lock that is held is not taken twice
    CHECK(ReadScope::is_active(first) && ReadScope::is_active(second));
    CHECK_EQ(load(a.data), 0);  // the outer one's
    CHECK(outer.lost() && !inner.lost());
    CHECK_EQ(load(b.data), 0);
    CHECK(inner.lost() && again.lost());
  }
  CHECK(!ReadScope::is_active(second));
}

TEST_CASE(own_bytes_cost_no_scope) {
  const uint8_t byte = 1;
  const ByteSource source(&byte, 1, BytesKind::Own);
  const ReadScope scope(source);
  CHECK(!scope.lost());
  CHECK(current_read_scope == nullptr);
}

TEST_CASE(many_threads_meet_the_same_hole) {
  Handlers handlers;
  for (int round = 0; round < 20; round++) {
    CutFile file;
    const ByteSource source(file.data, file.bytes, BytesKind::Borrowed);
    std::atomic<int> wrong{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; i++) {
      threads.emplace_back([&, i] {
        for (int n = 0; n < 2000; n++) {
          const ReadScope scope(source);
          if (scope.lost()) return;
          uint8_t byte = load(file.data + static_cast<size_t>(i) * page_size());
          // Good bytes, or the mark.
          if (byte != 'x' && !scope.lost()) wrong++;
        }
      });
    }
    file.cut(0);
    for (std::thread& thread : threads) thread.join();
    CHECK_EQ(wrong.load(), 0);
  }
}

TEST_CASE(a_writer_waits_for_readers) {
  uint8_t old_bytes[64];
  uint8_t new_bytes[64];
  for (int i = 0; i < 64; i++) old_bytes[i] = new_bytes[i] = static_cast<uint8_t>(i);
  ByteSource source(old_bytes, sizeof old_bytes, BytesKind::Borrowed);
  std::atomic<bool> stop{false};
  std::vector<std::thread> readers;
  std::atomic<int> wrong{0};
  for (int i = 0; i < 3; i++) {
    readers.emplace_back([&] {
      while (!stop.load(std::memory_order_relaxed)) {
        const ReadScope scope(source);
        const ReadScope inside(source);  // while a writer waits, too
        for (int at = 0; at < 64; at++) {
          if (source.view()[static_cast<size_t>(at)] != at) wrong++;
        }
      }
    });
  }
  for (int round = 0; round < 200; round++) {
    ReplaceScope scope(source);
    uint8_t* next = round % 2 == 0 ? new_bytes : old_bytes;
    uint8_t* last = round % 2 == 0 ? old_bytes : new_bytes;
    CHECK(scope.copy_to(next));
    scope.point_to(next);
    for (int i = 0; i < 64; i++) last[i] = 0xEE;  // what its owner may do with it now
  }
  stop = true;
  for (std::thread& reader : readers) reader.join();
  CHECK_EQ(wrong.load(), 0);
}

TEST_CASE(a_writer_is_not_kept_out_for_good) {
  const uint8_t bytes[4] = {};
  ByteSource source(bytes, sizeof bytes, BytesKind::Borrowed);
  std::atomic<bool> stop{false};
  std::atomic<int> inside{0};
  std::vector<std::thread> readers;
  for (int i = 0; i < 4; i++) {
    readers.emplace_back([&] {
      while (!stop.load(std::memory_order_relaxed)) {
        const ReadScope scope(source);
        inside++;
        // Until another is inside too: there would never be a moment without a reader.
        for (int n = 0; n < 200 && inside < 2; n++) std::this_thread::yield();
        inside--;
      }
    });
  }
  for (int round = 0; round < 50; round++) ReplaceScope scope(source);
  stop = true;
  for (std::thread& reader : readers) reader.join();
}

TEST_CASE(faults_of_others_stay_theirs) {
  if (kAddressSanitizer || kThreadSanitizer) return;  // they have handlers of their own
  // Without a handler of anybody's the process ends as if there were no scope.
  auto with_scope = [](auto fault) {
    return in_child([&] {
      Handlers handlers;
      CutFile file;
      const ByteSource source(file.data, file.bytes, BytesKind::Foreign);
      const ReadScope scope(source);
      fault(file);
      _exit(scope.lost() ? 60 : 0);
    });
  };
  uint8_t* unreadable = some_pages(PROT_NONE);
  CHECK_EQ(with_scope([&](CutFile&) { load(unreadable); }), 1000 + SIGSEGV);
  CHECK_EQ(with_scope([](CutFile&) { load(nullptr); }), 1000 + SIGSEGV);
  // Bytes that are there and must not be read or written: somebody wants it like that.
  CHECK_EQ(with_scope([](CutFile& file) {
             mprotect(file.data, file.bytes, PROT_NONE);
             load(file.data);
           }),
           1000 + SIGSEGV);
  CHECK_EQ(with_scope([](CutFile& file) { *file.data = 1; }), 1000 + SIGSEGV);
  // Signals that somebody sends.
  CHECK_EQ(with_scope([](CutFile&) { raise(SIGBUS); }), 1000 + SIGBUS);
  CHECK_EQ(with_scope([](CutFile&) { kill(getpid(), SIGSEGV); }), 1000 + SIGSEGV);
  // Another file that was cut, and this one behind its end.
  CHECK_EQ(with_scope([](CutFile&) {
             CutFile other;
             other.cut(0);
             load(other.data);
           }),
           1000 + SIGBUS);
}

TEST_CASE(threads_without_a_scope_fault_as_ever) {
  if (kAddressSanitizer || kThreadSanitizer) return;
  CHECK_EQ(in_child([] {
             signal(SIGBUS, exit_77);
             Handlers handlers;
             CutFile file;
             const ByteSource source(file.data, file.bytes, BytesKind::Foreign);
             const ReadScope scope(source);
             file.cut(0);
             std::thread([&] { load(file.data); }).join();
           }),
           77);
  // The same in a thread that had one before.
  CHECK_EQ(in_child([] {
             signal(SIGBUS, exit_77);
             Handlers handlers;
             CutFile file;
             {
               const ByteSource source(file.data, file.bytes, BytesKind::Foreign);
               const ReadScope scope(source);
             }
             file.cut(0);
             load(file.data);
           }),
           77);
}

TEST_CASE(somebody_elses_memory_in_the_hole_is_left_alone) {
  Handlers handlers;
  uint8_t* pages = some_pages(PROT_READ | PROT_WRITE);
  const ByteSource source(pages, kPages * page_size(), BytesKind::Foreign);
  munmap(pages, kPages * page_size());
  // The first page is somebody's now; it is read as it is.
  void* taken = mmap(pages, page_size(), PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
  REQUIRE(taken == pages);
  *pages = 'y';
  {
    const ReadScope scope(source);
    CHECK_EQ(load(pages), 'y');
    CHECK(!scope.lost());
    CHECK_EQ(load(pages + page_size()), 0);
    CHECK(scope.lost());
    CHECK_EQ(load(pages), 'y');
  }
  *pages = 'z';  // still writable
  munmap(pages, kPages * page_size());
}

TEST_CASE(guest_faults_are_recovered_as_ever) {
  Handlers handlers;
  Reserved space = reserve(1 << 20);
  uint32_t range = register_guest_range(space.address, 1 << 20);
  const uint8_t byte = 1;
  const ByteSource source(&byte, 1, BytesKind::Foreign);
  {
    const ReadScope scope(source);
    CHECK_EQ(probe_fault(space.address + 5), 0);
    CHECK(!scope.lost());
  }
  unregister_guest_range(range);
  platform::release(space.address, 1 << 20);
}
