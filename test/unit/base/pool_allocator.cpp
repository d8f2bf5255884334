// The pool allocator: limits WAMR hosts know, a model under random work, hostile pointers, threads.
#include "base/pool_allocator.h"

#include <cstdlib>
#include <cstring>
#include <map>
#include <random>
#include <thread>
#include <vector>

#include "base/system_allocator.h"
#include "check.h"

using namespace wembed;

namespace {

// A block with marks around it that must stay what they are.
struct Fenced {
  explicit Fenced(size_t size, size_t skew = 0) : bytes(size + skew + 64, 0xEE), at(32 + skew) {
    length = size;
  }
  uint8_t* data() { return bytes.data() + at; }
  bool intact() const {
    for (size_t i = 0; i < bytes.size(); i++) {
      if ((i < at || i >= at + length) && bytes[i] != 0xEE) return false;
    }
    return true;
  }
  std::vector<uint8_t> bytes;
  size_t at;
  size_t length;
};

}  // namespace

TEST_CASE(too_small_a_pool_is_refused) {
  alignas(16) static uint8_t block[256];
  CHECK(PoolAllocator::create(nullptr, 4096) == nullptr);
  CHECK(PoolAllocator::create(block, 0) == nullptr);
  CHECK(PoolAllocator::create(block, 100) == nullptr);
  CHECK(PoolAllocator::create(block, 255) == nullptr);
  PoolAllocator* pool = PoolAllocator::create(block, 256);
  REQUIRE(pool != nullptr);
  void* item = pool->allocate(8);
  CHECK(item != nullptr);
  CHECK(pool->release(item));
}

TEST_CASE(numbers_of_a_half_megabyte_pool) {
  Fenced block(524288);
  PoolAllocator* pool = PoolAllocator::create(block.data(), 524288);
  REQUIRE(pool != nullptr);
  PoolAllocator::Statistics fresh = pool->statistics();
  CHECK(fresh.total < 524288 && fresh.total > 524288 - 1024);
  CHECK_EQ(fresh.free, fresh.total);
  CHECK_EQ(fresh.high_mark, 0u);
  void* item = pool->allocate(1000);
  CHECK(pool->statistics().free < fresh.total - 999);
  CHECK(pool->release(item));
  CHECK_EQ(pool->statistics().free, fresh.total);
  CHECK(pool->statistics().high_mark >= 1000);
  void* all = pool->allocate(fresh.total - 8);
  CHECK(all != nullptr);
  std::memset(all, 1, fresh.total - 8);
  CHECK(pool->allocate(0) == nullptr);
  CHECK(pool->release(all));
  CHECK(block.intact());
}

TEST_CASE(every_alignment_and_small_size_of_pool_works) {
  for (size_t skew = 0; skew < 16; skew++) {
    for (size_t size = 256; size < 700; size += 7) {
      Fenced block(size, skew);
      PoolAllocator* pool = PoolAllocator::create(block.data(), size);
      REQUIRE(pool != nullptr);
      std::vector<void*> items;
      while (void* item = pool->allocate(items.size() % 30)) {
        CHECK_EQ(reinterpret_cast<uintptr_t>(item) % 16, 0u);
        std::memset(item, 0x5A, items.size() % 30);
        items.push_back(item);
      }
      CHECK(!items.empty());
      for (void* item : items) CHECK(pool->release(item));
      PoolAllocator::Statistics end = pool->statistics();
      CHECK_EQ(end.free, end.total);
      CHECK(pool->allocate(end.total - 8) != nullptr);
      CHECK(block.intact());
    }
  }
}

