#include "inspect/memory_map.h"

#include <algorithm>

#include "base/vector.h"
#include "inspect/program_layout.h"
#include "memory/guest_heap.h"
#include "module/names.h"
#include "platform/page_scan.h"
#include "platform/virtual_memory.h"
#include "runtime/const_scope.h"
#include "runtime/memory_lock.h"

namespace wembed {

namespace {

// How far from address 0 static data begins where something was left free.
constexpr uint64_t kLeastNull = 1024;
constexpr uint64_t kMostNull = 65536;

struct Segment {
  uint64_t begin;
  uint64_t end;
  uint32_t index;
  uint32_t name_length;
  const char* name;
};

struct Range {
  uint64_t begin = 0;
  uint64_t end = 0;
  [[nodiscard]] bool empty() const { return begin >= end; }
};

bool meets(const Range& range, const Segment& segment) {
  return segment.begin < range.end && segment.end > range.begin;
}

class Mapper {
 public:
  Mapper(Instance& instance, uint32_t index, TakeRegion take, void* context)
      : instance_(instance),
        index_(index),
        memory_(*instance.memories[index]),
        take_(take),
        context_(context),
        segments_(*instance.allocator) {}

  Error run() {
    if (!collect_segments()) return Error::OutOfMemory;
    find_ranges();
    cover();
    return Error::None;
  }

 private:
  // Active segments that have bytes, by address; what lies under another's bytes is not theirs.
  bool collect_segments() {
    const Module& module = *instance_.module;
    NameCursor names(module, NameKind::Data);
    auto segments = module.data();
    ValType address = module.memories()[index_].limits.is_64 ? kI64 : kI32;
    for (uint32_t i = 0; i < segments.size(); i++) {
      const DataSegment& segment = segments[i];
      if (segment.mode != SegmentMode::Active || segment.memory != index_) continue;
      GlobalCell offset;
      Diagnostic ignored;
      // It was computed when the instance was made.
      if (evaluate_in(instance_, segment.offset, address, offset, ignored) != Error::None) continue;
      uint64_t begin = address == kI64 ? offset.slots[0] : static_cast<uint32_t>(offset.slots[0]);
      if (begin > memory_.size || segment.bytes.size > memory_.size - begin) continue;
      std::string_view name = names.at(i);
      Segment found = {begin, begin + segment.bytes.size, i, static_cast<uint32_t>(name.size()),
                       name.data()};
      if (found.begin < found.end && !segments_.push_back(found)) return false;
    }
    std::sort(segments_.begin(), segments_.end(), [](const Segment& a, const Segment& b) {
      return a.begin != b.begin ? a.begin < b.begin : a.index < b.index;
    });
    hide_overlaps();
    return true;
  }

  // Where segments overlap, the part belongs to the one that begins first.
  void hide_overlaps() {
    uint64_t covered = 0;
    size_t kept = 0;
    for (Segment segment : segments_) {
      segment.begin = std::max(segment.begin, covered);
      if (segment.begin >= segment.end) continue;
      covered = segment.end;
      segments_[kept++] = segment;
    }
    segments_.truncate(kept);
  }

  [[nodiscard]] bool has_data(const Range& range) const {
    return std::any_of(segments_.begin(), segments_.end(),
                       [&](const Segment& segment) { return meets(range, segment); });
  }

  static DataAround data_around(void* self, uint64_t at) {
    DataAround found;
    for (const Segment& segment : static_cast<Mapper*>(self)->segments_) {
      if (segment.begin < at) {
        found.below = segment.end;
      } else {
        found.is_above = true;
      }
    }
    return found;
  }

  // What the program says is believed where its own data does not contradict.
  void find_ranges() {
    initial_ = std::min(memory_.type.limits.min * memory_.type.page_size, memory_.size.get());
    if (memory_.heap != nullptr) {
      initial_ = memory_.heap->begin();
      host_heap_ = {initial_, std::min(memory_.heap->end(), memory_.size.get())};
    }
    if (index_ == 0) layout_ = find_program_layout(instance_, data_around, this);
    Range stack = {layout_.stack_low, layout_.stack_high};
    if (stack.end != ProgramLayout::kUnknown && stack.end <= initial_ && !has_data(stack)) {
      stack_ = stack;
    }
    Range heap = {layout_.heap_base, initial_};
    if (!heap.empty() && heap.begin >= stack_.end && !has_data(heap)) guest_heap_ = heap;
    if (segments_.empty()) return;
    static_ = {segments_[0].begin, std::min(segments_.back().end, initial_)};
    uint64_t end = layout_.data_end;
    if (end != ProgramLayout::kUnknown && end >= static_.end && end <= initial_) {
      // Up to the stack there is room for alignment only.
      bool is_aligned = stack_.begin >= end && stack_.begin - end < 16;
      static_.end = is_aligned ? stack_.begin : end;
    } else {
      layout_.static_how[0] = 0;
    }
  }

