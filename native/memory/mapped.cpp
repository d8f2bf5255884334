// Linear memory as reserved address space of which a prefix is accessible. Never moves.
//
//   guarded:   | accessible, grows -> |      inaccessible       | guard |
//              0                   size                      8 GiB     + 64 KiB
//   otherwise: | accessible, grows -> | inaccessible | maximum
//
// Guarded: a 32-bit index plus a 32-bit offset plus the widest access stays inside, and what
// lies behind `size` faults, so code needs no checks.
#include <cerrno>
#include <cstring>

#include "memory/backends.h"
#include "memory/region.h"
#include "memory/reservations.h"
#include "platform/fault.h"
#include "platform/virtual_memory.h"

namespace wembed {

namespace {

// Larger maxima are left to backends that do not reserve them: address space has 47 bits.
constexpr uint64_t kMostReserved = uint64_t{1} << 40;

// What a reset writes again instead of giving it back.
constexpr uint64_t kKeptByReset = 256 * 1024;
// An image is mapped from here on; below, copying costs less than undoing the mapping.
constexpr uint64_t kLeastMapped = 256 * 1024;

class MappedMemory final : public LinearMemory {
 public:
  MappedMemory(Allocator& allocator, const MemoryRequest& request, const MemoryRegion& region,
               uint64_t reserved, uint32_t range)
      : allocator_(allocator),
        minimum_(request.minimum),
        maximum_(request.maximum),
        image_(request.image),
        region_(region),
        reserved_(reserved),
        range_(range) {
    guarded_ = range != platform::RangeTable::kNone;
  }

  // Makes the initial contents; the region is clean. 0 or an error number.
  [[nodiscard]] int open() {
    int error = region_.open(minimum_, image_, is_image_mapped());
    view_ = {region_.base(), minimum_};
    return error;
  }

  bool grow(uint64_t bytes) override {
    if (bytes < view_.size || bytes > maximum_) return false;
    // Between a size and the next page nothing would fault.
    if (guarded_ && bytes % platform::page_size() != 0) return false;
    // The rest of the last page was out of bounds but writable by nobody, hence still zero.
    if (region_.grow(bytes) != 0) return false;
    view_.size = bytes;
    return true;
  }

  bool reset() override {
    int error = region_.reopen(minimum_, image_, is_image_mapped(), kKeptByReset, reserved_);
    view_.size = error == 0 ? minimum_ : 0;
    return error == 0;
  }

  Backend backend() const override { return Backend::Mapped; }

  void release() override {
    if (guarded_) {
      // What is in doubt cannot be cleaned, so it goes.
      give_reservation({region_, range_});
    } else {
      platform::release(region_.base(), reserved_);
    }
    Allocator& allocator = allocator_;
    allocator.destroy(this);
  }

 private:
  [[nodiscard]] bool is_image_mapped() const {
    return image_ != nullptr && image_->bytes() >= kLeastMapped && image_->is_wanted_again();
  }

  Allocator& allocator_;
  uint64_t minimum_;
  uint64_t maximum_;
  MemoryImage* image_;
  MemoryRegion region_;
  uint64_t reserved_;
  uint32_t range_;  // kNone unless guarded
};

LinearMemory* refuse(Diagnostic& diagnostic, const char* step, uint64_t bytes, int error) {
  diagnostic.fail(Error::LinearMemory, "%s: %s of %llu bytes refused (%s)",
                  error_text(Error::LinearMemory), step, static_cast<unsigned long long>(bytes),
                  std::strerror(error));
  return nullptr;
}

Reservation find_space(bool guarded, uint64_t reserved) {
  if (guarded) return take_reservation();
  platform::Reserved space = platform::reserve(reserved);
  return {MemoryRegion(space.address, 0), platform::RangeTable::kNone, space.error};
}

void give_up(bool guarded, const Reservation& space, uint64_t reserved) {
  if (guarded) return give_reservation(space);
  platform::release(space.region.base(), reserved);
}

}  // namespace

LinearMemory* create_mapped_memory(Allocator& allocator, bool signals, const MemoryRequest& request,
                                   Diagnostic& diagnostic) {
  bool guarded = signals && platform::reservations_are_cheap() && request.index_bits == 32 &&
                 platform::fault_handlers_active() && sizeof(void*) == 8 &&
                 request.minimum % platform::page_size() == 0 && request.maximum <= kReach32;
  uint64_t reserved = guarded ? kGuardedReservation : MemoryRegion::whole_pages(request.maximum);
  if (reserved == 0) reserved = platform::page_size();
  if (reserved > kMostReserved || reserved > SIZE_MAX / 2 || request.maximum > kMostReserved) {
    return refuse(diagnostic, "reservation", request.maximum, ENOMEM);
  }
  Reservation space = find_space(guarded, reserved);
  if (space.error != 0) return refuse(diagnostic, "reservation", reserved, space.error);

  MappedMemory* memory =
      allocator.create<MappedMemory>(allocator, request, space.region, reserved, space.range);
  if (memory == nullptr) {
    give_up(guarded, space, reserved);
    return refuse(diagnostic, "bookkeeping", sizeof(MappedMemory), ENOMEM);
  }
  if (int error = memory->open(); error != 0) {
    memory->release();
    return refuse(diagnostic, "commit", request.minimum, error);
  }
  return memory;
}

}  // namespace wembed
