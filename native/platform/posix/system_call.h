// System calls on descriptors: done once more when a signal came in between, with what they say as
// a result.
#pragma once

#include <sys/types.h>
#include <sys/uio.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstddef>

#include "platform/files.h"

namespace wembed::platform {

inline int result_of(int returned) { return returned < 0 ? errno : 0; }

// What returns a number of bytes.
template <class Act> int transfer(size_t& done, Act act) {
  for (;;) {
    ssize_t moved = act();
    if (moved >= 0) {
      done = static_cast<size_t>(moved);
      return 0;
    }
    if (errno != EINTR) return errno;
  }
}

template <class Act> int retried(Act act) {
  for (;;) {
    int returned = act();
    if (returned >= 0) return 0;
    if (errno != EINTR) return errno;
  }
}

// What returns a descriptor.
template <class Act> int opened(int& descriptor, Act act) {
  return retried([&] { return descriptor = act(); });
}

// The pieces have the layout of the system's.
static_assert(sizeof(Piece) == sizeof(iovec) &&
              offsetof(Piece, data) == offsetof(iovec, iov_base) &&
              offsetof(Piece, size) == offsetof(iovec, iov_len));
inline const iovec* vectors(const Piece* pieces) { return reinterpret_cast<const iovec*>(pieces); }

inline int bounded(size_t count) {
  constexpr size_t kMostPieces = IOV_MAX < 1024 ? IOV_MAX : 1024;
  return static_cast<int>(std::min(count, kMostPieces));
}

}  // namespace wembed::platform