  void cover() {
    uint64_t maximum = memory_.max_pages > UINT64_MAX / memory_.type.page_size
                           ? UINT64_MAX
                           : memory_.max_pages * memory_.type.page_size;
    // Those that are there do not overlap, but for the stack in a gap between static data.
    Range before = {static_.begin, std::min(static_.end, std::max(stack_.begin, static_.begin))};
    Range after = {std::max(static_.begin, stack_.end), static_.end};
    if (stack_.empty() || stack_.begin >= static_.end || stack_.end <= static_.begin) {
      before = static_;
      after = {};
    }
    struct Row {
      RegionKind kind;
      Range range;
    } rows[] = {{RegionKind::Static, before},
                {RegionKind::Static, after},
                {RegionKind::Stack, stack_},
                {RegionKind::GuestHeap, guest_heap_},
                {RegionKind::HostHeap, host_heap_},
                {RegionKind::Grown, {std::max(initial_, host_heap_.end), memory_.size}}};
    std::sort(std::begin(rows), std::end(rows),
              [](const Row& a, const Row& b) { return a.range.begin < b.range.begin; });
    for (const Row& row : rows) put(row.kind, row.range);
    if (at_ < memory_.size) region(RegionKind::Unknown, {at_, memory_.size}, "");
    at_ = memory_.size;
    put(RegionKind::Reach, {at_, maximum});
  }

  // One region of depth 0 with its parts; what lies before it is not known.
  void put(RegionKind kind, Range range) {
    range.begin = std::max(range.begin, at_);
    if (range.empty()) return;
    if (range.begin > at_) {
      // Compilers leave the first addresses free, so that null is no place of anything.
      bool is_null = at_ == 0 && kind == RegionKind::Static && range.begin >= kLeastNull &&
                     range.begin <= kMostNull;
      region(RegionKind::Unknown, {at_, range.begin}, is_null ? "guess: nothing lies at null" : "");
    }
    region(kind, range, how(kind));
    at_ = range.end;
  }

  [[nodiscard]] const char* how(RegionKind kind) const {
    switch (kind) {
      case RegionKind::Static:
        return layout_.static_how[0] != 0 ? layout_.static_how : "data segments";
      case RegionKind::Stack: return layout_.stack_how;
      case RegionKind::GuestHeap: return layout_.heap_how;
      default: return "";
    }
  }

  void region(RegionKind kind, Range range, const char* how) {
    take({range.begin, range.end - range.begin, kind, UINT32_MAX, {}, how});
    switch (kind) {
      case RegionKind::Stack: return stack_parts(range);
      case RegionKind::HostHeap: return heap_parts();
      case RegionKind::Reach: return;
      default: return data_parts(range);
    }
  }

  void take(const MemoryRegionInfo& info) {
    if (info.bytes > 0) take_(context_, info);
  }

  void data_parts(const Range& range) {
    for (; next_ < segments_.size() && segments_[next_].begin < range.end; next_++) {
      const Segment& segment = segments_[next_];
      uint64_t begin = std::max(segment.begin, range.begin);
      uint64_t end = std::min(segment.end, range.end);
      if (begin < end) {
        take({begin,
              end - begin,
              RegionKind::Data,
              segment.index,
              {segment.name, segment.name_length},
              "active segment"});
      }
      if (segment.end > range.end) return;  // the rest belongs to the next region
    }
  }

  void stack_parts(const Range& range) {
    uint64_t pointer = layout_.stack_pointer;
    if (pointer < range.begin || pointer > range.end) return;
    take({range.begin, pointer - range.begin, RegionKind::StackFree, UINT32_MAX, {}, ""});
    take({pointer, range.end - pointer, RegionKind::StackUsed, UINT32_MAX, {}, ""});
  }

  void heap_parts() {
    const MemoryLock lock(memory_);
    (void)memory_.heap->statistics();  // joins free blocks
    memory_.heap->visit(
        [](void* self, uint64_t offset, uint64_t bytes, bool is_live) {
          RegionKind kind = is_live ? RegionKind::Allocation : RegionKind::Free;
          static_cast<Mapper*>(self)->take({offset, bytes, kind, UINT32_MAX, {}, ""});
        },
        this);
  }

  Instance& instance_;
  uint32_t index_;
  Memory& memory_;
  TakeRegion take_;
  void* context_;
  Vector<Segment> segments_;
  size_t next_ = 0;  // segment not listed yet
  ProgramLayout layout_;
  uint64_t initial_ = 0;  // end of what the module asked for
  uint64_t at_ = 0;       // covered up to here
  Range static_;
  Range stack_;
  Range guest_heap_;
  Range host_heap_;
};

}  // namespace

Error map_memory(Instance& instance, uint32_t index, TakeRegion take, void* context) {
  return Mapper(instance, index, take, context).run();
}

uint64_t resident_bytes(const Memory& memory, uint64_t from, uint64_t to) {
  constexpr uint64_t kUnknown = UINT64_MAX;
  uintptr_t page = platform::page_size();
  // Only memory in pages of its own can be told from its neighbours.
  if (reinterpret_cast<uintptr_t>(memory.base) % page != 0) return kUnknown;
  to = std::min(to, memory.size.get());
  uint64_t at = from / page * page;
  uint64_t end = (to + page - 1) / page * page;
  uint64_t sum = 0;
  while (at < end) {
    platform::PageRange ranges[32];
    platform::PageScan scan = platform::scan_own_pages(memory.base + at, end - at, ranges, 32);
    if (scan.error != 0) return kUnknown;
    for (size_t i = 0; i < scan.count; i++) {
      uint64_t begin = std::max<uint64_t>(ranges[i].begin - memory.base, from);
      uint64_t stop = std::min<uint64_t>(ranges[i].end - memory.base, to);
      if (begin < stop) sum += stop - begin;
    }
    uint64_t scanned = static_cast<uint64_t>(scan.scanned_to - memory.base);
    if (scanned <= at) return kUnknown;  // no progress
    at = scanned;
  }
  return sum;
}

}  // namespace wembed
