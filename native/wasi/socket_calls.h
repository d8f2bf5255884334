// What the calls on sockets share.
#pragma once

#include "wasi/call.h"
#include "wasi/socket.h"

namespace wembed::wasi {

// The socket of argument 0. What is none is told before a missing right, which it has none of in
// any case.
Errno get_socket(Call& call, uint64_t rights, Held& held, Socket*& socket);

// The address that the argument at `index` points to. False: it lies outside. PROTONOSUPPORT: it is
// of no kind.
bool read_address(Call& call, uint32_t index, InternetAddress& address, Errno& error);
// The same without a port.
bool read_address_ip(Call& call, uint32_t index, InternetAddress& address, Errno& error);
// Takes kAddressBytes.
void write_address(uint8_t* at, const InternetAddress& address);

}  // namespace wembed::wasi