TEST_CASE(wrong_pointers_are_refused) {
  Fenced block(4096);
  PoolAllocator* pool = PoolAllocator::create(block.data(), 4096);
  REQUIRE(pool != nullptr);
  uint8_t* first = static_cast<uint8_t*>(pool->allocate(100));
  uint8_t* second = static_cast<uint8_t*>(pool->allocate(100));
  std::memset(first, 0, 100);
  std::memset(second, 0xFF, 100);
  int local = 0;
  CHECK(!pool->release(&local));
  CHECK(!pool->release(nullptr));
  CHECK(!pool->release(block.data()));
  CHECK(!pool->release(block.data() + 4096));
  for (int i = 1; i < 100; i++) CHECK(!pool->release(first + i));
  for (int i = 1; i < 100; i++) CHECK(!pool->release(second + i));
  CHECK(pool->reallocate(first + 16, 8) == nullptr);
  CHECK_EQ(pool->size_of(&local), 0u);
  CHECK(pool->release(first));
  CHECK(!pool->release(first));
  CHECK(pool->release(second));
  CHECK(!pool->release(second));
  CHECK(!pool->release(first));
  for (size_t huge : {size_t{4096}, SIZE_MAX, SIZE_MAX - 7, SIZE_MAX - 22, SIZE_MAX / 2}) {
    CHECK(pool->allocate(huge) == nullptr);
  }
  CHECK_EQ(pool->statistics().blocks, 0u);
  CHECK_EQ(pool->statistics().free, pool->statistics().total);
}

TEST_CASE(random_work_keeps_contents) {
  for (uint32_t seed = 0; seed < 6; seed++) {
    std::mt19937 random(seed);
    size_t bytes = seed % 2 == 0 ? 20000 : 600000;
    Fenced block(bytes, random() % 16);
    PoolAllocator* pool = PoolAllocator::create(block.data(), bytes);
    REQUIRE(pool != nullptr);
    struct Item {
      uint8_t* at;
      size_t size;
      uint8_t mark;
    };
    std::vector<Item> items;
    auto holds = [](const Item& item) {
      for (size_t i = 0; i < item.size; i++) {
        if (item.at[i] != item.mark) return false;
      }
      return true;
    };
    for (int step = 0; step < 20000; step++) {
      size_t size = random() % (size_t{1} << (random() % 13));
      size_t pick = items.empty() ? 0 : random() % items.size();
      uint32_t what = random() % 8;
      bool filling = (step / 2000) % 2 == 0;
      if (items.empty() || what < (filling ? 5u : 3u)) {
        Item item = {static_cast<uint8_t*>(pool->allocate(size)), size,
                     static_cast<uint8_t>(random())};
        if (item.at == nullptr) continue;
        CHECK(pool->size_of(item.at) >= size);
        std::memset(item.at, item.mark, size);
        items.push_back(item);
      } else if (what == 5) {
        Item& item = items[pick];
        uint8_t* moved = static_cast<uint8_t*>(pool->reallocate(item.at, size));
        if (moved == nullptr) continue;
        item.at = moved;
        item.size = std::min(item.size, size);
        CHECK(holds(item));
        item.size = size;
        std::memset(item.at, item.mark, size);
      } else {
        CHECK(holds(items[pick]));
        CHECK(pool->release(items[pick].at));
        items[pick] = items.back();
        items.pop_back();
      }
    }
    CHECK_EQ(pool->statistics().blocks, items.size());
    for (const Item& item : items) {
      CHECK(holds(item));
      CHECK(pool->release(item.at));
    }
    CHECK_EQ(pool->statistics().free, pool->statistics().total);
    CHECK(pool->allocate(pool->statistics().total - 8) != nullptr);
    CHECK(block.intact());
  }
}

TEST_CASE(threads_share_a_pool) {
  Fenced block(1 << 20);
  PoolAllocator* pool = PoolAllocator::create(block.data(), 1 << 20);
  REQUIRE(pool != nullptr);
  Allocator allocator = pool->allocator();
  auto work = [&allocator](uint8_t mark) {
    std::vector<uint8_t*> items;
    for (int i = 0; i < 5000; i++) {
      uint8_t* item = static_cast<uint8_t*>(allocator.allocate(64));
      if (item == nullptr) continue;
      std::memset(item, mark, 64);
      items.push_back(item);
      if (items.size() > 100) {
        for (uint8_t* old : items) {
          if (old[0] != mark || old[63] != mark) std::abort();
          allocator.release(old);
        }
        items.clear();
      }
    }
    for (uint8_t* old : items) allocator.release(old);
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; i++) threads.emplace_back(work, static_cast<uint8_t>(i + 1));
  for (std::thread& thread : threads) thread.join();
  CHECK_EQ(pool->statistics().free, pool->statistics().total);
}

namespace {
int released = 0;
void* give(unsigned size) { return size == 13 ? nullptr : std::malloc(size); }
void take(void* block) {
  released++;
  std::free(block);
}
}  // namespace

