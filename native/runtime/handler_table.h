// What catches exceptions in one body: read only when one is thrown.
//
// A body is divided into segments at the places where protected regions begin and end, and each
// segment names the innermost region it lies in: finding that takes a binary search, however deep
// regions are nested. A region has its handlers in order, and the region around it. Positions are
// the tier's: numbers that grow along the body.
#pragma once

#include <cstdint>
#include <span>

#include "base/allocator.h"
#include "base/trap.h"
#include "base/vector.h"

namespace wembed {

struct ExecEnv;
struct Exception;
struct Instance;

constexpr uint32_t kAnyTag = UINT32_MAX;
constexpr uint32_t kNoRegion = UINT32_MAX;
constexpr uint32_t kNoHandler = UINT32_MAX;
constexpr int32_t kNoReference = INT32_MIN;

struct Handler {
  uint32_t tag = kAnyTag;            // by the module's index
  uint32_t target = 0;               // position where control goes on
  int32_t home = 0;                  // slot from fp where the values go
  int32_t reference = kNoReference;  // slot for a reference to the exception
  uint32_t next = kNoHandler;        // of the same region
  bool keeps = false;  // the reference is used; else there is a slot for it that is to be null
};

class HandlerTable {
 public:
  // The handler for what was thrown at `position`: null, with None, when there is none. A trap: the
  // search was to be stopped. `env` is asked now and then.
  Trap find(ExecEnv& env, Instance& instance, uint32_t position, const Exception& exception,
            const Handler*& found) const;

 private:
  friend class HandlerTableBuilder;
  struct Region {
    uint32_t first = kNoHandler;
    uint32_t last = kNoHandler;
    uint32_t outer = kNoRegion;
  };
  struct Segment {
    uint32_t begin;
    uint32_t region;
  };

  [[nodiscard]] uint32_t region_at(uint32_t position) const;
  [[nodiscard]] const Segment* segments() const {
    return reinterpret_cast<const Segment*>(this + 1);
  }
  [[nodiscard]] const Region* regions() const {
    return reinterpret_cast<const Region*>(segments() + segment_count_);
  }
  [[nodiscard]] const Handler* handlers() const {
    return reinterpret_cast<const Handler*>(regions() + region_count_);
  }

  uint32_t segment_count_ = 0;
  uint32_t region_count_ = 0;
};

// Puts where the values of the exception, and references to it, go into the frame; the first slot
// behind them.
uint64_t* land_values(const Handler& handler, Exception& exception, uint64_t* fp);

// Collects one while a body is made, in the order of its positions.
class HandlerTableBuilder {
 public:
  HandlerTableBuilder(Allocator& allocator, bool& out_of_memory)
      : segments_(allocator),
        regions_(allocator),
        handlers_(allocator),
        out_of_memory_(out_of_memory) {}
  void clear();

  // A region begins, inside of the current one. Its number.
  uint32_t open(uint32_t position);
  // The current region ends; the one around it is current again.
  void close(uint32_t position);
  [[nodiscard]] uint32_t current() const { return current_; }

  // Behind the handlers that the region has. Its number, for set_target().
  uint32_t add(uint32_t region, const Handler& handler);
  void set_target(uint32_t handler, uint32_t position) {
    if (handler < handlers_.size()) handlers_[handler].target = position;
  }
  [[nodiscard]] uint32_t target(uint32_t handler) const {
    return handler < handlers_.size() ? handlers_[handler].target : 0;
  }
  // The handler's reference is used, in that slot.
  void keep(uint32_t handler, int32_t slot) {
    if (handler >= handlers_.size()) return;
    handlers_[handler].reference = slot;
    handlers_[handler].keeps = true;
  }
  // What the region does not catch goes on there, not to the region around it.
  void delegate(uint32_t region, uint32_t to) {
    if (region < regions_.size()) regions_[region].outer = to;
  }

  // Null: no regions, or no memory, which `out_of_memory` says. The caller releases the block.
  // `shift` is taken off all positions.
  HandlerTable* finish(Allocator& allocator, uint32_t shift);

 private:
  void divide(uint32_t position);

  Vector<HandlerTable::Segment> segments_;
  Vector<HandlerTable::Region> regions_;
  Vector<Handler> handlers_;
  uint32_t current_ = kNoRegion;
  bool& out_of_memory_;
};

}  // namespace wembed
