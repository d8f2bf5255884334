// The host-managed heap: placement WAMR hosts know, a model under random work, hostile arguments,
// and failing bookkeeping.
#include "memory/guest_heap.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <random>
#include <vector>

#include "check.h"
#include "failing_allocator.h"

using namespace wembed;

namespace {

// Live blocks by offset, with the sizes that were asked for.
class Model {
 public:
  explicit Model(GuestHeap& heap) : heap_(heap) {}

  // True when the block lies in the heap, is aligned and overlaps no other.
  bool add(uint64_t offset, uint64_t size) {
    if (size == 0) size = 1;
    if (offset % 8 != 0 || offset < heap_.begin() + 8 || offset + size > heap_.end()) return false;
    auto next = blocks_.lower_bound(offset);
    if (next != blocks_.end() && offset + heap_.size_of(offset) > next->first) return false;
    if (next != blocks_.begin()) {
      auto before = std::prev(next);
      if (before->first + before->second > offset) return false;
    }
    blocks_[offset] = size;
    return heap_.size_of(offset) >= size;
  }

  void remove(uint64_t offset) { blocks_.erase(offset); }

  uint64_t pick(std::mt19937& random) {
    auto at = blocks_.lower_bound(random() % (heap_.end() - heap_.begin()) + heap_.begin());
    return at == blocks_.end() ? blocks_.begin()->first : at->first;
  }

  bool agrees() const {
    uint64_t used = 0;
    for (auto [offset, size] : blocks_) {
      if (heap_.size_of(offset) < size) return false;
      used += heap_.size_of(offset);
    }
    if (!is_visited()) return false;
    GuestHeap::Statistics now = heap_.statistics();
    return now.used == used && now.blocks == blocks_.size() && now.peak >= used;
  }

  std::map<uint64_t, uint64_t> blocks_;

 private:
  // A visit sees exactly the live blocks as such, and all of them one behind the other.
  bool is_visited() const {
    struct Seen {
      const Model& model;
      uint64_t at;
      size_t live = 0;
      bool good = true;
    } seen = {*this, heap_.begin() + 8};
    heap_.visit(
        [](void* context, uint64_t offset, uint64_t bytes, bool is_live) {
          Seen& self = *static_cast<Seen*>(context);
          self.good = self.good && offset == self.at && bytes > 0 &&
                      is_live == (self.model.blocks_.count(offset) == 1);
          self.at = offset + bytes;
          self.live += is_live ? 1 : 0;
        },
        &seen);
    return seen.good && seen.live == blocks_.size() && seen.at <= heap_.end();
  }

  GuestHeap& heap_;
};

}  // namespace

TEST_CASE(first_blocks_are_where_wamr_puts_them) {
  FailingAllocator memory;
  GuestHeap* heap = GuestHeap::create(memory.allocator(), 65536, 65536 + 4096);
  REQUIRE(heap != nullptr);
  CHECK_EQ(heap->allocate(8), 65544u);
  CHECK_EQ(heap->allocate(100), 65560u);
  CHECK(heap->release(65560));
  CHECK_EQ(heap->allocate(100), 65560u);
  heap->destroy();

  heap = GuestHeap::create(memory.allocator(), 0, 5000);
  REQUIRE(heap != nullptr);
  CHECK_EQ(heap->allocate(16), 8u);
  CHECK_EQ(heap->allocate(0), 24u);
  CHECK_EQ(heap->allocate(1), 40u);
  heap->destroy();

  heap = GuestHeap::create(memory.allocator(), 131072, 131072 + 65536 - 1024);
  REQUIRE(heap != nullptr);
  CHECK_EQ(heap->allocate(60000), 131080u);
  heap->destroy();
  CHECK_EQ(memory.live(), 0u);
}

TEST_CASE(a_freed_block_is_found_again_by_its_size) {
  FailingAllocator memory;
  GuestHeap* heap = GuestHeap::create(memory.allocator(), 1024, 1024 + 65536);
  REQUIRE(heap != nullptr);
  for (uint64_t size : {1, 16, 17, 100, 500, 512, 600, 1000, 1500, 3000, 5001, 9999}) {
    uint64_t before = heap->allocate(32);
    uint64_t block = heap->allocate(size);
    uint64_t after = heap->allocate(32);
    REQUIRE(before != 0 && block != 0 && after != 0);
    CHECK(heap->release(block));
    CHECK_EQ(heap->allocate(size), block);
    CHECK(heap->release(after) && heap->release(before) && heap->release(block));
    CHECK_EQ(heap->statistics().largest, heap->statistics().capacity);
  }
  heap->destroy();
}

