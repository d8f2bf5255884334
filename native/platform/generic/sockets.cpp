// Where no system is known there are no sockets.
#include "platform/sockets.h"

#include <cerrno>

#include "platform/name_lookup.h"

namespace wembed::platform {

bool parse_address(const char*, InternetAddress&) { return false; }
int open_socket(bool, bool, int&) { return ENOSYS; }
int bind_socket(int, const InternetAddress&) { return ENOSYS; }
int listen_to(int, uint32_t) { return ENOSYS; }
bool is_listening(int) { return false; }
int accept_connection(int, int&) { return ENOSYS; }
int begin_connection(int, const InternetAddress&) { return ENOSYS; }
int connection_error(int) { return ENOSYS; }
int shut_down(int, bool, bool) { return ENOSYS; }
int local_address(int, InternetAddress&) { return ENOSYS; }
int remote_address(int, InternetAddress&) { return ENOSYS; }
int receive(int, const Piece*, size_t, bool, size_t&, bool&, InternetAddress*) { return ENOSYS; }
int send(int, const Piece*, size_t, size_t&, const InternetAddress*) { return ENOSYS; }
int set_socket_option(int, SocketOption, int) { return ENOSYS; }
int socket_option(int, SocketOption, int&) { return ENOSYS; }
int set_reset_on_close(int, bool) { return ENOSYS; }
int set_membership(int, const InternetAddress&, uint32_t, bool) { return ENOSYS; }

int begin_name_lookup(const char*, const char*, const NameQuestion&, int&) { return ENOSYS; }
int read_name_answers(int, NameAnswer*, size_t, size_t&, int&, bool&) { return ENOSYS; }

}  // namespace wembed::platform
