// How threads of the process's own are started: they take no signals, which belong to the host's.
#pragma once

#include <pthread.h>
#include <signal.h>

#include <cerrno>
#include <cstddef>

namespace wembed::platform {

// 0, or the error number.
inline int start_quiet_thread(pthread_t& thread, void* (*run)(void*), size_t stack_bytes) {
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, stack_bytes);
  int error = pthread_create(&thread, &attributes, run, nullptr);
  // A system or a sanitizer that wants more stack than that gets its default.
  if (error == EINVAL) error = pthread_create(&thread, nullptr, run, nullptr);
  pthread_attr_destroy(&attributes);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return error;
}

}  // namespace wembed::platform