TEST_CASE(bad_offsets_are_refused) {
  FailingAllocator memory;
  GuestHeap* heap = GuestHeap::create(memory.allocator(), 4096, 4096 + 4096);
  REQUIRE(heap != nullptr);
  uint64_t block = heap->allocate(64);
  uint64_t other = heap->allocate(64);
  for (uint64_t wild : {uint64_t{0}, uint64_t{1}, uint64_t{8}, uint64_t{4096}, block + 1, block + 8,
                        block + 16, other + 64, uint64_t{8192}, uint64_t{1} << 32, UINT64_MAX,
                        UINT64_MAX - 7, block + (uint64_t{1} << 36)}) {
    CHECK(!heap->release(wild));
    CHECK_EQ(heap->size_of(wild), 0u);
  }
  CHECK(heap->release(block));
  CHECK(!heap->release(block));
  CHECK(heap->release(other));
  CHECK(!heap->release(other));
  CHECK_EQ(heap->statistics().used, 0u);
  CHECK_EQ(heap->reallocate(block, 10, nullptr), 0u);
  for (uint64_t huge : {uint64_t{4096}, uint64_t{1} << 32, UINT64_MAX, UINT64_MAX - 6,
                        UINT64_MAX - 15, uint64_t{1} << 63}) {
    CHECK_EQ(heap->allocate(huge), 0u);
  }
  CHECK_EQ(heap->allocate(heap->statistics().capacity), 4104u);
  CHECK_EQ(heap->allocate(0), 0u);
  heap->destroy();
  CHECK(GuestHeap::create(memory.allocator(), 4, 4096) == nullptr);
  CHECK(GuestHeap::create(memory.allocator(), 8, 24) == nullptr);
  CHECK(GuestHeap::create(memory.allocator(), 4096, 8) == nullptr);
  CHECK_EQ(memory.live(), 0u);
}

TEST_CASE(random_work_agrees_with_a_model) {
  for (uint32_t seed = 0; seed < 12; seed++) {
    std::mt19937 random(seed);
    uint64_t bytes = seed % 3 == 0 ? 4096 : seed % 3 == 1 ? 65536 : 4 << 20;
    uint64_t begin = 8 * (random() % 1000);
    std::vector<uint8_t> guest(begin + bytes);
    FailingAllocator memory;
    GuestHeap* heap = GuestHeap::create(memory.allocator(), begin, begin + bytes);
    REQUIRE(heap != nullptr);
    Model model(*heap);
    uint64_t refused = 0;
    for (int step = 0; step < 30000; step++) {
      uint64_t size = random() % (uint64_t{1} << (random() % 14));
      uint32_t what = random() % 8;
      bool filling = (step / 3000) % 2 == 0;
      if (model.blocks_.empty() || what < (filling ? 5u : 3u)) {
        uint64_t offset = heap->allocate(size);
        if (offset == 0) {
          CHECK(heap->statistics().largest < size + (size == 0));
          refused++;
          continue;
        }
        REQUIRE(model.add(offset, size));
        guest[offset] = static_cast<uint8_t>(offset >> 3);
      } else if (what == 5) {
        uint64_t offset = model.pick(random);
        uint8_t mark = guest[offset];
        uint64_t moved = heap->reallocate(offset, size, guest.data());
        if (moved == 0) continue;
        model.remove(offset);
        REQUIRE(model.add(moved, size));
        CHECK(size == 0 || guest[moved] == mark);
        guest[moved] = static_cast<uint8_t>(moved >> 3);
      } else {
        uint64_t offset = model.pick(random);
        CHECK_EQ(guest[offset], static_cast<uint8_t>(offset >> 3));
        CHECK(heap->release(offset));
        CHECK(!heap->release(offset));
        model.remove(offset);
      }
      if (step % 512 == 0) REQUIRE(model.agrees());
    }
    CHECK(model.agrees());
    CHECK(bytes > 65536 || refused > 0);
    while (!model.blocks_.empty()) {
      CHECK(heap->release(model.blocks_.begin()->first));
      model.remove(model.blocks_.begin()->first);
    }
    GuestHeap::Statistics end = heap->statistics();
    CHECK_EQ(end.used, 0u);
    CHECK_EQ(end.largest, end.capacity);
    CHECK_EQ(end.bookkeeping, memory.live_bytes());
    CHECK(!memory.wrong_size());
    heap->destroy();
    CHECK_EQ(memory.live(), 0u);
  }
}

TEST_CASE(a_full_heap_is_used_to_its_last_block) {
  FailingAllocator memory;
  GuestHeap* heap = GuestHeap::create(memory.allocator(), 0, 65536);
  REQUIRE(heap != nullptr);
  // Two blocks of one size class, the one that fits hidden behind more smaller ones than the
  // quick search looks at.
  std::vector<uint64_t> holes;
  for (int i = 0; i < 9; i++) {
    holes.push_back(heap->allocate(i == 0 ? 71 * 16 : 66 * 16));
    CHECK(heap->allocate(16) != 0);
  }
  while (heap->allocate(16) != 0) {
  }
  for (uint64_t hole : holes) CHECK(heap->release(hole));
  CHECK_EQ(heap->allocate(71 * 16), holes[0]);
  CHECK_EQ(heap->allocate(71 * 16), 0u);
  CHECK_EQ(heap->allocate(70 * 16), 0u);
  CHECK(heap->allocate(66 * 16) != 0);
  heap->destroy();
}

