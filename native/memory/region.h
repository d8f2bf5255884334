// The beginning of a reservation that holds one memory after another.
//
//   | accessible: zeros, over them an image   |  inaccessible, without storage  |
//   0                                     accessible()               the reservation's end
//
// Between two memories it is clean: what is accessible shows zeros, or the image that is mapped,
// and nothing else is anywhere. A function that failed leaves it in doubt: then all but wipe() and
// reopen() fail too, and these make it clean again. Only growing may fail without consequence.
#pragma once

#include <cstdint>

#include "memory/image.h"

namespace wembed {

class MemoryRegion {
 public:
  MemoryRegion() = default;
  // A clean reservation whose first `accessible` bytes may be accessed.
  MemoryRegion(uint8_t* base, uint64_t accessible) : base_(base), accessible_(accessible) {}

  [[nodiscard]] uint8_t* base() const { return base_; }
  [[nodiscard]] uint64_t accessible() const { return accessible_; }  // in whole pages
  [[nodiscard]] MemoryImage* mapped_image() const { return image_; }

  // From clean to a memory of `bytes` that shows `image` (or null). The image is mapped if it is
  // worth it and may be (`map`), else copied. 0 or an error number.
  [[nodiscard]] int open(uint64_t bytes, MemoryImage* image, bool map);

  // Makes at least `bytes` accessible; what comes new is zero. When it fails, nothing has changed.
  [[nodiscard]] int grow(uint64_t bytes);

  // Back to clean with no more than `bytes` accessible. Up to `keep` bytes of storage stay for the
  // next memory.
  [[nodiscard]] int clean(uint64_t bytes, uint64_t keep);

  // From a memory in use to a new one, as clean() and open() do; what cannot be cleaned is wiped.
  // When it fails nothing of the `reserved` bytes is accessible, if that at least works.
  [[nodiscard]] int reopen(uint64_t bytes, MemoryImage* image, bool map, uint64_t keep,
                           uint64_t reserved);

  // Clean without an image and nothing accessible, whatever state the first `bytes` are in.
  [[nodiscard]] int wipe(uint64_t bytes);

  // Removes the mapped image from a clean region.
  [[nodiscard]] int unmap_image();

  // Bytes of storage of its own in a clean region; all are given back.
  uint64_t trim();

  [[nodiscard]] static uint64_t whole_pages(uint64_t bytes);

 private:
  // Notes whether something failed.
  [[nodiscard]] int outcome(int error) {
    in_doubt_ = in_doubt_ || error != 0;
    return error;
  }
  [[nodiscard]] int show(uint64_t bytes, MemoryImage* image, bool map);
  [[nodiscard]] int clean_pages(uint64_t bytes, uint64_t keep);
  [[nodiscard]] int restore_pages(uint64_t bytes, uint64_t keep);
  [[nodiscard]] bool is_scan_worth_it(uint64_t bytes, uint64_t keep) const;
  void rewrite(uint64_t from, uint64_t to);
  [[nodiscard]] int discard(uint64_t from, uint64_t to);

  uint8_t* base_ = nullptr;
  uint64_t accessible_ = 0;
  MemoryImage* image_ = nullptr;  // mapped over its range
  bool in_doubt_ = false;         // something failed since it was clean
  uint32_t cleanings_ = 0;
  uint32_t own_pages_ = 0;  // that the last scan found and left, 0: not known
};

}  // namespace wembed
