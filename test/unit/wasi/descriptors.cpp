// Descriptors that threads close and renumber while others use them: whoever has one goes on with
// the file it was, and no number has two.
#include <unistd.h>

#include <atomic>
#include <thread>
#include <vector>

#include "base/system_allocator.h"
#include "check.h"
#include "wasi/host_file.h"
#include "wasi/memory_node.h"
#include "wasi/table.h"

namespace {

using namespace wembed;
using namespace wembed::wasi;

constexpr uint32_t kFiles = 8, kMost = 64;
constexpr uint64_t kAll = ~uint64_t{0};
constexpr int kRounds = 3000;

// Files 0 to 7, whose size is their number, in a directory that is nowhere else.
struct Descriptors {
  Allocator allocator = system_allocator();
  Ref<Node> root = MemoryNode::create_root(allocator, 1 << 20, false);
  Table table{allocator};
  std::vector<Ref<File>> files;

  Descriptors() {
    Ref<File> directory = NodeFile::create(allocator, root);
    for (uint32_t i = 0; i < kFiles; i++) {
      const char name[] = {static_cast<char>('a' + i), 0};
      OpenMode mode;
      mode.read = mode.write = mode.create = true;
      Ref<File> file;
      CHECK(directory->open(name, mode, file) == kSuccess && file->set_size(i) == kSuccess);
      files.push_back(file);
      uint32_t number = kMost;
      CHECK(table.add(file, {kAll, kAll}, kMost, number) == kSuccess && number == i);
    }
  }
};

template <class Act> void on_threads(int count, Act act) {
  std::vector<std::thread> threads;
  for (int i = 0; i < count; i++) threads.emplace_back(act, static_cast<uint32_t>(i));
  for (std::thread& thread : threads) thread.join();
}

// A descriptor is closed, another one renumbered onto it, and a third opened, by two threads, while
// two others read whatever they get.
TEST_CASE(others_close_and_renumber) {
  Descriptors all;
  std::atomic<uint32_t> read{0}, missed{0};
  on_threads(4, [&](uint32_t thread) {
    for (int round = 0; round < kRounds; round++) {
      uint32_t number = (static_cast<uint32_t>(round) * 7 + thread) % kFiles;
      if (thread < 2) {
        Held held;
        Errno error = all.table.get(number, 2, held);
        if (error != kSuccess) {
          CHECK(error == Errno::kBADF);
          missed++;
          continue;
        }
        FileStatus status;
        CHECK(held.file->status(status) == kSuccess && status.size < kFiles);
        read++;
      } else if (round % 3 == 0) {
        static_cast<void>(all.table.close(number));
      } else if (round % 3 == 1) {
        static_cast<void>(all.table.renumber(number, (number + 1) % kFiles));
      } else {
        uint32_t made = 0;
        CHECK(all.table.add(all.files[number], {kAll, kAll}, kMost, made) == kSuccess);
        if (made >= kFiles) CHECK(all.table.close(made) == kSuccess);
      }
    }
  });
  CHECK(read > 0);
}

// Everybody opens and closes its own: a number is nobody else's meanwhile.
TEST_CASE(numbers_belong_to_one) {
  Descriptors all;
  std::atomic<uint32_t> owner[kMost] = {};
  on_threads(4, [&](uint32_t thread) {
    for (int round = 0; round < kRounds; round++) {
      uint32_t number = 0;
      CHECK(all.table.add(all.files[thread], {kAll, kAll}, kMost, number) == kSuccess);
      CHECK(owner[number].exchange(thread + 1) == 0);
      Held held;
      FileStatus status;
      CHECK(all.table.get(number, 2, held) == kSuccess);
      CHECK(held.file->status(status) == kSuccess && status.size == thread);
      CHECK(owner[number].exchange(0) == thread + 1);
      CHECK(all.table.close(number) == kSuccess);
    }
  });
}

// Positions are of the file that is open: several threads at one write it whole, no byte twice.
TEST_CASE(writers_share_a_position) {
  Descriptors all;
  constexpr uint32_t kWrites = 500;
  on_threads(4, [&](uint32_t thread) {
    Held held;
    CHECK(all.table.get(0, 64, held) == kSuccess);
    uint8_t byte = static_cast<uint8_t>('a' + thread);
    const Piece piece = {&byte, 1};
    for (uint32_t i = 0; i < kWrites; i++) {
      size_t done = 0;
      uint64_t position = 0;
      // As fd_write does, but for waiting, which a file in memory never does.
      CHECK(held.file->write_at(&piece, 1, uint64_t{thread} * kWrites + i, done) == kSuccess);
      CHECK(done == 1 && held.file->seek(0, platform::SeekFrom::End, position) == kSuccess);
    }
  });
  FileStatus status;
  CHECK(all.files[0]->status(status) == kSuccess && status.size == 4 * kWrites);
}

// The system's number is not given back to it while somebody uses the file.
TEST_CASE(what_is_closed_stays_for_those_who_have_it) {
  Descriptors all;
  for (int round = 0; round < 200; round++) {
    int ends[2];
    CHECK(pipe(ends) == 0);
    Errno error = kSuccess;
    Ref<File> file = HostFile::adopt(all.allocator, ends[1], HostFile::Owned, error);
    CHECK(error == kSuccess);
    uint32_t number = 0;
    CHECK(all.table.add(std::move(file), {kAll, kAll}, kMost, number) == kSuccess);
    Held held;
    CHECK(all.table.get(number, 64, held) == kSuccess);
    on_threads(2, [&](uint32_t thread) {
      FileStatus status;
      if (thread == 0) CHECK(all.table.close(number) == kSuccess);
      if (thread == 1) CHECK(held.file->status(status) == kSuccess);
    });
    char byte = 0;
    CHECK(write(ends[1], "x", 1) == 1 && read(ends[0], &byte, 1) == 1 && byte == 'x');
    held.file = {};
    CHECK(read(ends[0], &byte, 1) == 0);  // now it is closed
    close(ends[0]);
  }
}

}  // namespace
