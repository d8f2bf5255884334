#include "runtime/handler_table.h"

#include <algorithm>

#include "runtime/exception.h"
#include "runtime/instance.h"
#include "runtime/operations.h"

namespace wembed {

namespace {

// Between two looks for an interrupt.
constexpr uint32_t kStepsAtOnce = 4096;

}  // namespace

uint32_t HandlerTable::region_at(uint32_t position) const {
  const Segment* end = segments() + segment_count_;
  const Segment* behind = std::upper_bound(
      segments(), end, position,
      [](uint32_t value, const Segment& segment) { return value < segment.begin; });
  return behind == segments() ? kNoRegion : behind[-1].region;
}

Trap HandlerTable::find(ExecEnv& env, Instance& instance, uint32_t position,
                        const Exception& exception, const Handler*& found) const {
  Tag* const* tags = instance.tags();
  uint32_t steps = 0;
  for (uint32_t region = region_at(position); region != kNoRegion;
       region = regions()[region].outer) {
    uint32_t next = regions()[region].first;
    do {
      if (++steps % kStepsAtOnce == 0 && env.interrupt.load(std::memory_order_relaxed) != 0) {
        Trap trap = op_interrupted(env, instance, nullptr);
        if (trap != Trap::None) return trap;
      }
      if (next == kNoHandler) break;
      const Handler& handler = handlers()[next];
      if (handler.tag == kAnyTag || tags[handler.tag] == exception.tag) {
        found = &handler;
        return Trap::None;
      }
      next = handler.next;
    } while (true);
  }
  found = nullptr;
  return Trap::None;
}

uint64_t* land_values(const Handler& handler, Exception& exception, uint64_t* fp) {
  Slot* at = fp + handler.home;
  if (handler.tag != kAnyTag) {
    at = std::copy_n(exception.values(), exception.tag->type->param_slots, at);
  }
  if (handler.reference == kNoReference) return at;
  fp[handler.reference] = handler.keeps ? slot_of(exception) : 0;
  return fp + handler.reference == at ? at + 1 : at;
}

void HandlerTableBuilder::clear() {
  segments_.clear();
  regions_.clear();
  handlers_.clear();
  current_ = kNoRegion;
}

// From here on the current region is another one.
void HandlerTableBuilder::divide(uint32_t position) {
  if (!segments_.empty() && segments_.back().begin == position) {
    segments_.back().region = current_;
  } else if (!segments_.push_back({position, current_})) {
    out_of_memory_ = true;
  }
}

uint32_t HandlerTableBuilder::open(uint32_t position) {
  HandlerTable::Region region;
  region.outer = current_;
  if (!regions_.push_back(region)) {
    out_of_memory_ = true;
    return kNoRegion;
  }
  current_ = static_cast<uint32_t>(regions_.size()) - 1;
  divide(position);
  return current_;
}

void HandlerTableBuilder::close(uint32_t position) {
  if (current_ < regions_.size()) current_ = regions_[current_].outer;
  divide(position);
}

uint32_t HandlerTableBuilder::add(uint32_t region, const Handler& handler) {
  uint32_t number = static_cast<uint32_t>(handlers_.size());
  if (region >= regions_.size() || !handlers_.push_back(handler)) {
    out_of_memory_ = true;
    return kNoHandler;
  }
  HandlerTable::Region& owner = regions_[region];
  if (owner.first == kNoHandler) {
    owner.first = number;
  } else {
    handlers_[owner.last].next = number;
  }
  owner.last = number;
  return number;
}

HandlerTable* HandlerTableBuilder::finish(Allocator& allocator, uint32_t shift) {
  if (regions_.empty() || out_of_memory_) return nullptr;
  for (HandlerTable::Segment& segment : segments_) segment.begin -= shift;
  for (Handler& handler : handlers_) handler.target -= shift;
  size_t bytes = sizeof(HandlerTable) + segments_.span().size_bytes() +
                 regions_.span().size_bytes() + handlers_.span().size_bytes();
  void* block = allocator.allocate(bytes);
  if (block == nullptr) {
    out_of_memory_ = true;
    return nullptr;
  }
  auto* table = ::new (block) HandlerTable;
  table->segment_count_ = static_cast<uint32_t>(segments_.size());
  table->region_count_ = static_cast<uint32_t>(regions_.size());
  std::copy(segments_.begin(), segments_.end(),
            const_cast<HandlerTable::Segment*>(table->segments()));
  std::copy(regions_.begin(), regions_.end(), const_cast<HandlerTable::Region*>(table->regions()));
  std::copy(handlers_.begin(), handlers_.end(), const_cast<Handler*>(table->handlers()));
  return table;
}

}  // namespace wembed
