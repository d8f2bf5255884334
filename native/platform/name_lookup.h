// Asking the system for the addresses of a name.
//
// Its functions wait for servers and cannot be ended, so each look-up has a thread of its own,
// which answers through a descriptor: whoever does not want to wait any longer closes that.
#pragma once

#include "platform/sockets.h"

namespace wembed::platform {

struct NameQuestion {
  enum Family : uint8_t { AnyFamily, V4, V6 } family = AnyFamily;
  enum Type : uint8_t { AnyType, Stream, Datagram } type = AnyType;
};

struct NameAnswer {
  InternetAddress address;
  bool is_datagram = false;
};

// Most names and services that are looked up.
constexpr size_t kMostNameBytes = 255;

// The end of the answers comes when `descriptor` is read to its end. An empty service: none.
// EAGAIN: too many are being looked up.
int begin_name_lookup(const char* host, const char* service, const NameQuestion& question,
                      int& descriptor);

// What has come of them, behind each other. `failed`: 0, or why there are none. EAGAIN: nothing
// yet; `is_over`: that was all.
int read_name_answers(int descriptor, NameAnswer* answers, size_t room, size_t& count, int& failed,
                      bool& is_over);

}  // namespace wembed::platform
