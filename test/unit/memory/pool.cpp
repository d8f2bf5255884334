// Pool slots: hygiene, affinity, refusals, threads, and what goes back to the system.
#include "memory/pool.h"

#include <sys/mman.h>
#include <sys/resource.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <random>
#include <thread>
#include <vector>

#include "check.h"
#include "failing_allocator.h"
#include "memory/image.h"
#include "memory/slot_index.h"
#include "platform/fault.h"
#include "platform/page_scan.h"
#include "platform/virtual_memory.h"
#include "sanitized.h"
#include "unreachable.h"

using namespace wembed;

namespace {

constexpr uint64_t kPage = 65536;

struct Faults {
  Faults() : error(platform::retain_fault_handlers()) {}
  ~Faults() { platform::release_fault_handlers(); }
  int error;
};

struct Pool {
  explicit Pool(PoolConfig config) {
    int error = 0;
    pool = MemoryPool::create(memory.allocator(), config, error);
    CHECK_EQ(error, 0);
  }
  ~Pool() {
    pool->destroy();
    CHECK_EQ(memory.live(), 0u);
  }
  LinearMemory* take(uint64_t minimum, uint64_t maximum, MemoryImage* image = nullptr,
                     uint8_t bits = 32) {
    MemoryRequest request = {minimum, maximum, bits};
    request.image = image;
    return pool->take(request, refusal, error);
  }
  FailingAllocator memory;
  MemoryPool* pool;
  MemoryPool::Refusal refusal{};
  int error = 0;
};

PoolConfig config_of(uint32_t slots, bool guarded, uint64_t keep = 64 * 1024) {
  return {slots, 64 * kPage, keep, 2, guarded, false, false};
}

bool all(const uint8_t* from, uint64_t bytes, uint8_t value) {
  // Each byte is like the one before it.
  return bytes == 0 || (from[0] == value && std::memcmp(from, from + 1, bytes - 1) == 0);
}

// An image of `size` bytes at `offset`, byte i being seed + i.
struct Image {
  Image(Allocator& allocator, uint64_t offset, uint64_t size, uint8_t seed)
      : bytes(size), at(offset) {
    for (uint64_t i = 0; i < size; i++) bytes[i] = static_cast<uint8_t>(seed + i);
    ImagePart part = {offset, bytes.data(), size};
    image = MemoryImage::create(allocator, {&part, 1});
  }
  bool shows(const MemoryView& view) const {
    return all(view.base, at, 0) && std::memcmp(view.base + at, bytes.data(), bytes.size()) == 0 &&
           all(view.base + at + bytes.size(), view.size - at - bytes.size(), 0);
  }
  std::vector<uint8_t> bytes;
  uint64_t at;
  MemoryImage* image;
};

}  // namespace

namespace {

void use_slots_again_and_again(bool guarded) {
  // What may be kept: nothing, less than a page, a little, everything, more than there can be.
  for (uint64_t keep :
       {uint64_t{0}, uint64_t{1000}, uint64_t{16384}, uint64_t{1} << 30, UINT64_MAX}) {
    Pool pool(config_of(3, guarded, keep));
    Image small(pool.memory.allocator(), 100, 3000, 1);
    Image large(pool.memory.allocator(), kPage - 100, 2 * kPage, 2);
    Image other(pool.memory.allocator(), 5, 40000, 3);
    Image* images[] = {nullptr, &small, &large, &other};
    std::mt19937 random(5);
    for (int round = 0; round < 400; round++) {
      Image* image = images[random() % 4];
      uint64_t size = (3 + random() % 5) * kPage;
      LinearMemory* memory = pool.take(size, 64 * kPage, image ? image->image : nullptr);
      REQUIRE(memory != nullptr);
      CHECK_EQ(memory->view().size, size);
      CHECK_EQ(memory->guarded(), guarded);
      CHECK(image ? image->shows(memory->view()) : all(memory->view().base, size, 0));
      if (random() % 3 == 0) {
        uint64_t grown = size + random() % 9 * kPage;
        CHECK(memory->grow(grown));
        CHECK(all(memory->view().base + size, grown - size, 0));
      }
      // Everything, a few places, or nothing.
      uint32_t way = random() % 3;
      if (way == 0) std::memset(memory->view().base, 0xAB, memory->view().size);
      for (int i = 0; way == 1 && i < 20; i++) {
        memory->view().base[random() % memory->view().size] = 0xCD;
      }
      if (random() % 4 == 0) {
        CHECK(memory->reset());
        CHECK_EQ(memory->view().size, size);
        CHECK(image ? image->shows(memory->view()) : all(memory->view().base, size, 0));
      }
      memory->release();
      if (random() % 16 == 0) (void)pool.pool->trim();
    }
    for (Image* image : images) {
      if (image == nullptr) continue;
      pool.pool->forget(*image->image);
      image->image->destroy();
    }
    CHECK_EQ(pool.pool->statistics().wiped, 0u);
  }
}

}  // namespace

