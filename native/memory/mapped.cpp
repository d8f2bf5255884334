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
#include "memory/reservations.h"
#include "platform/fault.h"
#include "platform/virtual_memory.h"

namespace wembed {

namespace {

// Larger maxima are left to backends that do not reserve them: address space has 47 bits.
constexpr uint64_t kMostReserved = uint64_t{1} << 40;

class MappedMemory final : public LinearMemory {
 public:
  // `accessible` bytes of the space are committed already, and zero.
  MappedMemory(Allocator& allocator, const MemoryRequest& request, uint8_t* base,
               uint64_t accessible, uint64_t reserved, uint32_t range)
      : allocator_(allocator),
        minimum_(request.minimum),
        maximum_(request.maximum),
        accessible_(accessible),
        reserved_(reserved),
        range_(range) {
    view_.base = base;
    guarded_ = range != platform::RangeTable::kNone;
  }

  bool grow(uint64_t bytes) override {
    if (bytes < view_.size || bytes > maximum_) return false;
    // Between a size and the next page nothing would fault.
    if (guarded_ && bytes % platform::page_size() != 0) return false;
    uint64_t end = whole_pages(bytes);
    if (platform::commit(view_.base + accessible_, end - accessible_) != 0) return false;
    // The rest of the last page was out of bounds but writable by nobody, hence still zero.
    accessible_ = end;
    view_.size = bytes;
    return true;
  }

  bool reset() override {
    uint64_t keep = whole_pages(minimum_);
    if (platform::discard(view_.base, keep) != 0) return false;
    if (platform::decommit(view_.base + keep, accessible_ - keep) != 0) return false;
    accessible_ = keep;
    view_.size = minimum_;
    return true;
  }

  Backend backend() const override { return Backend::Mapped; }

  void release() override {
    platform::unregister_guest_range(range_);
    if (guarded_) {
      give_reservation(view_.base, accessible_);
    } else {
      platform::release(view_.base, reserved_);
    }
    Allocator& allocator = allocator_;
    allocator.destroy(this);
  }

  static uint64_t whole_pages(uint64_t bytes) {
    uint64_t mask = platform::page_size() - 1;
    return (bytes + mask) & ~mask;
  }

 private:
  Allocator& allocator_;
  uint64_t minimum_;
  uint64_t maximum_;
  uint64_t accessible_;  // view_.size in whole pages
  uint64_t reserved_;
  uint32_t range_;  // kNone unless guarded
};

LinearMemory* refuse(Diagnostic& diagnostic, const char* step, uint64_t bytes, int error) {
  diagnostic.fail(Error::LinearMemory, "%s: %s of %llu bytes refused (%s)",
                  error_text(Error::LinearMemory), step, static_cast<unsigned long long>(bytes),
                  std::strerror(error));
  return nullptr;
}

// Space for the request, with no more accessible than its minimum.
Reservation find_space(bool guarded, uint64_t reserved, uint64_t minimum) {
  if (!guarded) {
    platform::Reserved space = platform::reserve(reserved);
    return {space.address, 0, space.error};
  }
  Reservation space = take_reservation();
  if (space.accessible > minimum) {
    int error = platform::decommit(space.base + minimum, space.accessible - minimum);
    if (error != 0) {
      platform::release(space.base, reserved);
      return {nullptr, 0, error};
    }
    space.accessible = minimum;
  }
  return space;
}

void give_up(bool guarded, const Reservation& space, uint64_t reserved) {
  if (guarded) return give_reservation(space.base, space.accessible);
  platform::release(space.base, reserved);
}

}  // namespace

LinearMemory* create_mapped_memory(Allocator& allocator, bool signals, const MemoryRequest& request,
                                   Diagnostic& diagnostic) {
  bool guarded = signals && request.index_bits == 32 && platform::fault_handlers_active() &&
                 sizeof(void*) == 8 && request.minimum % platform::page_size() == 0 &&
                 request.maximum <= kReach32;
  uint64_t reserved = guarded ? kGuardedReservation : MappedMemory::whole_pages(request.maximum);
  if (reserved == 0) reserved = platform::page_size();
  if (reserved > kMostReserved || reserved > SIZE_MAX / 2 || request.maximum > kMostReserved) {
    return refuse(diagnostic, "reservation", request.maximum, ENOMEM);
  }
  Reservation space = find_space(guarded, reserved, request.minimum);
  if (space.error != 0) return refuse(diagnostic, "reservation", reserved, space.error);

  uint32_t range = platform::RangeTable::kNone;
  if (guarded) range = platform::register_guest_range(space.base, reserved);
  MappedMemory* memory = nullptr;
  if (!guarded || range != platform::RangeTable::kNone) {
    memory = allocator.create<MappedMemory>(allocator, request, space.base, space.accessible,
                                            reserved, range);
  }
  if (memory == nullptr) {
    platform::unregister_guest_range(range);
    give_up(guarded, space, reserved);
    return refuse(diagnostic, "bookkeeping", sizeof(MappedMemory), ENOMEM);
  }
  if (!memory->grow(request.minimum)) {
    memory->release();
    return refuse(diagnostic, "commit", request.minimum, ENOMEM);
  }
  return memory;
}

}  // namespace wembed
