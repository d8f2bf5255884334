// Objects of guests that can reach each other, collected when nothing refers to them any more.
//
// Objects do not move. Small ones are made one behind the other in the free lines of blocks
// (block.h), those above kLargestInBlock have an allocation of their own. A heap grows by as much
// as it has, up to its limit, and asks for a collection when as much was made as was alive after
// the last one. A collection is: nobody runs; begin_marking(); roots and then follow() of a
// Marker; end_marking() or give_up_marking(). What lives costs time, and each block a little.
//
// Knows nothing of instances and threads but that several of these may allocate at once, each from
// a buffer of its own: see runtime/collection.h for the rest.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <mutex>

#include "base/allocator.h"
#include "base/object.h"
#include "base/vector.h"
#include "heap/block.h"
#include "heap/large_objects.h"

namespace wembed {

constexpr uint64_t kLargestInBlock = 4096;
constexpr uint64_t kLeastHeapLimit = 4 * kBlockBytes;  // of what a heap may take

// Where one thread makes its next objects. Empty: it asks the heap first. Emptied by collections.
struct AllocationBuffer {
  struct Run {
    uint8_t* at = nullptr;
    uint8_t* end = nullptr;
  };
  Run small;
  Run medium;  // for what does not fit the rest of `small` and is larger than a line
};

class Heap {
 public:
  static Heap* create(Allocator& allocator);  // null: no memory
  void destroy();                             // with everything in it

  // What it may take. What it has already stays.
  void set_limit(uint64_t bytes) { limit_ = std::max(bytes, kLeastHeapLimit); }

  // A new object, of which only the kind is written: the rest is to be filled before the next
  // collection. Null: after a collection there may be room.
  [[nodiscard]] Object* allocate(AllocationBuffer& buffer, const ObjectKind& kind, uint64_t bytes) {
    Object* object = allocate_at_once(buffer, kind, bytes);
    return object != nullptr ? object : allocate_slowly(buffer, kind, bytes);
  }
  // Null: the buffer has no room for it.
  [[nodiscard]] static Object* allocate_at_once(AllocationBuffer& buffer, const ObjectKind& kind,
                                                uint64_t bytes) {
    bytes = whole_granules(bytes);
    if (room(buffer.small) < bytes) [[unlikely]]
      return nullptr;
    return take(buffer.small, kind, bytes);
  }

  // Nobody allocates and all buffers are empty, from here to one of the next two.
  void begin_marking();
  // What was not marked is free.
  void end_marking();
  // For tests, right before it: what was not marked becomes rubbish, so that whoever still refers
  // to it is found out.
  void overwrite_dead();
  // As if there had been none, but that free lines are found again by the next one only.
  void give_up_marking();

  // Between begin_marking() and those two: whether a Marker has found it.
  [[nodiscard]] static bool is_marked(const Object& object) {
    if (LargeObject::is(&object)) return LargeObject::of(&object).is_marked;
    return Block::has(Block::of(&object).marks, Block::granule_of(&object));
  }

  // There cannot be a collection now: as much again may be made without one.
  void postpone();

  // Whether it is time for a collection, for whoever makes objects where there can be none later.
  [[nodiscard]] bool is_due();

  // All objects of `other` are this heap's from now on; allocations from it go here. It is
  // destroyed with this one. False: no memory, nothing changed. Any thread may allocate meanwhile.
  [[nodiscard]] bool adopt(Heap& other);
  // The heap that has this one's objects now.
  [[nodiscard]] Heap& owner() {
    Heap* at = this;
    while (Heap* next = at->adopter_.load(std::memory_order_acquire)) at = next;
    return *at;
  }

  [[nodiscard]] uint64_t limit() const { return limit_; }
  // The object at that address, alive or not collected yet; null: there is none. Any thread, not
  // while marking; others may allocate meanwhile.
  [[nodiscard]] Object* look_up(uint64_t address);

  // Whether the address is one among the small objects', and no object is there. Nobody allocates.
  [[nodiscard]] bool has_nothing_at(uint64_t address);

