// Addresses of sockets, and the addresses of names.
#include "platform/name_lookup.h"
#include "wasi/calls.h"
#include "wasi/socket_calls.h"

namespace wembed::wasi {

namespace {

constexpr uint32_t kV4PortAt = 8, kV6PortAt = 20;
constexpr int kGroups = 8;

// Ports and groups of version 6 are numbers of the guest's, not in the order of the network.
Errno load_address(const uint8_t* at, InternetAddress& address) {
  auto kind = load<uint32_t>(at);
  if (kind != kInet4 && kind != kInet6) return Errno::kPROTONOSUPPORT;
  address = {};
  address.is_v6 = kind == kInet6;
  if (!address.is_v6) {
    std::memcpy(address.bytes, at + 4, 4);
    return kSuccess;
  }
  for (int i = 0; i < kGroups; i++) {
    auto group = load<uint16_t>(at + 4 + 2 * i);
    address.bytes[2 * i] = static_cast<uint8_t>(group >> 8);
    address.bytes[2 * i + 1] = static_cast<uint8_t>(group);
  }
  return kSuccess;
}

}  // namespace

bool read_address(Call& call, uint32_t index, InternetAddress& address, Errno& error) {
  const uint8_t* at = call.range(call.word(index), kAddressBytes);
  if (at == nullptr) return false;
  error = load_address(at, address);
  address.port = load<uint16_t>(at + (address.is_v6 ? kV6PortAt : kV4PortAt));
  return true;
}

bool read_address_ip(Call& call, uint32_t index, InternetAddress& address, Errno& error) {
  const uint8_t* at = call.range(call.word(index), kAddressIpBytes);
  if (at == nullptr) return false;
  error = load_address(at, address);
  return true;
}

void write_address(uint8_t* at, const InternetAddress& address) {
  std::memset(at, 0, kAddressBytes);
  store(at, address.is_v6 ? kInet6 : kInet4);
  store(at + (address.is_v6 ? kV6PortAt : kV4PortAt), address.port);
  if (!address.is_v6) {
    std::memcpy(at + 4, address.bytes, 4);
    return;
  }
  for (int i = 0; i < kGroups; i++) {
    unsigned group = unsigned{address.bytes[2 * i]} << 8 | address.bytes[2 * i + 1];
    store(at + 4 + 2 * i, static_cast<uint16_t>(group));
  }
}

namespace {

template <class Ask> Trap give_address(Call& call, uint64_t rights, Ask ask) {
  uint8_t* target = call.range(call.word(1), kAddressBytes);
  if (target == nullptr) return Trap::MemoryOutOfBounds;
  Held held;
  Socket* socket = nullptr;
  Errno error = get_socket(call, rights, held, socket);
  InternetAddress address;
  if (error == kSuccess) error = to_errno(ask(socket->descriptor(), address));
  if (error == kSuccess) write_address(target, address);
  return call.give(error);
}

}  // namespace

Trap sock_addr_local(Call& call) {
  return give_address(call, right::kAddressLocal, platform::local_address);
}

Trap sock_addr_remote(Call& call) {
  return give_address(call, right::kAddressRemote, platform::remote_address);
}

// ---- Names

namespace {

// A text of the guest's that ends with a NUL, as the system takes it. False: there is none in its
// memory. NAMETOOLONG.
bool read_text(Call& call, uint32_t index, char (&text)[platform::kMostNameBytes + 1],
               Errno& error) {
  for (size_t i = 0; i < sizeof(text); i++) {
    uint64_t at = uint64_t{call.word(index)} + i;
    const uint8_t* byte = at > UINT32_MAX ? nullptr : call.range(static_cast<uint32_t>(at), 1);
    if (byte == nullptr) return false;
    text[i] = static_cast<char>(*byte);
    if (text[i] == 0) return true;
  }
  error = Errno::kNAMETOOLONG;
  return true;
}

platform::NameQuestion question_of(const uint8_t* hints) {
  using Question = platform::NameQuestion;
  Question question;
  if (hints[8] == 0) return question;
  auto type = load<uint32_t>(hints);
  auto family = load<uint32_t>(hints + 4);
  if (type != kAnyType) {
    question.type = type == kDatagramType ? Question::Datagram : Question::Stream;
  }
  if (family == kInet4) question.family = Question::V4;
  if (family == kInet6) question.family = Question::V6;
  return question;
}

// The answers of a look-up, until it is over or the guest has to stop.
class Lookup {
 public:
  explicit Lookup(Call& call) : waiter_(call.env()) {}
  ~Lookup() {
    if (descriptor_ >= 0) platform::close_file(descriptor_);
  }
  Lookup(const Lookup&) = delete;
  Lookup& operator=(const Lookup&) = delete;

  Errno begin(const char* host, const char* service, const platform::NameQuestion& question) {
    return to_errno(platform::begin_name_lookup(host, service, question, descriptor_));
  }

  // Writes as many as there is room for, and counts all.
  Errno read(uint8_t* target, uint32_t room, uint32_t& count) {
    for (;;) {
      if (Errno error = waiter_.wait(descriptor_, false, true); error != kSuccess) return error;
      platform::NameAnswer answers[8];
      size_t found = 0;
      int failed = 0;
      bool is_over = false;
      Errno error = to_errno(platform::read_name_answers(descriptor_, answers, std::size(answers),
                                                         found, failed, is_over));
      if (error != kSuccess && error != Errno::kAGAIN) return error;
      if (failed != 0) return to_errno(failed);
      for (size_t i = 0; i < found; i++, count++) {
        if (count < room) write(target + size_t{count} * kAddressInfoBytes, answers[i]);
      }
      if (is_over) return kSuccess;
    }
  }
  [[nodiscard]] const Waiter& waiter() const { return waiter_; }

 private:
  static void write(uint8_t* at, const platform::NameAnswer& answer) {
    write_address(at, answer.address);
    store(at + kAddressBytes, uint32_t{answer.is_datagram ? 0u : 1u});
  }

  Waiter waiter_;
  int descriptor_ = -1;
};

}  // namespace

Trap sock_addr_resolve(Call& call) {
  char host[platform::kMostNameBytes + 1], service[platform::kMostNameBytes + 1];
  Errno error = kSuccess;
  uint32_t room = call.word(4);
  uint8_t* hints = call.range(call.word(2), kHintsBytes);
  uint8_t* target = call.range(call.word(3), uint64_t{room} * kAddressInfoBytes);
  uint8_t* found = call.place<uint32_t>(5);
  bool is_inside = hints != nullptr && target != nullptr && found != nullptr &&
                   read_text(call, 0, host, error) && read_text(call, 1, service, error);
  if (!is_inside) return Trap::MemoryOutOfBounds;
  if (error != kSuccess) return call.give(error);
  if (!call.settings().network.allows_name(host)) return call.give(Errno::kACCES);
  Lookup lookup(call);
  uint32_t count = 0;
  error = lookup.begin(host, service, question_of(hints));
  if (error == kSuccess) error = lookup.read(target, room, count);
  if (error != kSuccess) return call.give(error, lookup.waiter());
  store(found, count);
  return call.give(kSuccess);
}

}  // namespace wembed::wasi
