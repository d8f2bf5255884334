// Things that wait for the next user, a few on each of many shelves. A thread keeps to its own
// shelf and the next ones: what it gets is what it put there last, in the caches of its processor,
// and no two threads write to the same lines as long as there are no more of them than shelves.
#pragma once

#include <cstdint>
#include <mutex>

#include "base/thread_number.h"

namespace wembed {

template <class Item> class Shelves {
 public:
  constexpr Shelves() = default;

  // One for which `fits` holds. False: there is none near.
  template <class Fits> bool take(Item& item, Fits fits) {
    return near([&](Shelf& shelf) { return shelf.take(item, fits); });
  }
  // False: there is no room.
  bool put(const Item& item) {
    return near([&](Shelf& shelf) { return shelf.put(item); });
  }
  // Any one at all, wherever it is.
  bool take_any(Item& item) {
    for (Shelf& shelf : shelves_) {
      if (shelf.take(item, [](const Item&) { return true; })) return true;
    }
    return false;
  }

 private:
  static constexpr uint32_t kShelves = 64;
  static constexpr uint32_t kNear = 4;      // of one thread
  static constexpr uint32_t kMostKept = 2;  // on a shelf

  struct alignas(64) Shelf {
    std::mutex mutex;
    uint32_t count = 0;
    Item items[kMostKept];

    template <class Fits> bool take(Item& item, Fits fits) {
      std::lock_guard<std::mutex> lock(mutex);
      for (uint32_t i = count; i-- > 0;) {
        if (!fits(items[i])) continue;
        item = items[i];
        items[i] = items[--count];
        return true;
      }
      return false;
    }
    bool put(const Item& item) {
      std::lock_guard<std::mutex> lock(mutex);
      if (count == kMostKept) return false;
      items[count++] = item;
      return true;
    }
  };

  // True as soon as `serves` is for one of the thread's shelves; its own comes first.
  template <class Serves> bool near(Serves serves) {
    uint32_t own = thread_number();
    for (uint32_t i = 0; i < kNear; i++) {
      if (serves(shelves_[(own + i) % kShelves])) return true;
    }
    return false;
  }

  Shelf shelves_[kShelves];
};

}  // namespace wembed
