// Ranges of a module's bytes, and its data segments.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace wembed {

// A range of the module's bytes.
struct ByteRange {
  uint32_t offset = 0;
  uint32_t size = 0;
};

enum class SegmentMode : uint8_t { Active, Passive, Declarative };

struct DataSegment {
  SegmentMode mode = SegmentMode::Passive;
  uint32_t memory = 0;
  ByteRange offset;  // active only: begins with a constant expression and its end
  ByteRange bytes;
};

// Some modules have a data segment per hundred bytes, so segments are kept small and unfolded when
// asked for.
struct PackedDataSegment {
  uint32_t size : 30;
  uint32_t is_active : 1;
  uint32_t offset : 30;
  uint32_t memory_low : 2;
  uint32_t expression : 25;  // bytes between the start of the offset expression and the content
  uint32_t memory_high : 7;
};
static_assert(sizeof(PackedDataSegment) == 12);

class DataSegments {
 public:
  explicit DataSegments(std::span<const PackedDataSegment> packed) : packed_(packed) {}
  [[nodiscard]] size_t size() const { return packed_.size(); }
  [[nodiscard]] bool empty() const { return packed_.empty(); }
  DataSegment operator[](size_t index) const {
    const PackedDataSegment& packed = packed_[index];
    DataSegment segment;
    segment.bytes = {packed.offset, packed.size};
    if (packed.is_active != 0) {
      segment.mode = SegmentMode::Active;
      segment.memory = packed.memory_low | packed.memory_high << 2;
      uint32_t before = packed.expression;
      segment.offset = {segment.bytes.offset - before, before};
    }
    return segment;
  }

  class Iterator {
   public:
    Iterator(const DataSegments& segments, size_t index) : segments_(segments), index_(index) {}
    DataSegment operator*() const { return segments_[index_]; }
    Iterator& operator++() {
      index_++;
      return *this;
    }
    bool operator!=(const Iterator& other) const { return index_ != other.index_; }

   private:
    const DataSegments& segments_;
    size_t index_;
  };
  [[nodiscard]] Iterator begin() const { return {*this, 0}; }
  [[nodiscard]] Iterator end() const { return {*this, packed_.size()}; }

 private:
  std::span<const PackedDataSegment> packed_;
};

}  // namespace wembed
