// What guests may reach by sockets: addresses, and names they may look up. Nothing that was not
// said.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/vector.h"
#include "platform/sockets.h"

namespace wembed::wasi {

using platform::InternetAddress;

class Network {
 public:
  explicit Network(Allocator& allocator) : ranges_(allocator), names_(allocator) {}

  enum class Refusal : uint8_t { None, NoMask, NoNumber, WrongMask, NoAddress, NoMemory };
  // "10.0.0.0/8", "2001:db8::/32": an address, and how many of its first bits count.
  [[nodiscard]] Refusal allow_addresses(std::string_view range);
  // "example.org", "*.example.org", "*". False: no memory.
  [[nodiscard]] bool allow_name(std::string_view name);

  // To be bound to, or a group to be a member of.
  [[nodiscard]] bool allows(const InternetAddress& address) const;
  // To be spoken to: where the unspecified address means the machine itself.
  [[nodiscard]] bool allows_receiver(const InternetAddress& address) const;
  // Without regard to case, as names are.
  [[nodiscard]] bool allows_name(std::string_view name) const;

 private:
  struct Range {
    InternetAddress first;
    uint32_t bits;
  };
  Vector<Range> ranges_;
  Vector<char> names_;  // each with its NUL
};

}  // namespace wembed::wasi
