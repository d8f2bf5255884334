// The heap of objects against a model: what is reached stays as it is, the rest goes, and what that
// costs in memory is bounded; with memory that runs out, limits, and heaps that become one.
#include "heap/heap.h"

#include <array>
#include <atomic>
#include <map>
#include <random>
#include <set>
#include <thread>
#include <vector>

#include "check.h"
#include "failing_allocator.h"
#include "heap/mark.h"

using namespace wembed;

namespace {

// Refers to as many others as it says.
struct Node {
  Object header;
  uint64_t number;
  uint64_t count;
  [[nodiscard]] Node** links() { return reinterpret_cast<Node**>(this + 1); }
};

uint64_t bytes_of(const Object& object) {
  return sizeof(Node) + reinterpret_cast<const Node&>(object).count * sizeof(Node*);
}

void trace_node(const Object& object, Marker& marker) {
  auto& node = const_cast<Node&>(reinterpret_cast<const Node&>(object));
  for (uint64_t i = 0; i < node.count; i++) {
    marker.object(reinterpret_cast<const Object*>(node.links()[i]));
    if (i % Marker::kPiece == Marker::kPiece - 1 && !marker.goes_on()) return;
  }
}

constexpr ObjectKind kNode = {"node", bytes_of, trace_node};

Node* as_node(Object* object) { return reinterpret_cast<Node*>(object); }

struct Fixture {
  explicit Fixture(uint64_t fail_at = 0)
      : memory(fail_at), heap(Heap::create(memory.allocator())) {}
  ~Fixture() {
    if (heap != nullptr) heap->destroy();
    CHECK_EQ(memory.live(), 0u);
    CHECK(!memory.wrong_size());
  }

  // Null: no room, also after a collection.
  Node* make(uint64_t count, bool may_collect = true) {
    const uint64_t bytes = sizeof(Node) + count * sizeof(Node*);
    Object* object = heap->owner().allocate(buffer, kNode, bytes);
    if (object == nullptr && may_collect) {
      collect();
      object = heap->owner().allocate(buffer, kNode, bytes);
    }
    if (object == nullptr) return nullptr;
    Node* node = as_node(object);
    node->number = ++last;
    node->count = count;
    for (uint64_t i = 0; i < count; i++) node->links()[i] = nullptr;
    return node;
  }

  Error collect(Poll poll = Poll()) {
    buffer = {};
    Heap& owner = heap->owner();
    owner.begin_marking();
    Marker marker(&owner, {});
    for (Node* root : roots) marker.object(&root->header);
    for (uint64_t word : words) marker.candidate(word);
    Error error = marker.follow(poll);
    if (error == Error::None) {
      owner.end_marking();
    } else {
      owner.give_up_marking();
    }
    return error;
  }

  // By the numbers of all there are.
  std::set<uint64_t> numbers() {
    std::set<uint64_t> found;
    heap->owner().for_each(
        [&](Object& object) { CHECK(found.insert(as_node(&object)->number).second); });
    return found;
  }

  FailingAllocator memory;
  Heap* heap;
  AllocationBuffer buffer;
  std::vector<Node*> roots;
  std::vector<uint64_t> words;
  uint64_t last = 0;
};

}  // namespace

TEST_CASE(a_chain_of_a_million_lives_and_goes) {
  Fixture f;
  Node* head = nullptr;
  for (int i = 0; i < 1'000'000; i++) {
    Node* next = f.make(1, false);
    if (next == nullptr) {
      f.roots = {head};
      f.collect();
      next = f.make(1, false);
    }
    CHECK(next != nullptr);
    next->links()[0] = head;
    head = next;
  }
  f.roots = {head};
  f.collect();
  uint64_t length = 0;
  for (Node* at = head; at != nullptr; at = at->links()[0]) {
    CHECK_EQ(at->number, 1'000'000 - length);
    length++;
  }
  CHECK_EQ(length, 1'000'000u);
  CHECK(f.heap->alive() >= 32'000'000);
  CHECK(f.heap->taken() < 2 * f.heap->alive());
  f.roots.clear();
  f.collect();
  CHECK_EQ(f.heap->alive(), 0u);
  CHECK(f.numbers().empty());
  // Nearly all of it went back.
  CHECK(f.heap->taken() < 8 * 1024 * 1024);
}

