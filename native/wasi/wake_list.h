// Threads that wait for something that is no descriptor of the system's.
//
//   Watch watch(list, parking);   // from here on wake() is not lost
//   if (it can be done) ...       // look behind that
//   parking.sleep(...)
#pragma once

#include <mutex>

#include "runtime/parking.h"

namespace wembed::wasi {

class Watch;

class WakeList {
 public:
  WakeList() = default;
  WakeList(const WakeList&) = delete;
  WakeList& operator=(const WakeList&) = delete;
  // All that watch now look again. Any thread.
  void wake();

 private:
  friend class Watch;
  std::mutex mutex_;
  Watch* first_ = nullptr;
};

class Watch {
 public:
  Watch(WakeList& list, Parking& parking);
  ~Watch();
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

 private:
  friend class WakeList;
  WakeList& list_;
  Parking& parking_;
  Watch* next_;
  Watch** place_;  // what points here
};

}  // namespace wembed::wasi