TEST_CASE(adapters_keep_the_allocator_contract) {
  PlainFunctions functions = {give, nullptr, take};
  PlainFunctions with_realloc = {
      give, [](void* block, unsigned size) { return std::realloc(block, size); }, take};
  for (Allocator allocator :
       {system_allocator(), plain_allocator(functions), plain_allocator(with_realloc)}) {
    void* empty = allocator.allocate(0);
    CHECK(empty != nullptr);
    allocator.release(empty);
    allocator.release(nullptr);
    char* text = static_cast<char*>(allocator.reallocate(nullptr, 0, 6));
    REQUIRE(text != nullptr);
    std::memcpy(text, "hello", 6);
    text = static_cast<char*>(allocator.reallocate(text, 6, 4000));
    REQUIRE(text != nullptr);
    CHECK_EQ(static_cast<const char*>(text), "hello");
    text = static_cast<char*>(allocator.reallocate(text, 4000, 6));
    CHECK_EQ(static_cast<const char*>(text), "hello");
    allocator.release(text);
  }
  Allocator plain = plain_allocator(functions);
  CHECK(plain.allocate(13) == nullptr);
  CHECK(plain.allocate(size_t{1} << 32) == nullptr);
  void* block = plain.allocate(40);
  int before = released;
  CHECK(plain.reallocate(block, 40, 13) == nullptr);
  CHECK_EQ(released, before);
  plain.release(block);
}

namespace {

// The same work for equal seeds: allocates, grows, shrinks, releases. Returns how many requests
// were refused.
uint32_t work(PoolAllocator& pool, uint32_t seed, std::vector<size_t>& places) {
  std::mt19937 random(seed);
  std::vector<uint8_t*> items;
  uint8_t* base = reinterpret_cast<uint8_t*>(&pool);
  uint32_t refused = 0;
  for (int step = 0; step < 3000; step++) {
    uint32_t what = random() % 8;
    size_t size = random() % 16 == 0 ? random() % 9000 : random() % 300;
    size_t which = items.empty() ? 0 : random() % items.size();
    if (items.empty() || what < 4) {
      items.push_back(static_cast<uint8_t*>(pool.allocate(size)));
    } else if (what < 6) {
      items[which] = static_cast<uint8_t*>(pool.reallocate(items[which], size));
    } else {
      CHECK(pool.release(items[which]));
      items.erase(items.begin() + static_cast<ptrdiff_t>(which));
      continue;
    }
    uint8_t* made = what < 4 || items.size() == 1 ? items.back() : items[which];
    if (made == nullptr) return refused + 1;
    places.push_back(static_cast<size_t>(made - base));
  }
  for (uint8_t* item : items) CHECK(pool.release(item));
  return refused;
}

}  // namespace

TEST_CASE(the_extent_is_what_a_pool_needs_exactly) {
  for (uint32_t seed = 0; seed < 20; seed++) {
    std::vector<uint8_t> large(1 << 20);
    std::vector<size_t> places;
    PoolAllocator* pool = PoolAllocator::create(large.data(), large.size());
    CHECK_EQ(work(*pool, seed, places), 0u);
    size_t extent = pool->statistics().extent;
    CHECK(extent >= pool->statistics().high_mark);
    size_t bytes = PoolAllocator::block_bytes_for(extent);
    Fenced exact(bytes, 0);
    exact.at += 16 - reinterpret_cast<uintptr_t>(exact.data()) % 16;
    PoolAllocator* tight = PoolAllocator::create(exact.data(), bytes);
    CHECK_EQ(tight->statistics().total, extent);
    std::vector<size_t> again;
    CHECK_EQ(work(*tight, seed, again), 0u);
    // The same places, but for the number of classes in front of them.
    REQUIRE(again.size() == places.size());
    for (size_t i = 0; i < again.size(); i++) {
      CHECK_EQ(again[i] - again[0], places[i] - places[0]);
    }
    CHECK_EQ(tight->statistics().free, tight->statistics().total);
    CHECK(exact.intact());
    PoolAllocator* less = PoolAllocator::create(exact.data(), bytes - 16);
    std::vector<size_t> partly;
    CHECK_EQ(work(*less, seed, partly), 1u);
  }
}