TEST_CASE(a_slot_shows_nothing_of_its_former_user) {
  Faults faults;
  for (bool guarded : {true, false}) use_slots_again_and_again(guarded);
}

TEST_CASE(slots_are_clean_where_mappings_are_replaced_in_steps) {
  Faults faults;
  platform::be_careful(true);
  for (bool guarded : {true, false}) use_slots_again_and_again(guarded);
  platform::be_careful(false);
}

TEST_CASE(slots_are_clean_where_nothing_is_known_about_pages) {
  Faults faults;
  platform::refuse_page_scans(true);
  for (bool guarded : {true, false}) use_slots_again_and_again(guarded);
  platform::refuse_page_scans(false);
}

TEST_CASE(a_guarded_slot_faults_behind_its_size) {
  Faults faults;
  Pool pool(config_of(2, true));
  LinearMemory* memory = pool.take(kPage, 64 * kPage);
  REQUIRE(memory != nullptr && memory->guarded());
  uint8_t* base = memory->view().base;
  CHECK_EQ(platform::probe_fault(base + kPage), 0);
  CHECK_EQ(platform::probe_fault(base + (uint64_t{1} << 32) + 5), 0);
  CHECK_EQ(platform::probe_fault(base + 2 * uint64_t{UINT32_MAX} + 16), 0);
  CHECK(memory->grow(3 * kPage));
  CHECK_EQ(platform::probe_fault(base + 3 * kPage - 1), EFAULT);
  CHECK_EQ(platform::probe_fault(base + 3 * kPage), 0);
  CHECK(!memory->grow(65 * kPage));  // more than the slot has
  CHECK(!memory->grow(3 * kPage + 1));
  CHECK(!memory->grow(kPage));
  memory->release();
  memory = pool.take(kPage, 64 * kPage);
  CHECK_EQ(platform::probe_fault(memory->view().base + kPage), 0);
  memory->release();
  // 64-bit indices and sizes between pages are checked by code.
  for (auto [size, bits] : {std::pair<uint64_t, uint8_t>{kPage, 64}, {100, 32}}) {
    memory = pool.take(size, 64 * kPage, nullptr, bits);
    REQUIRE(memory != nullptr);
    CHECK(!memory->guarded());
    CHECK(memory->grow(size + 1));
    CHECK(all(memory->view().base, size + 1, 0));
    memory->release();
  }
}

TEST_CASE(a_slot_keeps_its_image) {
  Faults faults;
  Pool pool(config_of(4, true));
  Image a(pool.memory.allocator(), 1024, 80000, 1);
  Image b(pool.memory.allocator(), 1024, 80000, 9);
  if (!a.image->is_mappable()) {
    a.image->destroy();
    b.image->destroy();
    return;
  }
  LinearMemory* first = pool.take(2 * kPage, 2 * kPage, a.image);
  LinearMemory* second = pool.take(2 * kPage, 2 * kPage, b.image);
  first->release();
  second->release();
  for (int round = 0; round < 10; round++) {
    Image& image = round % 2 == 0 ? a : b;
    LinearMemory* memory = pool.take(2 * kPage, 2 * kPage, image.image);
    CHECK(memory == (round % 2 == 0 ? first : second));
    CHECK(image.shows(memory->view()));
    std::memset(memory->view().base, 7, 2 * kPage);
    memory->release();
  }
  CHECK_EQ(pool.pool->statistics().reused, 10u);
  CHECK_EQ(pool.pool->statistics().served, 12u);
  // A module's end: nobody shows its image afterwards, and nobody needs it.
  pool.pool->forget(*a.image);
  a.image->destroy();
  for (int i = 0; i < 4; i++) {
    LinearMemory* memory = pool.take(2 * kPage, 2 * kPage);
    CHECK(all(memory->view().base, 2 * kPage, 0));
  }
  CHECK(pool.take(kPage, kPage) == nullptr);
  CHECK(pool.refusal == MemoryPool::Refusal::Full);
  // The pool goes with memories in use here; b's image goes first.
  b.image->destroy();
}

