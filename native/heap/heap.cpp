#include "heap/heap.h"

#include <algorithm>
#include <cstring>
#include <functional>
#include <utility>

namespace wembed {

namespace {

// A first collection before that much was made would cost more than it can give back.
constexpr uint64_t kFirstAllowance = 256 * 1024;
constexpr uint32_t kFirstBlocks = 4;
constexpr uint32_t kMostBlocks = 256;  // of one chunk

void list(Block*& list, Block& block) { block.next = std::exchange(list, &block); }

Block* unlist(Block*& list) {
  Block* first = list;
  if (first != nullptr) list = first->next;
  return first;
}

}  // namespace

Heap* Heap::create(Allocator& allocator) {
  Heap* heap = allocator.create<Heap>(allocator);
  if (heap != nullptr) heap->allowed_ = kFirstAllowance;
  return heap;
}

void Heap::destroy() {
  while (Heap* other = adopted_) {
    adopted_ = other->next_adopted_;
    other->destroy();
  }
  for (LargeObject* large : large_) allocator_->release(large->block);
  while (Chunk* chunk = chunks_) {
    chunks_ = chunk->next;
    allocator_->release(chunk);
  }
  allocator_->destroy(this);
}

// --- allocation ----------------------------------------------------------------------------------

Object* Heap::allocate_slowly(AllocationBuffer& buffer, const ObjectKind& kind, uint64_t bytes) {
  bytes = whole_granules(bytes);
  for (;;) {
    Heap& heap = owner();
    std::lock_guard lock(heap.mutex_);
    // Else it was adopted meanwhile.
    if (&heap.owner() == &heap) return heap.allocate_locked(buffer, kind, bytes);
  }
}

Object* Heap::allocate_locked(AllocationBuffer& buffer, const ObjectKind& kind, uint64_t bytes) {
  if (bytes > kLargestInBlock) return allocate_large(kind, bytes);
  AllocationBuffer::Run& small = buffer.small;
  const bool fits_any_run = bytes <= kLineBytes;
  if (room(small) < bytes && (fits_any_run || small.at == small.end) && !refill(small)) {
    return nullptr;
  }
  if (room(small) >= bytes) return take(small, kind, bytes);
  // The rest of a run would be lost to something larger than a line, and many runs with it where
  // what lives is spread over lines.
  AllocationBuffer::Run& medium = buffer.medium;
  if (room(medium) >= bytes || refill_with_block(medium)) return take(medium, kind, bytes);
  while (room(small) < bytes) {
    if (!refill(small)) return nullptr;
  }
  return take(small, kind, bytes);
}

// The next free lines: of the run's own block, which nobody else allocates in, else of another.
bool Heap::refill(AllocationBuffer::Run& run) {
  if (run.end != nullptr) {
    Block& block = Block::of(run.end - 1);
    const auto next = static_cast<uint32_t>(run.end - block.line(0)) / kLineBytes;
    if (made_ < allowed_ && take_run(block, next, run)) return true;
  }
  while (made_ < allowed_) {
    Block* block = unlist(partial_);
    if (block == nullptr) return refill_with_block(run);
    if (take_run(*block, kFirstLine, run)) return true;
  }
  return false;
}

bool Heap::refill_with_block(AllocationBuffer::Run& run) {
  if (made_ >= allowed_ || (free_ == nullptr && !add_chunk())) return false;
  return take_run(*unlist(free_), kFirstLine, run);
}

// The first free lines from `line` on.
bool Heap::take_run(Block& block, uint32_t line, AllocationBuffer::Run& run) {
  while (line < kLines && block.is_used[line] != 0) line++;
  if (line == kLines) return false;
  run.at = block.line(line);
  while (line < kLines && block.is_used[line] == 0) block.is_used[line++] = 1;
  run.end = block.line(line);
  made_ += static_cast<uint64_t>(run.end - run.at);
  return true;
}

// As much as there is already, or less where that is too much.
bool Heap::add_chunk() {
  uint64_t blocks = std::clamp<uint64_t>(taken_ / kBlockBytes, kFirstBlocks, kMostBlocks);
  for (; blocks > 0; blocks /= 2) {
    if (Chunk* chunk = make_chunk(static_cast<uint32_t>(blocks))) {
      for (uint32_t i = chunk->count; i-- > 0;) list(free_, chunk->block(i));
      return true;
    }
  }
  return false;
}

Heap::Chunk* Heap::make_chunk(uint32_t blocks) {
  const uint64_t bytes = sizeof(Chunk) + (uint64_t{blocks} + 1) * kBlockBytes;
  auto* chunk = static_cast<Chunk*>(take_from_allocator(bytes));
  if (chunk == nullptr) return nullptr;
  const uintptr_t first =
      (reinterpret_cast<uintptr_t>(chunk + 1) + kBlockBytes - 1) & ~uintptr_t{kBlockBytes - 1};
  // Good fortune may leave room for one more.
  const uintptr_t end = reinterpret_cast<uintptr_t>(chunk) + bytes;
  *chunk = {chunks_, reinterpret_cast<uint8_t*>(first), bytes,
            static_cast<uint32_t>((end - first) / kBlockBytes)};
  for (uint32_t i = 0; i < chunk->count; i++) {
    Block& block = chunk->block(i);
    std::memset(static_cast<void*>(&block), 0, sizeof block);
    std::memset(block.is_used, 1, kFirstLine);
  }
  chunks_ = chunk;
  return chunk;
}

// Null: the limit, or no memory.
void* Heap::take_from_allocator(uint64_t bytes) {
  if (taken_ > limit_ || bytes > limit_ - taken_) return nullptr;
  void* block = allocator_->allocate(bytes);
  if (block != nullptr) taken_ += bytes;
  return block;
}

Object* Heap::allocate_large(const ObjectKind& kind, uint64_t bytes) {
  const uint64_t all = bytes + sizeof(LargeObject) + 16;
  // The first one behind a collection needs none.
  if (made_ != 0 && made_ + all > allowed_) return nullptr;
  if (!large_.make_room(1)) return nullptr;
  void* block = take_from_allocator(all);
  if (block == nullptr) {
    release_chunks(0);
    block = take_from_allocator(all);
  }
  if (block == nullptr) return nullptr;
  uintptr_t at = (reinterpret_cast<uintptr_t>(block) + 7) & ~uintptr_t{7};
  if (at % 16 == 0) at += 8;
  auto* large = reinterpret_cast<LargeObject*>(at);
  *large = {block, all, nullptr, false};
  Object* object = large->object();
  object->kind = &kind;
  large_.add(*large);
  made_ += all;
  return object;
}

bool Heap::Chunk::is_empty() const {
  for (uint32_t i = 0; i < count; i++) {
    if (!block(i).is_empty()) return false;
  }
  return true;
}

Object* Heap::find(uint64_t address) {
  if (address % 8 != 0 || address == 0) return nullptr;
  if (address % 16 == 0) return find_in_blocks(address);
  auto* wanted = reinterpret_cast<LargeObject*>(address - sizeof(LargeObject));
  return large_.has(wanted) ? wanted->object() : nullptr;
}

Object* Heap::find_in_blocks(uint64_t address) {
  for (Chunk* chunk = chunks_; chunk != nullptr; chunk = chunk->next) {
    const uint64_t offset = address - reinterpret_cast<uintptr_t>(chunk->blocks);
    if (offset >= uint64_t{chunk->count} * kBlockBytes) continue;
    auto* object = reinterpret_cast<Object*>(address);
    const Block& block = Block::of(object);
    return Block::is_published(block.starts, Block::granule_of(object)) ? object : nullptr;
  }
  return nullptr;
}

bool Heap::has_nothing_at(uint64_t address) {
  const auto covers = [address](const Chunk& chunk) {
    return address - reinterpret_cast<uintptr_t>(chunk.blocks) <
           uint64_t{chunk.count} * kBlockBytes;
  };
  const Chunk* chunk = chunks_;
  while (chunk != nullptr && !covers(*chunk)) chunk = chunk->next;
  return chunk != nullptr && find(address) == nullptr;
}

Object* Heap::look_up(uint64_t address) {
  std::lock_guard lock(mutex_);
  return find(address);
}

// --- collection ----------------------------------------------------------------------------------

void Heap::begin_marking() {
  for (Chunk* chunk = chunks_; chunk != nullptr; chunk = chunk->next) {
    for (uint32_t i = 0; i < chunk->count; i++) {
      Block& block = chunk->block(i);
      std::memset(block.is_used + kFirstLine, 0, kLines - kFirstLine);
    }
  }
}

void Heap::end_marking() {
  alive_ = 0;
  free_ = partial_ = nullptr;
  for (Chunk* chunk = chunks_; chunk != nullptr; chunk = chunk->next) {
    for (uint32_t i = 0; i < chunk->count; i++) sweep(chunk->block(i));
  }
  sweep_large();
  release_chunks(2 * std::max(alive_, kFirstAllowance));
  made_ = 0;
  allowed_ = std::max(kFirstAllowance, alive_);
  collections_++;
}

bool Heap::is_due() {
  std::lock_guard lock(mutex_);
  return made_ >= std::min(allowed_, limit_ / 4);
}

void Heap::overwrite_dead() {
  for_each([](Object& object) {
    const bool is_large = LargeObject::is(&object);
    const bool is_alive = is_large
                              ? LargeObject::of(&object).is_marked
                              : Block::has(Block::of(&object).marks, Block::granule_of(&object));
    if (!is_alive) std::memset(static_cast<void*>(&object), 0xDB, object.kind->bytes(object));
  });
}

void Heap::postpone() {
  Heap& heap = owner();
  std::lock_guard lock(heap.mutex_);
  heap.allowed_ = heap.made_ + std::max(kFirstAllowance, heap.alive_);
}

void Heap::sweep_large() {
  large_.retain([this](LargeObject& large) {
    if (std::exchange(large.is_marked, false)) {
      alive_ += large.bytes;
      return true;
    }
    taken_ -= large.bytes;
    allocator_->release(large.block);
    return false;
  });
}

// Its objects are those that were marked.
void Heap::sweep(Block& block) {
  std::memcpy(block.starts, block.marks, sizeof block.starts);
  std::memset(block.marks, 0, sizeof block.marks);
  uint32_t used = 0;
  for (uint32_t line = kFirstLine; line < kLines; line++) used += block.is_used[line];
  alive_ += uint64_t{used} * kLineBytes;
  if (used == 0) {
    list(free_, block);
  } else if (used < kLines - kFirstLine) {
    list(partial_, block);
  }
}

// Chunks without an object go, but that so much stays taken.
void Heap::release_chunks(uint64_t wanted) {
  bool changed = false;
  for (Chunk** link = &chunks_; *link != nullptr;) {
    Chunk* chunk = *link;
    if (taken_ - std::min(taken_, chunk->bytes) < wanted || !chunk->is_empty()) {
      link = &chunk->next;
      continue;
    }
    *link = chunk->next;
    taken_ -= chunk->bytes;
    allocator_->release(chunk);
    changed = true;
  }
  if (!changed) return;
  free_ = nullptr;
  for (Chunk* chunk = chunks_; chunk != nullptr; chunk = chunk->next) {
    for (uint32_t i = 0; i < chunk->count; i++) {
      if (chunk->block(i).is_empty()) list(free_, chunk->block(i));
    }
  }
}

void Heap::give_up_marking() {
  for (Chunk* chunk = chunks_; chunk != nullptr; chunk = chunk->next) {
    for (uint32_t i = 0; i < chunk->count; i++) {
      Block& block = chunk->block(i);
      std::memset(block.marks, 0, sizeof block.marks);
      std::memset(block.gray, 0, sizeof block.gray);
      std::memset(block.is_used, 1, sizeof block.is_used);
      block.is_gray = false;
    }
  }
  free_ = partial_ = nullptr;
  for (LargeObject* large : large_) large->is_marked = false;
}

bool Heap::adopt(Heap& other) {
  // Not std::scoped_lock, whose helper would become a symbol of the library.
  bool is_first = std::less<Heap*>()(this, &other);
  std::lock_guard lock(is_first ? mutex_ : other.mutex_);
  std::lock_guard other_lock(is_first ? other.mutex_ : mutex_);
  if (!large_.make_room(other.large_.size())) return false;
  for (LargeObject* large : other.large_) large_.add(*large);
  other.large_.clear();
  take_chunks(other);
  for (Block* Heap::*from : {&Heap::free_, &Heap::partial_}) {
    while (Block* block = unlist(other.*from)) list(this->*from, *block);
  }
  taken_ += std::exchange(other.taken_, 0);
  alive_ += std::exchange(other.alive_, 0);
  made_ += std::exchange(other.made_, 0);
  allowed_ = std::max(allowed_, other.allowed_);
  other.next_adopted_ = std::exchange(adopted_, &other);
  other.adopter_.store(this, std::memory_order_release);
  return true;
}

void Heap::take_chunks(Heap& other) {
  Chunk** last = &chunks_;
  while (*last != nullptr) last = &(*last)->next;
  *last = std::exchange(other.chunks_, nullptr);
}

}  // namespace wembed