TEST_CASE(what_is_dead_is_overwritten_for_tests) {
  Fixture f;
  for (uint64_t count : {1u, 600u}) {  // in a block, and not
    Node* dead = f.make(count);
    Node* alive = f.make(count);
    CHECK(dead != nullptr && alive != nullptr);
    const uint64_t number = alive->number;
    f.buffer = {};
    f.heap->begin_marking();
    Marker marker(f.heap, {});
    marker.object(&alive->header);
    Poll poll;
    CHECK(marker.follow(poll) == Error::None);
    f.heap->overwrite_dead();
    CHECK_EQ(dead->number, 0xDBDBDBDBDBDBDBDBu);
    CHECK_EQ(alive->number, number);
    CHECK(alive->header.kind == &kNode);
    f.heap->end_marking();
    CHECK(f.numbers() == std::set<uint64_t>{number});
    f.collect();
  }
}

TEST_CASE(garbage_needs_no_more_memory) {
  Fixture f;
  for (int i = 0; i < 1'000'000; i++) CHECK(f.make(static_cast<uint64_t>(i % 5)) != nullptr);
  CHECK(f.memory.peak_bytes() < 2 * 1024 * 1024);
  for (int i = 0; i < 1'000; i++) CHECK(f.make(20'000) != nullptr);
  CHECK(f.memory.peak_bytes() < 2 * 1024 * 1024);
  CHECK(f.heap->collections() > 100);
}

TEST_CASE(random_work_agrees_with_a_model) {
  std::mt19937 random(4711);
  Fixture f;
  std::map<Node*, std::vector<Node*>> model;
  constexpr std::array<uint64_t, 8> kCounts = {0, 1, 2, 3, 7, 30, 200, 800};
  for (int i = 0; i < 1500; i++) {
    // A new object referred to by nothing must not be lost to the collection of the next one.
    const uint64_t count = kCounts[random() % kCounts.size()];
    Node* node = f.make(count);
    if (node == nullptr) continue;
    // Collections have dropped what the roots do not reach.
    std::set<Node*> reached;
    std::vector<Node*> open = f.roots;
    if (i % 64 == 0) {
      for (Node* root : f.roots) reached.insert(root);
      while (!open.empty()) {
        Node* at = open.back();
        open.pop_back();
        for (Node* next : model[at]) {
          if (reached.insert(next).second) open.push_back(next);
        }
      }
      std::erase_if(model, [&](const auto& item) { return reached.count(item.first) == 0; });
      f.roots.push_back(node);
      f.collect();
      f.roots.pop_back();
      std::set<uint64_t> expected = {node->number};
      for (Node* at : reached) {
        expected.insert(at->number);
        for (uint64_t k = 0; k < model[at].size(); k++) CHECK(at->links()[k] == model[at][k]);
      }
      CHECK(f.numbers() == expected);
    }
    auto& links = model[node];
    for (uint64_t k = 0; k < count && !f.roots.empty(); k++) {
      Node* to = f.roots[random() % f.roots.size()];
      node->links()[k] = to;
      links.push_back(to);
    }
    if (f.roots.size() < 50) {
      f.roots.push_back(node);
    } else {
      f.roots[random() % f.roots.size()] = node;
    }
  }
}

