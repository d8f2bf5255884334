// Addresses as the system has them.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <cstring>

#include "platform/sockets.h"

namespace wembed::platform {

class SystemAddress {
 public:
  explicit SystemAddress(const InternetAddress& address) : is_v6_(address.is_v6) {
    if (is_v6_) {
      v6_.sin6_family = AF_INET6;
      v6_.sin6_port = htons(address.port);
      std::memcpy(&v6_.sin6_addr, address.bytes, sizeof(v6_.sin6_addr));
    } else {
      v4_.sin_family = AF_INET;
      v4_.sin_port = htons(address.port);
      std::memcpy(&v4_.sin_addr, address.bytes, sizeof(v4_.sin_addr));
    }
  }
  [[nodiscard]] const sockaddr* data() const {
    return is_v6_ ? reinterpret_cast<const sockaddr*>(&v6_)
                  : reinterpret_cast<const sockaddr*>(&v4_);
  }
  [[nodiscard]] socklen_t size() const { return is_v6_ ? sizeof(v6_) : sizeof(v4_); }

 private:
  const bool is_v6_;
  sockaddr_in v4_ = {};
  sockaddr_in6 v6_ = {};
};

// False: it is none of the internet's, and `address` stays as it is.
inline bool read_address(const sockaddr_storage& found, InternetAddress& address) {
  if (found.ss_family == AF_INET) {
    sockaddr_in v4;
    std::memcpy(&v4, &found, sizeof(v4));
    address = {};
    address.port = ntohs(v4.sin_port);
    std::memcpy(address.bytes, &v4.sin_addr, sizeof(v4.sin_addr));
    return true;
  }
  if (found.ss_family != AF_INET6) return false;
  sockaddr_in6 v6;
  std::memcpy(&v6, &found, sizeof(v6));
  address.is_v6 = true;
  address.port = ntohs(v6.sin6_port);
  std::memcpy(address.bytes, &v6.sin6_addr, sizeof(v6.sin6_addr));
  return true;
}

}  // namespace wembed::platform
