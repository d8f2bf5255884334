#include "platform/thread.h"

#include <pthread.h>

#include <cstring>

namespace wembed::platform {

namespace {

static_assert(sizeof(pthread_t) <= sizeof(uintptr_t));

struct Start {
  void (*run)(void* argument);
  void* argument;
  pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
  pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
  bool is_read = false;
};

// What it needs is on the stack of whoever starts it, until it says that it has read it.
void* begin(void* given) {
  Start& start = *static_cast<Start*>(given);
  auto* run = start.run;
  void* argument = start.argument;
  pthread_mutex_lock(&start.mutex);
  start.is_read = true;
  pthread_cond_signal(&start.changed);
  pthread_mutex_unlock(&start.mutex);
  run(argument);
  return nullptr;
}

}  // namespace

bool start_thread(void (*run)(void* argument), void* argument, size_t stack_bytes,
                  uintptr_t& thread) {
  Start start;
  start.run = run;
  start.argument = argument;
  pthread_attr_t attributes;
  if (pthread_attr_init(&attributes) != 0) return false;
  pthread_t made;
  int error = pthread_attr_setstacksize(&attributes, stack_bytes);
  if (error == 0) error = pthread_create(&made, &attributes, begin, &start);
  pthread_attr_destroy(&attributes);
  if (error == 0) {
    pthread_mutex_lock(&start.mutex);
    while (!start.is_read) pthread_cond_wait(&start.changed, &start.mutex);
    pthread_mutex_unlock(&start.mutex);
    thread = 0;
    std::memcpy(&thread, &made, sizeof(made));
  }
  pthread_cond_destroy(&start.changed);
  pthread_mutex_destroy(&start.mutex);
  return error == 0;
}

void join_thread(uintptr_t thread) {
  pthread_t known;
  std::memcpy(&known, &thread, sizeof(known));
  pthread_join(known, nullptr);
}

}  // namespace wembed::platform