TEST_CASE(words_that_are_no_objects_keep_nothing) {
  Fixture f;
  Node* small = f.make(3);
  Node* large = f.make(5'000);
  const auto at_small = reinterpret_cast<uint64_t>(small);
  const auto at_large = reinterpret_cast<uint64_t>(large);
  for (int64_t distance : {-4096, -16, -8, -1, 1, 4, 8, 16, 24, 4096}) {
    f.words.push_back(at_small + static_cast<uint64_t>(distance));
    f.words.push_back(at_large + static_cast<uint64_t>(distance));
  }
  f.words.insert(f.words.end(),
                 {0, 1, 16, ~uint64_t{0}, ~uint64_t{7}, ~uint64_t{15}, uint64_t{1} << 63});
  f.words.push_back(at_large);
  f.collect();
  CHECK(f.numbers() == std::set<uint64_t>{large->number});
  f.words = {at_small};
  f.collect();
  CHECK(f.numbers().empty());
}

TEST_CASE(a_limit_is_kept_and_what_was_there_stays) {
  Fixture f;
  f.heap->set_limit(1024 * 1024);
  Node* last = nullptr;
  for (uint64_t made = 0;; made++) {
    Node* node = f.make(10);
    if (node == nullptr) break;
    node->links()[0] = last;
    last = node;
    f.roots = {node};
    CHECK(made < 100'000);
  }
  CHECK(f.heap->taken() <= 1024 * 1024);
  CHECK(f.heap->alive() > 800 * 1024);
  CHECK(f.make(500'000) == nullptr);
  f.roots.clear();
  CHECK(f.make(10) != nullptr);
  CHECK(f.make(100'000) != nullptr);
}

TEST_CASE(free_lines_that_are_too_few_for_an_object_keep_nobody_from_another_block) {
  constexpr uint64_t kOfOneLine = (128 - sizeof(Node)) / sizeof(Node*);
  Fixture f;
  // Seven free lines between two that are not, more of them than may be made before a collection.
  for (int i = 0; i < 16'000; i++) {
    Node* node = f.make(kOfOneLine, false);
    if (node == nullptr) {
      f.heap->postpone();
      node = f.make(kOfOneLine, false);
    }
    CHECK(node != nullptr);
    if (i % 8 == 0) f.roots.push_back(node);
  }
  f.collect();
  for (int i = 0; i < 2'000; i++) CHECK(f.make(200) != nullptr);
  CHECK(f.heap->taken() < 4 * 1024 * 1024);
}

TEST_CASE(a_collection_that_is_given_up_loses_nothing) {
  Fixture f;
  for (int i = 0; i < 3'000; i++) {
    Node* node = f.make(i % 100 == 0 ? 3'000 : 2);
    CHECK(node != nullptr);
    for (uint64_t k = 0; k < node->count && !f.roots.empty(); k++) {
      node->links()[k] = f.roots[k % f.roots.size()];
    }
    f.roots.push_back(node);
  }
  const std::set<uint64_t> before = f.numbers();
  for (int steps = 0; steps < 20; steps++) {
    int left = steps;
    Poll poll(
        [](void* context) {
          return --*static_cast<int*>(context) < 0 ? Error::Terminated : Error::None;
        },
        &left);
    const Error error = f.collect(poll);
    if (steps == 0) CHECK(error == Error::Terminated);
    CHECK(f.numbers() == before);
    CHECK(f.make(1) != nullptr);
    f.collect();
  }
}

// Within one object too: it is asked for each piece, and given up where it is to end.
TEST_CASE(a_long_object_is_followed_in_pieces) {
  Fixture f;
  constexpr uint64_t kLinks = 1'000'000;
  Node* node = f.make(kLinks);
  REQUIRE(node != nullptr);
  f.roots = {node};
  Node* last = f.make(1);
  node->links()[kLinks - 1] = last;
  struct Asked {
    uint64_t times = 0;
    uint64_t most = UINT64_MAX;
  } asked;
  auto ask = [](void* context) {
    Asked& count = *static_cast<Asked*>(context);
    return ++count.times >= count.most ? Error::Terminated : Error::None;
  };
  CHECK(f.collect(Poll(ask, &asked)) == Error::None);
  CHECK(asked.times >= kLinks / Marker::kPiece);
  CHECK_EQ(f.numbers().size(), 2u);
  for (uint64_t most = 1; most < asked.times; most += 37) {
    Asked again = {0, most};
    CHECK(f.collect(Poll(ask, &again)) == Error::Terminated);
    CHECK_EQ(again.times, most);
    CHECK_EQ(f.numbers().size(), 2u);
  }
  CHECK(f.collect() == Error::None);
  CHECK_EQ(f.numbers().size(), 2u);
}

TEST_CASE(a_collection_that_cannot_be_made_now_is_put_off) {
  Fixture f;
  while (f.make(3, false) != nullptr) {
  }
  const uint64_t made = f.heap->made();
  f.heap->postpone();
  while (f.make(3, false) != nullptr) {
  }
  CHECK(f.heap->made() >= 2 * made - kBlockBytes);
  CHECK_EQ(f.heap->collections(), 0u);
}

TEST_CASE(each_allocation_may_fail) {
  for (uint64_t n = 1;; n++) {
    Fixture f(n);
    if (f.heap != nullptr) {
      for (int i = 0; i < 3'000; i++) {
        Node* node = f.make(i % 50 == 0 ? 1'000 : 3);
        if (node != nullptr) f.roots.push_back(node);
      }
      CHECK(f.roots.size() >= 2'998);
    }
    if (!f.memory.failed()) break;
  }
}

TEST_CASE(heaps_become_one) {
  Fixture a;
  std::vector<Fixture*> others;
  FailingAllocator& memory = a.memory;
  Node* kept = a.make(2);
  a.roots = {kept};
  for (int i = 0; i < 5; i++) {
    Heap* other = Heap::create(memory.allocator());
    AllocationBuffer buffer;
    auto make = [&](uint64_t count) {
      Node* node = as_node(other->owner().allocate(buffer, kNode, sizeof(Node) + count * 8));
      node->number = ++a.last;
      node->count = count;
      std::fill_n(node->links(), count, nullptr);
      return node;
    };
    Node* small = make(1);
    Node* large = make(1'000);
    small->links()[0] = large;
    CHECK(a.heap->adopt(*other));
    CHECK(&other->owner() == a.heap);
    // The buffer is still good.
    Node* later = make(1);
    later->links()[0] = kept;
    large->links()[999] = later;
    a.roots.push_back(small);
  }
  a.collect();
  CHECK_EQ(a.numbers().size(), 16u);
  a.roots = {kept};
  a.collect();
  CHECK_EQ(a.numbers().size(), 1u);
}

TEST_CASE(large_objects_are_found_by_their_addresses) {
  Fixture f;
  f.heap->set_limit(UINT64_MAX);
  std::vector<uint64_t> kept, dropped;
  for (int i = 0; i < 3'000; i++) {
    Node* node = f.make(600);
    if (i % 3 == 0) f.roots.push_back(node);
    (i % 3 == 0 ? kept : dropped).push_back(reinterpret_cast<uint64_t>(node));
  }
  f.collect();
  for (uint64_t at : kept) {
    CHECK(f.heap->look_up(at) == reinterpret_cast<Object*>(at));
    CHECK(f.heap->look_up(at + 16) == nullptr && f.heap->look_up(at - 16) == nullptr);
  }
  // Others may have come to lie where one was.
  const std::set<uint64_t> there(kept.begin(), kept.end());
  for (uint64_t at : dropped) {
    CHECK(f.heap->look_up(at) == nullptr || there.contains(at));
  }
  f.roots.clear();
  f.collect();
  for (uint64_t at : kept) CHECK(f.heap->look_up(at) == nullptr);
  CHECK(f.heap->look_up(reinterpret_cast<uint64_t>(f.make(600))) != nullptr);
}

// Whoever is told of an object finds it, and races with nobody who makes others beside it.
TEST_CASE(objects_are_found_while_others_are_made) {
  Fixture f;
  std::atomic<uint64_t> newest{0}, found{0};
  std::atomic<bool> is_done{false};
  std::thread maker([&] {
    for (uint64_t i = 0; i < 3'000; i++) {
      Node* node = f.make(i % 500 == 0 ? 600 : i % 5, false);
      if (node == nullptr) break;
      newest.store(reinterpret_cast<uint64_t>(node), std::memory_order_relaxed);
      // So that both are at work at the same time.
      while (i % 100 == 0 && found.load(std::memory_order_relaxed) < i / 100) {
        std::this_thread::yield();
      }
    }
    is_done = true;
  });
  do {
    const uint64_t at = newest.load(std::memory_order_relaxed);
    if (at == 0) continue;
    Object* object = f.heap->look_up(at);
    CHECK(object != nullptr && object->kind == &kNode);
    found.fetch_add(1, std::memory_order_relaxed);
  } while (!is_done.load());
  maker.join();
  CHECK(found.load() >= 29);
}
