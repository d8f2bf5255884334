#include "addon/worker_pool.h"

#include <algorithm>
#include <thread>

#include "wasm_export.h"

namespace wembed::addon {

namespace {

// At least four, so that guests that wait for host functions do not keep others from running.
size_t most_threads() { return std::clamp(std::thread::hardware_concurrency(), 4u, 64u); }

}  // namespace

bool WorkerPool::submit(Task* task) {
  const std::lock_guard lock(mutex_);
  if (closing_) return false;
  if (idle_ <= queue_.size() && threads_.size() < most_threads()) {
    pthread_t thread{};
    if (pthread_create(&thread, nullptr, thread_main, this) == 0) {
      threads_.push_back(thread);
    } else if (threads_.empty()) {
      return false;
    }
  }
  queue_.push_back(task);
  wake_.notify_one();
  return true;
}

void WorkerPool::close() {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
    queue_.clear();
    wake_.notify_all();
  }
  for (const pthread_t thread : threads_) pthread_join(thread, nullptr);
  threads_.clear();
}

void* WorkerPool::thread_main(void* pool) {
  wasm_runtime_init_thread_env();
  static_cast<WorkerPool*>(pool)->work();
  wasm_runtime_destroy_thread_env();
  return nullptr;
}

void WorkerPool::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    ++idle_;
    wake_.wait(lock, [this] { return closing_ || !queue_.empty(); });
    --idle_;
    if (closing_) return;
    Task* task = queue_.front();
    queue_.pop_front();
    lock.unlock();
    task->run();
    lock.lock();
  }
}

}  // namespace wembed::addon
