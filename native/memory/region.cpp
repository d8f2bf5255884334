#include "memory/region.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "platform/page_scan.h"
#include "platform/virtual_memory.h"

namespace wembed {

namespace {

constexpr size_t kRanges = 16;  // asked for at a time
// A page that was ever written is written again at each cleaning. So often all are given back, so
// that one guest that wrote many is not paid for by all that come after.
constexpr uint32_t kForgetEvery = 1024;

// What a scan costs in pages that are written again, and what a page costs that it finds.
constexpr uint64_t kScanCost = 22;
constexpr uint64_t kFoundCost = 2;

}  // namespace

uint64_t MemoryRegion::whole_pages(uint64_t bytes) {
  uint64_t mask = platform::page_size() - 1;
  return (bytes + mask) & ~mask;
}

int MemoryRegion::unmap_image() {
  if (in_doubt_) return EIO;
  if (image_ == nullptr) return 0;
  uint64_t begin = image_->begin();
  uint64_t end = image_->end();
  uint64_t inside = std::clamp(accessible_, begin, end);
  int error = platform::renew(base_ + begin, inside - begin, platform::Access::ReadWrite);
  if (error == 0) error = platform::renew(base_ + inside, end - inside, platform::Access::None);
  if (error == 0) image_ = nullptr;
  return outcome(error);
}

int MemoryRegion::open(uint64_t bytes, MemoryImage* image, bool map) {
  return in_doubt_ ? EIO : outcome(show(bytes, image, map));
}

int MemoryRegion::show(uint64_t bytes, MemoryImage* image, bool map) {
  MemoryImage* mapped = image != nullptr && map && image->is_mappable() ? image : nullptr;
  if (image_ != mapped) {
    if (int error = unmap_image(); error != 0) return error;
  }
  uint64_t end = whole_pages(bytes);
  if (accessible_ > end) {
    int error = platform::decommit(base_ + end, accessible_ - end);
    if (error != 0) return error;
    accessible_ = end;
  }
  if (int error = grow(end); error != 0) return error;
  if (mapped == nullptr) {
    return image == nullptr || image->fill(base_) ? 0 : EIO;
  }
  if (image_ == mapped) return 0;
  int error = mapped->map(base_);
  if (error == 0) image_ = mapped;
  return error;
}

int MemoryRegion::grow(uint64_t bytes) {
  uint64_t end = whole_pages(bytes);
  if (end <= accessible_) return 0;
  int error = platform::commit(base_ + accessible_, end - accessible_);
  if (error == 0) {
    accessible_ = end;
    return 0;
  }
  // Of a range that is several mappings a part may be accessible now.
  (void)outcome(platform::renew(base_ + accessible_, end - accessible_, platform::Access::None));
  return error;
}

int MemoryRegion::clean(uint64_t bytes, uint64_t keep) {
  return in_doubt_ ? EIO : outcome(clean_pages(bytes, keep));
}

int MemoryRegion::clean_pages(uint64_t bytes, uint64_t keep) {
  uint64_t end = std::min(whole_pages(bytes), accessible_);
  if (accessible_ > end) {
    int error = platform::decommit(base_ + end, accessible_ - end);
    if (error != 0) return error;
    accessible_ = end;
  }
  keep &= ~(uint64_t{platform::page_size()} - 1);
  if (++cleanings_ % kForgetEvery == 0) {
    own_pages_ = 0;
    return discard(0, end);
  }
  if (is_scan_worth_it(end, keep)) return restore_pages(end, keep);
  rewrite(0, end);
  return 0;
}

// A small memory of which much is written is written again as a whole.
bool MemoryRegion::is_scan_worth_it(uint64_t bytes, uint64_t keep) const {
  uint64_t pages = bytes / platform::page_size();
  return own_pages_ == 0 || bytes > keep || pages > kScanCost + kFoundCost * own_pages_;
}

// Writes what is there at first over [from, to).
void MemoryRegion::rewrite(uint64_t from, uint64_t to) {
  if (image_ != nullptr) return image_->restore(base_, from, to);
  std::memset(base_ + from, 0, static_cast<size_t>(to - from));
}

int MemoryRegion::discard(uint64_t from, uint64_t to) {
  return platform::discard(base_ + from, static_cast<size_t>(to - from));
}

// Only pages that were written since they were last discarded need anything done to them. A few
// are written again, which is far cheaper than the faults of the next memory that uses them.
int MemoryRegion::restore_pages(uint64_t bytes, uint64_t keep) {
  uint64_t at = 0;
  uint64_t kept = 0;
  own_pages_ = 0;
  while (at < bytes) {
    platform::PageRange ranges[kRanges];
    platform::PageScan scan = platform::scan_own_pages(base_ + at, bytes - at, ranges, kRanges);
    if (scan.error != 0 || scan.scanned_to <= base_ + at) {
      // Nothing is known about the pages: so much is written again, and the rest discarded.
      uint64_t rewritten = at + std::min(bytes - at, keep);
      rewrite(at, rewritten);
      return discard(rewritten, bytes);
    }
    for (size_t i = 0; i < scan.count; i++) {
      uint64_t from = static_cast<uint64_t>(ranges[i].begin - base_);
      uint64_t to = static_cast<uint64_t>(ranges[i].end - base_);
      uint64_t rewritten = from + std::min(to - from, keep);
      rewrite(from, rewritten);
      keep -= rewritten - from;
      kept += rewritten - from;
      // Behind the last page that is kept all go at once.
      if (rewritten < to) return discard(rewritten, bytes);
    }
    at = static_cast<uint64_t>(scan.scanned_to - base_);
  }
  own_pages_ = static_cast<uint32_t>(kept / platform::page_size());
  return 0;
}

int MemoryRegion::reopen(uint64_t bytes, MemoryImage* image, bool map, uint64_t keep,
                         uint64_t reserved) {
  int error = clean(bytes, keep);
  if (error != 0) error = wipe(reserved);
  if (error == 0) error = open(bytes, image, map);
  if (error != 0) (void)wipe(reserved);
  return error;
}

int MemoryRegion::wipe(uint64_t bytes) {
  int error = platform::renew(base_, bytes, platform::Access::None);
  in_doubt_ = error != 0;
  if (error != 0) return error;
  image_ = nullptr;
  accessible_ = 0;
  own_pages_ = 0;
  return 0;
}

uint64_t MemoryRegion::trim() {
  own_pages_ = 0;
  uint64_t found = 0;
  uint64_t at = 0;
  while (at < accessible_) {
    platform::PageRange ranges[kRanges];
    platform::PageScan scan =
        platform::scan_own_pages(base_ + at, accessible_ - at, ranges, kRanges);
    if (scan.error != 0 || scan.scanned_to <= base_ + at) break;
    for (size_t i = 0; i < scan.count; i++) {
      found += static_cast<uint64_t>(ranges[i].end - ranges[i].begin);
    }
    at = static_cast<uint64_t>(scan.scanned_to - base_);
  }
  return discard(0, accessible_) == 0 ? found : 0;
}

}  // namespace wembed
