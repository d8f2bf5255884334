// Whoever releases last is told so, whatever threads do before and while the owner gives up.
#include "base/sharded_count.h"

#include <thread>
#include <vector>

#include "check.h"

using namespace wembed;

TEST_CASE(the_last_reference_is_told_once) {
  ShardedCount count;
  count.retain();
  count.retain();
  CHECK(!count.release());
  CHECK_EQ(count.settle(), 1);
  CHECK(!count.give_up());
  count.retain();
  CHECK(!count.release());
  CHECK(count.release());
  ShardedCount alone;
  CHECK_EQ(alone.settle(), 0);
  CHECK(alone.give_up());
}

TEST_CASE(threads_count_while_the_owner_gives_up) {
  for (int round = 0; round < 200; round++) {
    ShardedCount count;
    std::atomic<int> told{0};
    std::vector<std::thread> threads;
    for (int t = 0; t < 3; t++) {
      count.retain();
      threads.emplace_back([&] {
        for (int i = 0; i < 200; i++) {
          count.retain();
          if (count.release()) told++;
        }
        if (count.release()) told++;  // taken by another thread
      });
    }
    (void)count.settle();
    if (count.give_up()) told++;
    for (std::thread& thread : threads) thread.join();
    CHECK_EQ(told.load(), 1);
  }
}
