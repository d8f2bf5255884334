// Objects that the host holds, against a model: any order of holding and releasing, tables that
// become one, and memory that runs out at each point.
#include "runtime/held_objects.h"

#include <map>
#include <random>
#include <vector>

#include "check.h"
#include "failing_allocator.h"

using namespace wembed;

namespace {

using Model = std::map<Handle, uint64_t>;

constexpr size_t kObjects = 300;
constexpr Handle kGranule = 16;

// Of objects, and of values of the host.
Handle handle_at(size_t index) {
  return index % 3 == 0 ? kOfHost | index : 0x10000 + index * kGranule;
}

void check_same(const HeldObjects& held, const Model& model) {
  CHECK_EQ(held.size(), model.size());
  size_t seen = 0;
  held.for_each([&](Handle handle) { seen += model.count(handle); });
  CHECK_EQ(seen, model.size());
  for (size_t i = 0; i < kObjects; i++) {
    const bool is_held = model.count(handle_at(i)) > 0;
    CHECK(held.holds(handle_at(i)) == is_held);
    CHECK(held.holds(handle_at(i) | kFromOtherSide) == is_held);
  }
}

// Whoever is refused has changed nothing.
void work(HeldObjects& held, Model& model, uint32_t seed, int steps) {
  std::mt19937 random(seed);
  for (int i = 0; i < steps; i++) {
    const Handle object = handle_at(random() % kObjects);
    if (random() % 3 != 0) {
      if (held.hold(object)) model[object]++;
      continue;
    }
    const auto known = model.find(object);
    CHECK(held.release(object) == (known != model.end()));
    if (known != model.end() && --known->second == 0) model.erase(known);
  }
}

}  // namespace

TEST_CASE(any_order_agrees_with_a_model) {
  for (uint32_t seed = 1; seed <= 20; seed++) {
    FailingAllocator memory;
    {
      HeldObjects held(memory.allocator());
      Model model;
      CHECK(!held.holds(0));
      for (int round = 0; round < 10; round++) {
        work(held, model, seed * 100 + static_cast<uint32_t>(round), 200);
        check_same(held, model);
      }
    }
    CHECK_EQ(memory.live(), 0u);
    CHECK(!memory.wrong_size());
  }
}

TEST_CASE(each_allocation_may_fail) {
  bool failed = true;
  for (uint64_t fail_at = 1; failed; fail_at++) {
    FailingAllocator memory(fail_at);
    {
      HeldObjects held(memory.allocator());
      Model model;
      work(held, model, 7, 2'000);
      check_same(held, model);
      failed = memory.failed();
    }
    CHECK_EQ(memory.live(), 0u);
  }
}

TEST_CASE(two_become_one) {
  for (uint64_t fail_at = 0; fail_at < 4; fail_at++) {
    FailingAllocator memory;
    {
      HeldObjects held(memory.allocator());
      HeldObjects other(memory.allocator());
      Model model;
      Model others;
      work(held, model, 1, 20);
      work(other, others, 2, 1'000);
      memory.arm(fail_at);
      if (held.reserve(other)) {
        CHECK(!memory.failed());
        held.adopt(other);
        for (const auto& [object, times] : others) model[object] += times;
        others.clear();
      } else {
        CHECK(memory.failed());
      }
      check_same(held, model);
      check_same(other, others);
      for (const auto& [object, times] : model) {
        for (uint64_t i = 0; i < times; i++) CHECK(held.release(object));
        CHECK(!held.release(object));
      }
      CHECK_EQ(held.size(), 0u);
    }
    CHECK_EQ(memory.live(), 0u);
  }
}
