// Initial contents: the same on every backend, after growth and reset, copied or mapped.
#include "memory/image.h"

#include <cstdlib>
#include <cstring>
#include <thread>
#include <vector>

#include "check.h"
#include "failing_allocator.h"
#include "memory/backend.h"
#include "platform/fault.h"
#include "platform/virtual_memory.h"

using namespace wembed;

namespace {

constexpr uint64_t kPage = 65536;

struct Faults {
  Faults() : error(platform::retain_fault_handlers()) {}
  ~Faults() { platform::release_fault_handlers(); }
  int error;
};

// Parts over one another and what a memory has to show.
struct Contents {
  Contents(Allocator& allocator, uint64_t memory_bytes, std::vector<ImagePart> parts)
      : expected(memory_bytes) {
    for (const ImagePart& part : parts) {
      std::memcpy(expected.data() + part.offset, part.bytes, part.size);
    }
    image = MemoryImage::create(allocator, parts);
  }
  ~Contents() { image->destroy(); }
  bool shown_by(const MemoryView& view) const {
    return view.size == expected.size() &&
           std::memcmp(view.base, expected.data(), expected.size()) == 0;
  }
  std::vector<uint8_t> expected;
  MemoryImage* image;
};

std::vector<uint8_t> pattern(size_t size, uint8_t seed) {
  std::vector<uint8_t> bytes(size);
  for (size_t i = 0; i < size; i++) bytes[i] = static_cast<uint8_t>(seed + i * 7);
  return bytes;
}

constexpr MemoryFunctions kMalloc = {
    [](void*, uint64_t minimum, uint64_t, void**) { return std::malloc(minimum); },
    [](void*, void*, void* base, uint64_t, uint64_t bytes) { return std::realloc(base, bytes); },
    [](void*, void*, void* base, uint64_t) { std::free(base); }, nullptr};

}  // namespace

TEST_CASE(every_backend_starts_and_restarts_with_the_image) {
  Faults faults;
  FailingAllocator memory;
  std::vector<uint8_t> a = pattern(3 * kPage, 1);
  std::vector<uint8_t> b = pattern(100, 9);
  std::vector<uint8_t> buffer(32 * kPage + 8);
  uint8_t* aligned = buffer.data() + (8 - reinterpret_cast<uintptr_t>(buffer.data()) % 8) % 8;
  for (std::vector<ImagePart> parts :
       {std::vector<ImagePart>{}, std::vector<ImagePart>{{5, b.data(), b.size()}},
        // The last part ends where the memory does.
        std::vector<ImagePart>{{kPage / 2, a.data(), a.size()},
                               {kPage, b.data(), b.size()},
                               {8 * kPage - b.size(), b.data(), b.size()},
                               {3, b.data(), 0}},
        // Large enough to be mapped on demand, from the second time on.
        std::vector<ImagePart>{{kPage + 1, a.data(), a.size()}, {4 * kPage, a.data(), a.size()}}}) {
    Contents contents(memory.allocator(), 8 * kPage, parts);
    REQUIRE(contents.image != nullptr);
    for (Backend backend : {Backend::Mapped, Backend::Heap, Backend::Buffer, Backend::Functions}) {
      for (int round = 0; round < 6; round++) {
        bool signals = round % 2 == 0;
        MemoryRequest request = {8 * kPage, 32 * kPage, 32};
        request.image = contents.image;
        request.buffer = aligned;
        request.capacity = 32 * kPage;
        request.functions = &kMalloc;
        Diagnostic diagnostic;
        LinearMemory* linear =
            create_linear_memory(memory.allocator(), backend, signals, request, diagnostic);
        REQUIRE(linear != nullptr);
        CHECK(linear->backend() == backend);
        bool may_guard = backend == Backend::Mapped && platform::reservations_are_cheap();
        CHECK_EQ(linear->guarded(), signals && may_guard);
        CHECK(contents.shown_by(linear->view()));
        std::memset(linear->view().base, 0xEE, 8 * kPage);
        CHECK(linear->grow(20 * kPage));
        CHECK_EQ(linear->view().base[8 * kPage], 0);
        std::memset(linear->view().base, 0xEE, 20 * kPage);
        CHECK(linear->reset());
        CHECK(contents.shown_by(linear->view()));
        linear->view().base[kPage + 5] = 1;
        linear->release();
      }
    }
  }
  trim_linear_memories();
  CHECK_EQ(memory.live(), 0u);
}

TEST_CASE(an_image_restores_any_part_of_itself) {
  FailingAllocator memory;
  std::vector<uint8_t> a = pattern(70000, 3);
  Contents contents(memory.allocator(), 4 * kPage, {{5000, a.data(), a.size()}, {9, a.data(), 4}});
  for (bool mapped : {false, true}) {
    if (mapped) (void)contents.image->is_mappable();
    for (auto [from, to] : {std::pair<uint64_t, uint64_t>{0, 4 * kPage},
                            {4096, 8192},
                            {0, 4096},
                            {73728, 81920},
                            {3 * kPage, 4 * kPage},
                            {4096, 4096}}) {
      std::vector<uint8_t> shown(4 * kPage, 0xEE);
      contents.image->restore(shown.data(), from, to);
      CHECK(std::memcmp(shown.data() + from, contents.expected.data() + from, to - from) == 0);
      CHECK(from == 0 || shown[from - 1] == 0xEE);
      CHECK(to == shown.size() || shown[to] == 0xEE);
    }
  }
  CHECK_EQ(contents.image->begin(), 0u);
  CHECK_EQ(contents.image->end() % 4096, 0u);
}

TEST_CASE(a_file_is_made_once_and_only_where_it_pays) {
  FailingAllocator memory;
  std::vector<uint8_t> a = pattern(70000, 3);
  Contents small(memory.allocator(), kPage, {{0, a.data(), 100}});
  CHECK(!small.image->is_mappable());
  Contents spread(memory.allocator(), 100 * kPage,
                  {{0, a.data(), 100}, {99 * kPage, a.data(), 100}});
  CHECK(!spread.image->is_mappable());
  CHECK(!small.image->is_wanted_again());
  CHECK(small.image->is_wanted_again());
  Contents large(memory.allocator(), 2 * kPage, {{0, a.data(), a.size()}});
  std::vector<std::thread> threads;
  std::atomic<int> yes{0};
  for (int i = 0; i < 4; i++) {
    threads.emplace_back([&] { yes += large.image->is_mappable() ? 1 : 0; });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(yes == 4 || yes == 0);
}

TEST_CASE(an_image_without_memory_leaves_no_trace) {
  std::vector<uint8_t> a = pattern(100, 3);
  ImagePart part = {0, a.data(), a.size()};
  for (uint64_t fail_at = 1; fail_at < 4; fail_at++) {
    FailingAllocator memory(fail_at);
    MemoryImage* image = MemoryImage::create(memory.allocator(), {&part, 1});
    CHECK_EQ(image == nullptr, memory.failed());
    if (image != nullptr) image->destroy();
    CHECK_EQ(memory.live(), 0u);
  }
}
