#include "base/byte_source.h"

#include <cstring>

namespace wembed {

constinit thread_local const ReadScope* current_read_scope WEMBED_TLS_MODEL = nullptr;

bool ReadScope::is_active(const ByteSource& source) {
  for (const ReadScope* scope = current_read_scope; scope != nullptr; scope = scope->outer_) {
    if (&scope->source_ == &source) return true;
  }
  return false;
}

void ReadScope::enter() {
  // Locking twice would wait for a writer that waits for us.
  if (source_.kind_ == BytesKind::Borrowed && !is_active(source_)) {
    if (source_.writers_.load(std::memory_order_acquire) != 0) {
      const std::lock_guard behind(source_.queue_);
    }
    source_.mutex_.lock_shared();
    locked_ = true;
  }
  outer_ = current_read_scope;
  // The handler runs on this thread: the order of the instructions is all that counts.
  std::atomic_signal_fence(std::memory_order_seq_cst);
  current_read_scope = this;
  std::atomic_signal_fence(std::memory_order_seq_cst);
}

void ReadScope::leave() {
  std::atomic_signal_fence(std::memory_order_seq_cst);
  current_read_scope = outer_;
  std::atomic_signal_fence(std::memory_order_seq_cst);
  if (locked_) source_.mutex_.unlock_shared();
}

ReplaceScope::ReplaceScope(ByteSource& source) : source_(source) {
  source.writers_.fetch_add(1, std::memory_order_acq_rel);
  const std::lock_guard first(source.queue_);
  source.mutex_.lock();
  source.writers_.fetch_sub(1, std::memory_order_acq_rel);
}

bool ReplaceScope::copy_to(uint8_t* target) const {
  if (source_.is_lost()) return false;
  // Read as a stand-in that needs no lock: the one of the bytes themselves is taken.
  const ByteSource same(source_.data_, source_.size_, BytesKind::Foreign);
  const ReadScope scope(same);
  if (source_.size_ > 0) std::memcpy(target, source_.data_, source_.size_);
  if (scope.lost()) source_.lose();
  return !source_.is_lost();
}

}  // namespace wembed
