#include "platform/name_lookup.h"

#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <cstring>
#include <new>

#include "platform/posix/socket_address.h"
#include "platform/posix/system_call.h"

namespace wembed::platform {

namespace {

// More would be those that nobody waits for any longer.
constexpr uint32_t kMostAtATime = 16;
std::atomic<uint32_t> running{0};

// What comes through the descriptor.
struct Record {
  int failed = 0;
  NameAnswer answer;
};

// It may outlive the runtime that asked, whose allocator it therefore does not use.
struct Lookup {
  char host[kMostNameBytes + 1];
  char service[kMostNameBytes + 1];
  NameQuestion question;
  int answers;
};

int to_system_error(int error) {
  switch (error) {
    case 0: return 0;
    case EAI_AGAIN: return EAGAIN;
    case EAI_MEMORY: return ENOMEM;
    case EAI_NONAME: return ENOENT;
#if defined(EAI_NODATA) && EAI_NODATA != EAI_NONAME
    case EAI_NODATA: return ENOENT;
#endif
    case EAI_FAMILY: return EAFNOSUPPORT;
    case EAI_SERVICE:
    case EAI_SOCKTYPE: return EINVAL;
    default: return EIO;
  }
}

// False: nobody listens, or there are more than fit. The signal for that is one of those this
// thread does not take.
bool tell(int descriptor, const Record& record) {
  ssize_t sent = ::send(descriptor, &record, sizeof(record), MSG_DONTWAIT);
  return sent == static_cast<ssize_t>(sizeof(record));
}

void answer(const Lookup& lookup) {
  addrinfo wanted = {};
  wanted.ai_family = lookup.question.family == NameQuestion::V4   ? AF_INET
                     : lookup.question.family == NameQuestion::V6 ? AF_INET6
                                                                  : AF_UNSPEC;
  wanted.ai_socktype = lookup.question.type == NameQuestion::Stream     ? SOCK_STREAM
                       : lookup.question.type == NameQuestion::Datagram ? SOCK_DGRAM
                                                                        : 0;
  addrinfo* found = nullptr;
  const char* service = lookup.service[0] == 0 ? nullptr : lookup.service;
  Record record;
  record.failed = to_system_error(getaddrinfo(lookup.host, service, &wanted, &found));
  if (record.failed != 0) {
    tell(lookup.answers, record);
    return;
  }
  for (const addrinfo* item = found; item != nullptr; item = item->ai_next) {
    if (item->ai_socktype != SOCK_STREAM && item->ai_socktype != SOCK_DGRAM) continue;
    sockaddr_storage address = {};
    std::memcpy(&address, item->ai_addr, std::min<size_t>(item->ai_addrlen, sizeof(address)));
    if (!read_address(address, record.answer.address)) continue;
    record.answer.is_datagram = item->ai_socktype == SOCK_DGRAM;
    if (!tell(lookup.answers, record)) break;
  }
  freeaddrinfo(found);
}

void* run(void* given) {
  auto* lookup = static_cast<Lookup*>(given);
  answer(*lookup);
  close(lookup->answers);
  std::free(lookup);
  running.fetch_sub(1, std::memory_order_relaxed);
  return nullptr;
}

// The host's signals are not for it.
int start(Lookup* lookup) {
  pthread_attr_t attributes;
  if (int error = pthread_attr_init(&attributes); error != 0) return error;
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, &before);
  pthread_t thread;
  int error = pthread_create(&thread, &attributes, run, lookup);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  pthread_attr_destroy(&attributes);
  return error;
}

int open_channel(int (&ends)[2]) {
#ifdef SOCK_CLOEXEC
  return result_of(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends));
#else
  return result_of(socketpair(AF_UNIX, SOCK_STREAM, 0, ends));
#endif
}

}  // namespace

int begin_name_lookup(const char* host, const char* service, const NameQuestion& question,
                      int& descriptor) {
  if (std::strlen(host) > kMostNameBytes || std::strlen(service) > kMostNameBytes) {
    return ENAMETOOLONG;
  }
  if (running.fetch_add(1, std::memory_order_relaxed) >= kMostAtATime) {
    running.fetch_sub(1, std::memory_order_relaxed);
    return EAGAIN;
  }
  int ends[2] = {-1, -1};
  int error = open_channel(ends);
  void* block = error == 0 ? std::malloc(sizeof(Lookup)) : nullptr;
  if (error == 0 && block == nullptr) error = ENOMEM;
  if (error == 0) {
    auto* lookup = ::new (block) Lookup{{}, {}, question, ends[1]};
    std::strcpy(lookup->host, host);
    std::strcpy(lookup->service, service);
    error = start(lookup);
  }
  if (error == 0) {
    descriptor = ends[0];
    return 0;
  }
  for (int end : ends) {
    if (end >= 0) close(end);
  }
  std::free(block);
  running.fetch_sub(1, std::memory_order_relaxed);
  return error;
}

int read_name_answers(int descriptor, NameAnswer* answers, size_t room, size_t& count, int& failed,
                      bool& is_over) {
  count = 0;
  failed = 0;
  is_over = false;
  while (count < room) {
    Record record;
    size_t done = 0;
    int error =
        transfer(done, [&] { return recv(descriptor, &record, sizeof(record), MSG_DONTWAIT); });
    if (error != 0) return count > 0 && error == EAGAIN ? 0 : error;
    is_over = done != sizeof(record);
    if (is_over) return 0;
    failed = record.failed;
    if (failed == 0) answers[count++] = record.answer;
  }
  return 0;
}

}  // namespace wembed::platform
