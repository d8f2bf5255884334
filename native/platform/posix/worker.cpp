#include "platform/worker.h"

#include <pthread.h>
#include <sys/resource.h>
#if defined(__linux__)
#include <sys/syscall.h>
#endif
#include <unistd.h>

#include <cerrno>
#include <cstdint>

#include "platform/posix/quiet_thread.h"

namespace wembed::platform {

namespace {

constexpr size_t kThreadStack = 512 * 1024;
constexpr int kNice = 5;

// Plain and never destroyed: the thread may still run while the process exits.
struct Service {
  pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
  pthread_cond_t wake = PTHREAD_COND_INITIALIZER;  // there is work, or no more of it
  pthread_cond_t done = PTHREAD_COND_INITIALIZER;  // it is done, or the thread has ended
  void (*run)(void* context) = nullptr;            // null: nothing to do
  void* context = nullptr;
  uint32_t users = 0;
  bool started = false;
  bool stop = false;
  bool fork_prepared = false;
  pthread_t thread = {};
};
constinit Service service;

struct Locked {
  Locked() { pthread_mutex_lock(&service.mutex); }
  ~Locked() { pthread_mutex_unlock(&service.mutex); }
};

void after_fork_in_child() {
  service.mutex = PTHREAD_MUTEX_INITIALIZER;
  service.wake = PTHREAD_COND_INITIALIZER;
  service.done = PTHREAD_COND_INITIALIZER;
  service.run = nullptr;
  service.started = false;
  service.stop = false;
}

void lower_priority() {
#if defined(__linux__)
  // On Linux a thread has a priority of its own. It does its work without it, too.
  const auto self = static_cast<id_t>(syscall(SYS_gettid));  // glibc has gettid() since 2.30
  static_cast<void>(setpriority(PRIO_PROCESS, self, kNice));
#endif
}

void* serve(void*) {
  lower_priority();
  Locked lock;
  for (;;) {
    while (service.run == nullptr && !service.stop) {
      pthread_cond_wait(&service.wake, &service.mutex);
    }
    if (service.run == nullptr) return nullptr;
    pthread_mutex_unlock(&service.mutex);
    service.run(service.context);
    pthread_mutex_lock(&service.mutex);
    service.run = nullptr;
    pthread_cond_broadcast(&service.done);
  }
}

// Under the lock.
int start_thread() {
  if (!service.fork_prepared) {
    int error = pthread_atfork([] { pthread_mutex_lock(&service.mutex); },
                               [] { pthread_mutex_unlock(&service.mutex); }, after_fork_in_child);
    if (error != 0) return error;
    service.fork_prepared = true;
  }
  int error = start_quiet_thread(service.thread, serve, kThreadStack);
  service.started = error == 0;
  return error;
}

}  // namespace

void retain_worker() {
  Locked lock;
  service.users++;
}

void release_worker() {
  Locked lock;
  if (--service.users > 0 || !service.started || service.stop) return;
  service.stop = true;
  pthread_t thread = service.thread;
  pthread_cond_signal(&service.wake);
  pthread_mutex_unlock(&service.mutex);
  pthread_join(thread, nullptr);
  pthread_mutex_lock(&service.mutex);
  service.stop = false;
  service.started = false;
  pthread_cond_broadcast(&service.done);
}

int give_work(void (*run)(void* context), void* context) {
  Locked lock;
  if (service.run != nullptr || service.stop) return EBUSY;
  if (!service.started) {
    if (int error = start_thread(); error != 0) return error;
  }
  service.run = run;
  service.context = context;
  pthread_cond_signal(&service.wake);
  return 0;
}

void wait_for_worker() {
  Locked lock;
  while (service.run != nullptr) pthread_cond_wait(&service.done, &service.mutex);
}

}  // namespace wembed::platform