TEST_CASE(full_and_too_small_are_different_refusals) {
  Faults faults;
  Pool pool(config_of(2, false));
  CHECK(pool.take(65 * kPage, 65 * kPage) == nullptr);
  CHECK(pool.refusal == MemoryPool::Refusal::NeverFits);
  LinearMemory* a = pool.take(64 * kPage, 100 * kPage);
  LinearMemory* b = pool.take(0, 0);
  REQUIRE(a != nullptr && b != nullptr);
  CHECK_EQ(b->view().size, 0u);
  CHECK(!b->grow(1));
  CHECK(pool.take(kPage, kPage) == nullptr);
  CHECK(pool.refusal == MemoryPool::Refusal::Full);
  a->release();
  LinearMemory* c = pool.take(kPage, kPage);
  CHECK(c == a);
  CHECK_EQ(pool.pool->statistics().live, 2u);
  CHECK_EQ(pool.pool->statistics().peak, 2u);
  b->release();
  c->release();
  CHECK_EQ(pool.pool->statistics().live, 0u);
}

TEST_CASE(a_checked_memory_may_outgrow_its_slot) {
  Faults faults;
  for (bool strict : {false, true}) {
    PoolConfig config = config_of(1, false);
    config.strict = strict;
    Pool pool(config);
    Image image(pool.memory.allocator(), 100, 5000, 1);
    for (int round = 0; round < 3; round++) {
      LinearMemory* memory = pool.take(2 * kPage, 100 * kPage, image.image);
      REQUIRE(memory != nullptr && memory->backend() == Backend::Pool);
      memory->view().base[7] = 7;
      CHECK(memory->grow(64 * kPage));
      CHECK_EQ(memory->grow(65 * kPage), !strict);
      if (!strict) {
        CHECK(memory->backend() == Backend::Heap);
        CHECK(memory->view().base[7] == 7 && memory->view().base[100] == 1);
        CHECK(all(memory->view().base + 5100, 65 * kPage - 5100, 0));
        CHECK(memory->grow(100 * kPage));
        CHECK(!memory->grow(101 * kPage));
        std::memset(memory->view().base, 0xEE, 100 * kPage);
      }
      if (round == 1) {
        CHECK(memory->reset());
        CHECK(memory->backend() == Backend::Pool && memory->view().size == 2 * kPage);
        CHECK(image.shows(memory->view()));
      }
      memory->release();
    }
    CHECK_EQ(pool.pool->statistics().outgrown, strict ? 0u : 3u);
    image.image->destroy();
  }
}

TEST_CASE(a_pool_that_cannot_be_made_leaves_no_trace) {
  Faults faults;
  for (uint64_t fail_at = 1; fail_at < 8; fail_at++) {
    FailingAllocator memory(fail_at, true);
    int error = 0;
    MemoryPool* pool = MemoryPool::create(memory.allocator(), config_of(8, true), error);
    CHECK_EQ(pool == nullptr, memory.failed());
    CHECK_EQ(error, pool == nullptr ? ENOMEM : 0);
    if (pool != nullptr) pool->destroy();
    CHECK_EQ(memory.live(), 0u);
  }
  FailingAllocator memory;
  int error = 0;
  platform::set_reserve_filter([](size_t) { return EDQUOT; });
  CHECK(MemoryPool::create(memory.allocator(), config_of(8, true), error) == nullptr);
  CHECK_EQ(error, EDQUOT);
  platform::set_reserve_filter(nullptr);
  CHECK(MemoryPool::create(memory.allocator(), config_of(UINT32_MAX, true), error) == nullptr);
  CHECK(MemoryPool::create(memory.allocator(), config_of(0, true), error) == nullptr);
  CHECK_EQ(memory.live(), 0u);
}

TEST_CASE(there_is_nothing_in_front_of_a_guarded_slot) {
  Faults faults;
  Pool pool(config_of(4, true));
  LinearMemory* memories[4];
  for (LinearMemory*& memory : memories) {
    memory = pool.take(kPage, 64 * kPage);
    REQUIRE(memory != nullptr);
    CHECK(memory->grow(64 * kPage));
  }
  for (LinearMemory* memory : memories) {
    CHECK(is_space_before(memory->view().base));
    memory->release();
  }
}

