#include "jit/code/code_space.h"

#include <cerrno>
#include <cstring>
#include <new>

#include "base/system_allocator.h"
#include "platform/fault.h"
#include "platform/fork.h"
#include "platform/virtual_memory.h"

namespace wembed::jit {

struct CodeSpace::Region {
  platform::CodeMemory memory;
  size_t used = 0;
  uint32_t pieces = 0;
  uint32_t range = 0;
  Region* next = nullptr;
};

namespace {

// The first one is small: it is there before anything is known to be hot, and its pages are made
// with it.
constexpr size_t kFirstRegionBytes = 64 * 1024;
constexpr size_t kRegionBytes = 256 * 1024;
// A line of the caches, so that a function runs the same wherever it comes to lie.
constexpr size_t kAlignment = 64;

// Where machine code is at an operation, its own program counter tells; rbp is the frame.
constexpr platform::StateRegisters kStateRegisters = {platform::StateRegister::ProgramCounter,
                                                      platform::StateRegister::Kept};

size_t round_up(size_t bytes, size_t to) { return (bytes + to - 1) / to * to; }

}  // namespace

CodeSpace& code_space() {
  static CodeSpace space;
  return space;
}

// To be told twice, by two threads, does no harm.
bool CodeSpace::learn_of_forks() {
  if (knows_forks_.load(std::memory_order_relaxed)) return true;
  if (platform::at_fork(nullptr, nullptr, [] { code_space().after_fork(); }) != 0) return false;
  knows_forks_.store(true, std::memory_order_relaxed);
  return true;
}

void CodeSpace::after_fork() {
  ::new (&mutex_) std::mutex;
  for (Region* region = regions_; region != nullptr; region = region->next) {
    platform::keep_code_memory(region->memory);
    region->used = region->memory.bytes;
  }
}

CodeSpace::Region* CodeSpace::make_region(size_t bytes) {
  if (!learn_of_forks()) return nullptr;
  Allocator allocator = system_allocator();
  auto* region = allocator.create<Region>();
  if (region == nullptr) return nullptr;
  const size_t least = regions_ == nullptr ? kFirstRegionBytes : kRegionBytes;
  region->memory =
      platform::make_code_memory(round_up(bytes < least ? least : bytes, platform::page_size()));
  if (region->memory.error != 0) {
    allocator.destroy(region);
    return nullptr;
  }
  const uint8_t* begin = region->memory.executable;
  region->range =
      platform::register_code_range(begin, begin + region->memory.bytes, kStateRegisters);
  if (region->range == platform::RangeTable::kNone) {
    platform::release_code_memory(region->memory);
    allocator.destroy(region);
    return nullptr;
  }
  region->next = regions_;
  regions_ = region;
  bytes_ += region->memory.bytes;
  return region;
}

void CodeSpace::drop(Region& region) {
  Region** at = &regions_;
  while (*at != &region) at = &(*at)->next;
  *at = region.next;
  bytes_ -= region.memory.bytes;
  platform::unregister_code_range(region.range);
  platform::release_code_memory(region.memory);
  Allocator allocator = system_allocator();
  allocator.destroy(&region);
}

bool CodeSpace::add(std::span<const uint8_t> code, Piece& made) {
  std::lock_guard lock(mutex_);
  Region* region = regions_;
  if (region == nullptr || region->memory.bytes - region->used < code.size()) {
    region = make_region(code.size());
    if (region == nullptr) return false;
  }
  std::memcpy(region->memory.writable + region->used, code.data(), code.size());
  if (platform::publish_code(region->memory, region->used, code.size()) != 0) {
    if (region->pieces == 0) drop(*region);
    return false;
  }
  made = {region, region->memory.executable + region->used, code.size()};
  const size_t used = round_up(region->used + code.size(), kAlignment);
  region->used = used < region->memory.bytes ? used : region->memory.bytes;
  region->pieces++;
  return true;
}

void CodeSpace::remove(const Piece& piece) {
  if (piece.region == nullptr) return;
  std::lock_guard lock(mutex_);
  if (--piece.region->pieces == 0) drop(*piece.region);
}

size_t CodeSpace::bytes() const {
  std::lock_guard lock(mutex_);
  return bytes_;
}

#if defined(__x86_64__)

int CodeSpace::probe() {
  {
    std::lock_guard lock(mutex_);
    if (probed_ >= 0) return probed_;
  }
  static constexpr uint8_t kAnswer[] = {0xb8, 42, 0, 0, 0, 0xc3};  // mov eax, 42; ret
  Piece piece;
  int error = EACCES;
  if (add(kAnswer, piece)) {
    auto* answer = reinterpret_cast<int (*)()>(reinterpret_cast<uintptr_t>(piece.code));
    error = answer() == 42 ? 0 : EFAULT;
    remove(piece);
  }
  std::lock_guard lock(mutex_);
  return probed_ = error;
}

#else

int CodeSpace::probe() { return ENOSYS; }

#endif

}  // namespace wembed::jit
