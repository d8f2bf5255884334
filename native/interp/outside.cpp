// Accesses whose address is not their memory's, by operations of far memories: shared heaps lie
// there. Apart from the handlers, which would have to save their state for a call.
#include "interp/dispatch.h"
#include "interp/handler_access.h"

namespace wembed {

namespace {

uint8_t* find_outside(const uint64_t* ip, const Slot* fp, int field, uint64_t bytes) {
  uint64_t at = SLOT(u64, field) & W(3);
  if (__builtin_add_overflow(at, W(2), &at)) return nullptr;
  return shared_bytes(*INSTANCE->memories[P(2)], at, bytes);
}

template <class M, class R> Trap load(const uint64_t* ip, Slot* fp) {
  const uint8_t* place = find_outside(ip, fp, 1, sizeof(M));
  if (place == nullptr) return Trap::MemoryOutOfBounds;
  fp[P(0)] = static_cast<R>(read_guest<M>(place));
  return Trap::None;
}

template <class M> Trap store(const uint64_t* ip, Slot* fp) {
  uint8_t* place = find_outside(ip, fp, 0, sizeof(M));
  if (place == nullptr) return Trap::MemoryOutOfBounds;
  write_guest<M>(place, SLOT(M, 1));
  return Trap::None;
}

}  // namespace

Trap access_outside(const uint64_t* ip, Slot* fp) {
  switch (far_op_at(ip)) {
    case RegOp::FarLoad8: return load<uint8_t, u64>(ip, fp);
    case RegOp::FarLoad16: return load<uint16_t, u64>(ip, fp);
    case RegOp::FarLoad32: return load<u32, u64>(ip, fp);
    case RegOp::FarLoad64: return load<u64, u64>(ip, fp);
    case RegOp::FarLoad8S32: return load<int8_t, u32>(ip, fp);
    case RegOp::FarLoad16S32: return load<int16_t, u32>(ip, fp);
    case RegOp::FarLoad8S64: return load<int8_t, u64>(ip, fp);
    case RegOp::FarLoad16S64: return load<int16_t, u64>(ip, fp);
    case RegOp::FarLoad32S64: return load<int32_t, u64>(ip, fp);
    case RegOp::FarStore8: return store<uint8_t>(ip, fp);
    case RegOp::FarStore16: return store<uint16_t>(ip, fp);
    case RegOp::FarStore32: return store<u32>(ip, fp);
    case RegOp::FarStore64: return store<u64>(ip, fp);
    case RegOp::FarLoad128: {
      const uint8_t* place = find_outside(ip, fp, 1, 2 * sizeof(Slot));
      if (place == nullptr) break;
      std::memcpy(fp + P(0), place, 2 * sizeof(Slot));
      return Trap::None;
    }
    default: {
      uint8_t* place = find_outside(ip, fp, 0, 2 * sizeof(Slot));
      if (place == nullptr) break;
      std::memcpy(place, fp + P(1), 2 * sizeof(Slot));
      return Trap::None;
    }
  }
  return Trap::MemoryOutOfBounds;
}

}  // namespace wembed