TEST_CASE(trim_gives_pages_back) {
  if (kAddressSanitizer || kThreadSanitizer) return;
  Faults faults;
  Pool pool(config_of(4, true, 1 << 20));
  LinearMemory* memory = pool.take(16 * kPage, 16 * kPage);
  std::memset(memory->view().base, 1, 10 * kPage);
  uint8_t* base = memory->view().base;
  memory->release();
  platform::PageRange range[4];
  platform::PageScan scan = platform::scan_own_pages(base, 16 * kPage, range, 4);
  if (scan.error != 0) return;
  CHECK_EQ(scan.count, 1u);
  CHECK_EQ(pool.pool->trim(), 10 * kPage);
  CHECK_EQ(platform::scan_own_pages(base, 16 * kPage, range, 4).count, 0u);
  CHECK_EQ(pool.pool->trim(), 0u);
}

#ifdef __linux__
// Locked pages cannot be given back, so cleaning them fails half-way.
TEST_CASE(slots_whose_pages_stay_are_made_anew) {
  Faults faults;
  for (bool resets : {false, true}) {
    for (uint64_t last : {2 * kPage, 5 * kPage, 64 * kPage, 65 * kPage}) {
      Pool pool(config_of(1, false, 1 << 20));
      Image image(pool.memory.allocator(), 100, 90000, 1);
      for (int round = 0; round < 3; round++) {
        LinearMemory* memory = pool.take(2 * kPage, 100 * kPage, image.image);
        REQUIRE(memory != nullptr);
        CHECK(image.shows(memory->view()));
        std::memset(memory->view().base, 0xEE, 2 * kPage);
        if (mlock(memory->view().base, kPage) != 0) return memory->release();
        CHECK(memory->grow(last));
        if (resets) {
          CHECK(memory->reset());
          CHECK_EQ(memory->view().size, 2 * kPage);
          CHECK(image.shows(memory->view()));
        }
        memory->release();
      }
      pool.pool->forget(*image.image);
      image.image->destroy();
    }
  }
}

// Bytes of data the process has, in mappings of its own that may be written.
uint64_t data_bytes() {
  unsigned long kilobytes = 0;
  char line[256];
  FILE* file = fopen("/proc/self/status", "r");
  while (file != nullptr && fgets(line, sizeof line, file) != nullptr) {
    if (sscanf(line, "VmData: %lu", &kilobytes) == 1) break;
  }
  if (file != nullptr) fclose(file);
  return uint64_t{kilobytes} * 1024;
}

TEST_CASE(growth_that_fails_half_way_leaves_nothing_accessible) {
  Faults faults;
  Pool pool(config_of(1, true));
  LinearMemory* memory = pool.take(kPage, 64 * kPage);
  REQUIRE(memory != nullptr && memory->guarded());
  uint8_t* base = memory->view().base;
  // Two mappings where it grows to, of which only the first finds room.
  REQUIRE(madvise(base + 4 * kPage, 60 * kPage, MADV_DONTDUMP) == 0);
  rlimit before;
  REQUIRE(getrlimit(RLIMIT_DATA, &before) == 0);
  rlimit limit = {data_bytes() + 6 * kPage, before.rlim_max};
  REQUIRE(setrlimit(RLIMIT_DATA, &limit) == 0);
  bool grown = memory->grow(40 * kPage);
  REQUIRE(setrlimit(RLIMIT_DATA, &before) == 0);
  CHECK(!grown);
  CHECK_EQ(memory->view().size, kPage);
  CHECK_EQ(platform::probe_fault(base + kPage), 0);
  CHECK(memory->grow(40 * kPage));
  CHECK(all(base, 40 * kPage, 0));
  std::memset(base, 1, 40 * kPage);
  memory->release();
  memory = pool.take(kPage, 64 * kPage);
  REQUIRE(memory != nullptr);
  CHECK_EQ(platform::probe_fault(base + kPage), 0);
  CHECK(memory->grow(64 * kPage));
  CHECK(all(base, 64 * kPage, 0));
  memory->release();
}
#endif

