// Threads for asynchronous calls, a few an environment, started when first needed.
//
// Not libuv's pool: a guest may run for long, and file system, DNS and crypto work share those
// four threads. Ending the pool waits for its tasks; stop them before.
#pragma once

#include <pthread.h>

#include <condition_variable>
#include <deque>
#include <mutex>
#include <vector>

namespace wembed::addon {

class Task {
 public:
  virtual ~Task() = default;
  virtual void run() = 0;  // on a thread of the pool
};

class WorkerPool {
 public:
  ~WorkerPool() { close(); }
  // False when no thread could be started. The task is borrowed until it ran.
  bool submit(Task* task);
  // Tasks that have not begun never will; waits for those that run. Idempotent.
  void close();

 private:
  static void* thread_main(void* pool);
  void work();

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Task*> queue_;
  std::vector<pthread_t> threads_;
  uint32_t idle_ = 0;
  bool closing_ = false;
};

}  // namespace wembed::addon