  // Bytes taken from the allocator; of objects after the last collection; made since then.
  [[nodiscard]] uint64_t taken() const { return taken_; }
  [[nodiscard]] uint64_t alive() const { return alive_; }
  [[nodiscard]] uint64_t made() const { return made_; }
  [[nodiscard]] uint32_t collections() const { return collections_; }

  // Every object there is, those included that the next collection will free. Nobody allocates.
  template <class Visit> void for_each(Visit visit) {
    for (Chunk* chunk = chunks_; chunk != nullptr; chunk = chunk->next) {
      for (uint32_t i = 0; i < chunk->count; i++) visit_block(chunk->block(i), visit);
    }
    for (LargeObject* large : large_) visit(*large->object());
  }

 private:
  // Blocks that were allocated together.
  struct Chunk {
    Chunk* next;
    uint8_t* blocks;
    uint64_t bytes;  // as allocated
    uint32_t count;
    [[nodiscard]] Block& block(uint32_t index) const {
      return *reinterpret_cast<Block*>(blocks + uint64_t{index} * kBlockBytes);
    }
    [[nodiscard]] bool is_empty() const;
  };

  explicit Heap(Allocator& allocator) : allocator_(&allocator), large_(allocator) {}
  ~Heap() = default;
  friend struct ::wembed::Allocator;

  static uint64_t whole_granules(uint64_t bytes) {
    return (bytes + (kGranuleBytes - 1)) & ~uint64_t{kGranuleBytes - 1};
  }
  static uint64_t room(const AllocationBuffer::Run& run) {
    return static_cast<uint64_t>(run.end - run.at);
  }
  static Object* take(AllocationBuffer::Run& run, const ObjectKind& kind, uint64_t bytes) {
    auto* object = reinterpret_cast<Object*>(run.at);
    run.at += bytes;
    object->kind = &kind;
    Block::publish(Block::of(object).starts, Block::granule_of(object));
    return object;
  }
  Object* allocate_slowly(AllocationBuffer& buffer, const ObjectKind& kind, uint64_t bytes);
  Object* allocate_locked(AllocationBuffer& buffer, const ObjectKind& kind, uint64_t bytes);
  Object* allocate_large(const ObjectKind& kind, uint64_t bytes);
  bool refill(AllocationBuffer::Run& run);
  bool refill_with_block(AllocationBuffer::Run& run);
  bool take_run(Block& block, uint32_t line, AllocationBuffer::Run& run);
  bool add_chunk();
  Chunk* make_chunk(uint32_t blocks);
  void sweep(Block& block);
  void sweep_large();
  void release_chunks(uint64_t wanted);
  void* take_from_allocator(uint64_t bytes);
  void take_chunks(Heap& other);
  friend class Marker;
  // The object at that address, alive or not collected yet; null: there is none. While marking.
  [[nodiscard]] Object* find(uint64_t address);
  [[nodiscard]] Object* find_in_blocks(uint64_t address);

  template <class Visit> static void visit_block(Block& block, Visit visit) {
    for (uint32_t word = 0; word < kGranuleWords; word++) {
      for (uint64_t bits = block.starts[word]; bits != 0; bits &= bits - 1) {
        visit(block.object_at(word * 64 + static_cast<uint32_t>(__builtin_ctzll(bits))));
      }
    }
  }

  Allocator* allocator_;
  std::mutex mutex_;  // of what follows, while threads allocate
  Chunk* chunks_ = nullptr;
  Block* free_ = nullptr;     // without any object
  Block* partial_ = nullptr;  // with free lines
  LargeObjects large_;
  std::atomic<Heap*> adopter_{nullptr};
  Heap* adopted_ = nullptr;  // list by next_adopted_
  Heap* next_adopted_ = nullptr;
  uint64_t limit_ = UINT64_MAX;
  uint64_t taken_ = 0;
  uint64_t alive_ = 0;
  uint64_t made_ = 0;
  uint64_t allowed_ = 0;  // what may be made before a collection
  uint32_t collections_ = 0;
};

}  // namespace wembed