TEST_CASE(threads_share_a_pool) {
  Faults faults;
  Pool pool(config_of(6, true));
  Image image(pool.memory.allocator(), 10, 50000, 4);
  std::vector<std::thread> threads;
  std::atomic<int> wrong{0};
  for (int t = 0; t < 4; t++) {
    threads.emplace_back([&, t] {
      std::mt19937 random(static_cast<uint32_t>(t));
      for (int i = 0; i < 1000; i++) {
        MemoryPool::Refusal refusal;
        int error;
        MemoryRequest request = {kPage, 4 * kPage, 32};
        bool imaged = random() % 2 == 0;
        if (imaged) request.image = image.image;
        LinearMemory* memory = pool.pool->take(request, refusal, error);
        if (memory == nullptr) {
          if (refusal != MemoryPool::Refusal::Full) wrong++;
          continue;
        }
        const MemoryView& view = memory->view();
        if (!(imaged ? image.shows(view) : all(view.base, kPage, 0))) wrong++;
        if (random() % 4 == 0 && !memory->grow(2 * kPage)) wrong++;
        std::memset(view.base + random() % (kPage - 100), t + 1, 100);
        memory->release();
        if (random() % 64 == 0) (void)pool.pool->trim();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK_EQ(wrong.load(), 0);
  CHECK_EQ(pool.pool->statistics().live, 0u);
  // Counted by thread: no less than there were at once, no more than there are slots.
  CHECK(pool.pool->statistics().peak >= 1);
  CHECK(pool.pool->statistics().peak <= 6);
  pool.pool->forget(*image.image);
  image.image->destroy();
}

TEST_CASE(images_end_while_others_take_the_slots_that_held_them) {
  Faults faults;
  Pool pool(config_of(1, false));
  std::vector<std::thread> threads;
  std::atomic<int> wrong{0};
  for (int t = 0; t < 3; t++) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 1000; i++) {
        Image image(pool.memory.allocator(), 100u * static_cast<uint32_t>(t), 40000,
                    static_cast<uint8_t>(i));
        MemoryPool::Refusal refusal;
        int error;
        MemoryRequest request = {kPage, kPage, 32};
        request.image = image.image;
        LinearMemory* memory = pool.pool->take(request, refusal, error);
        if (memory != nullptr) {
          if (!image.shows(memory->view())) wrong++;
          memory->release();
          std::this_thread::yield();  // now the slot is anybody's
        }
        pool.pool->forget(*image.image);
        image.image->destroy();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK_EQ(wrong.load(), 0);
}

TEST_CASE(slots_are_chosen_by_what_they_hold) {
  FailingAllocator memory;
  SlotIndex* index = SlotIndex::create(memory.allocator(), 4, 1);
  REQUIRE(index != nullptr);
  SlotAffinity a, b;
  uint32_t cleared = 0;
  auto note = [](void* mask, uint32_t slot) { *static_cast<uint32_t*>(mask) |= 1u << slot; };
  auto take = [&](SlotAffinity* wanted) { return index->take(wanted, note, &cleared); };
  CHECK_EQ(take(&a), 0u);
  CHECK_EQ(take(&b), 1u);
  index->give(0, &a);
  index->give(1, &b);
  CHECK_EQ(take(&a), 0u);
  CHECK_EQ(take(&a), 2u);  // one never used before another's
  CHECK_EQ(take(nullptr), 3u);
  CHECK_EQ(cleared, 0u);
  CHECK_EQ(take(nullptr), 1u);  // the last one, whatever it holds
  CHECK_EQ(cleared, 0b10u);
  CHECK_EQ(take(&a), kNoSlot);
  index->give(2, &a);
  index->give(1, &b);
  index->give(3, nullptr);
  index->give(0, &a);
  CHECK_EQ(take(&b), 1u);
  CHECK_EQ(take(&b), 3u);  // an empty one
  CHECK_EQ(take(&b), 2u);  // the one unused for longest
  index->give(2, &b);
  index->give(3, &b);
  cleared = 0;
  index->forget(b, note, &cleared);
  CHECK_EQ(cleared, 0b1100u);
  CHECK(take(nullptr) >= 2 && take(nullptr) >= 2);
  CHECK_EQ(take(nullptr), 0u);
  CHECK_EQ(take(nullptr), kNoSlot);
  index->destroy();
  CHECK_EQ(memory.live(), 0u);

  for (uint32_t slots : {1u, 5u, 16u, 17u, 100u}) {
    index = SlotIndex::create(memory.allocator(), slots, 16);
    std::vector<bool> seen(slots);
    for (uint32_t i = 0; i < slots; i++) {
      uint32_t slot = take(nullptr);
      REQUIRE(slot < slots && !seen[slot]);
      seen[slot] = true;
    }
    CHECK_EQ(take(nullptr), kNoSlot);
    index->give(slots - 1, nullptr);
    CHECK_EQ(take(&a), slots - 1);
    index->destroy();
  }
}