TEST_CASE(small_blocks_join_when_a_larger_one_is_wanted) {
  FailingAllocator memory;
  GuestHeap* heap = GuestHeap::create(memory.allocator(), 65536, 65536 + 4096);
  REQUIRE(heap != nullptr);
  uint64_t first = heap->allocate(8);
  uint64_t second = heap->allocate(100);
  CHECK(heap->release(second) && heap->release(first));
  CHECK_EQ(heap->allocate(300), first);  // not behind them
  CHECK(heap->release(first));
  std::vector<uint64_t> all;
  while (uint64_t offset = heap->allocate(all.size() % 50)) all.push_back(offset);
  for (uint64_t offset : all) CHECK(heap->release(offset));
  CHECK_EQ(heap->allocate(4096 - 16), first);
  CHECK(heap->release(first));
  // Growing in place takes a neighbour that waits for its size.
  first = heap->allocate(8);
  second = heap->allocate(100);
  uint64_t third = heap->allocate(8);
  CHECK(heap->release(second));
  CHECK_EQ(heap->reallocate(first, 100, nullptr), first);
  CHECK(heap->release(third) && heap->release(first));
  CHECK(!heap->release(third) && !heap->release(second) && !heap->release(first));
  heap->destroy();
  CHECK_EQ(memory.live(), 0u);
}

TEST_CASE(a_waiting_block_serves_what_is_a_little_smaller) {
  FailingAllocator memory;
  GuestHeap* heap = GuestHeap::create(memory.allocator(), 0, 65536);
  REQUIRE(heap != nullptr);
  uint64_t block = heap->allocate(304);
  uint64_t behind = heap->allocate(4096);
  REQUIRE(block != 0 && behind != 0);
  CHECK(heap->release(block));
  CHECK_EQ(heap->allocate(256), block);
  CHECK_EQ(heap->size_of(block), 304u);
  CHECK(heap->release(block));
  CHECK(heap->allocate(240) != block);  // more than a quarter would be lost
  CHECK_EQ(heap->allocate(304), block);
  CHECK(heap->release(block));
  heap->destroy();
}

TEST_CASE(what_waits_is_bounded_by_what_is_used) {
  FailingAllocator memory;
  GuestHeap* heap = GuestHeap::create(memory.allocator(), 0, 1 << 20);
  REQUIRE(heap != nullptr);
  std::mt19937 random(7);
  std::vector<uint64_t> live(64);
  uint64_t highest = 0;
  for (int step = 0; step < 100000; step++) {
    uint64_t& block = live[random() % 64];
    CHECK_EQ(heap->release(block), block != 0);
    block = heap->allocate(random() % 512);
    REQUIRE(block != 0);
    highest = std::max(highest, block + heap->size_of(block));
  }
  CHECK(highest <= heap->statistics().peak * 2);
  heap->destroy();
  CHECK_EQ(memory.live(), 0u);
}

TEST_CASE(bookkeeping_is_small_and_failing_it_changes_nothing) {
  FailingAllocator memory;
  GuestHeap* heap = GuestHeap::create(memory.allocator(), 65536, 131072);
  REQUIRE(heap != nullptr);
  CHECK(memory.live_bytes() <= 1024);
  heap->destroy();

  for (uint64_t fail_at = 1; fail_at < 40; fail_at++) {
    memory.arm(fail_at);
    GuestHeap* small = GuestHeap::create(memory.allocator(), 8, 65536);
    if (small == nullptr) {
      CHECK_EQ(memory.live(), 0u);
      continue;
    }
    Model model(*small);
    std::mt19937 random(static_cast<uint32_t>(fail_at));
    for (int step = 0; step < 400; step++) {
      uint64_t size = random() % 400;
      bool failed_before = memory.failed();
      uint64_t offset = small->allocate(size);
      if (offset == 0) CHECK(memory.failed() && !failed_before);
      if (offset != 0) REQUIRE(model.add(offset, size));
      if (random() % 3 == 0 && !model.blocks_.empty()) {
        uint64_t victim = model.pick(random);
        CHECK(small->release(victim));
        model.remove(victim);
      }
      if (random() % 3 == 0 && !model.blocks_.empty()) {
        uint64_t shrunk = model.blocks_.begin()->first;
        CHECK_EQ(small->reallocate(shrunk, 1, nullptr), shrunk);
        model.blocks_[shrunk] = 1;
      }
      CHECK(model.agrees());
    }
    small->destroy();
    CHECK_EQ(memory.live(), 0u);
  }
}

TEST_CASE(reset_forgets_everything) {
  FailingAllocator memory;
  GuestHeap* heap = GuestHeap::create(memory.allocator(), 0, 1 << 20);
  REQUIRE(heap != nullptr);
  for (int i = 0; i < 1000; i++) CHECK(heap->allocate(100) != 0);
  uint64_t block = heap->allocate(1);
  heap->reset();
  CHECK(!heap->release(block));
  CHECK_EQ(heap->statistics().used, 0u);
  CHECK_EQ(heap->allocate(10), 8u);
  CHECK(heap->contains(0) && heap->contains((1 << 20) - 1) && !heap->contains(1 << 20));
  heap->destroy();
  CHECK_EQ(memory.live(), 0u);
}
