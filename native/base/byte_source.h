// A module's bytes as their readers see them.
//
// Bytes that are not memory of ours may vanish while somebody reads them: a mapped file is cut
// short, a borrowed buffer is unmapped or given back to its owner. So everybody reads them inside
// a ReadScope. Where faults can be caught, platform/fault puts zeros in the place of what is gone
// and marks the bytes as lost; readers look at the end whether that has happened to them.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <shared_mutex>
#include <span>

#include "base/thread_local.h"

namespace wembed {

enum class BytesKind : uint8_t {
  Own,       // memory of ours: always there, scopes cost nothing
  Foreign,   // kept for us as long as we want, but reading may fault
  Borrowed,  // the same, and their owner may want them back: replaced by a copy then
};

class ByteSource {
 public:
  ByteSource(const uint8_t* data, size_t size, BytesKind kind)
      : data_(data), size_(size), kind_(kind) {}
  ByteSource(const ByteSource&) = delete;
  ByteSource& operator=(const ByteSource&) = delete;

  [[nodiscard]] std::span<const uint8_t> view() const { return {data_, size_}; }
  [[nodiscard]] size_t size() const { return size_; }
  [[nodiscard]] BytesKind kind() const { return kind_; }

  // Some of the bytes are gone, or all: none of them may be read any more, for good.
  [[nodiscard]] bool is_lost() const { return lost_.load(std::memory_order_relaxed); }
  // Async-signal-safe.
  void lose() const { lost_.store(true, std::memory_order_seq_cst); }

 private:
  friend class ReadScope;
  friend class ReplaceScope;

  const uint8_t* data_;
  size_t size_;
  const BytesKind kind_;
  mutable std::atomic<bool> lost_{false};
  mutable std::shared_mutex mutex_;  // of Borrowed bytes: readers share it
  // Readers that come while a writer waits queue up behind it, or they could keep it out for good.
  mutable std::mutex queue_;
  mutable std::atomic<uint32_t> writers_{0};  // that wait
};

class ReadScope;

// The innermost scope of this thread. Also read by the fault handler.
extern constinit thread_local const ReadScope* current_read_scope WEMBED_TLS_MODEL;

// While it exists the bytes stay where they are, unless they vanish. Scopes nest; inside of one no
// code of the embedder's or the guest's should run.
class ReadScope {
 public:
  explicit ReadScope(const ByteSource& source) : source_(source) {
    if (source.kind_ != BytesKind::Own) enter();
  }
  ReadScope(const ReadScope&) = delete;
  ReadScope& operator=(const ReadScope&) = delete;
  ~ReadScope() {
    if (source_.kind_ != BytesKind::Own) leave();
  }

  // Ask before the first read and after the last one: what was read in between is then good.
  [[nodiscard]] bool lost() const {
    if (source_.kind_ == BytesKind::Own) return false;
    // The mark is set before zeros appear: who has read one of them sees it.
    std::atomic_thread_fence(std::memory_order_seq_cst);
    return source_.is_lost();
  }

  // Whether this thread is reading the bytes now.
  [[nodiscard]] static bool is_active(const ByteSource& source);

  // For the fault handler.
  [[nodiscard]] const ReadScope* outer() const { return outer_; }
  [[nodiscard]] const ByteSource& source() const { return source_; }
  [[nodiscard]] bool contains(uintptr_t address) const {
    uintptr_t begin = reinterpret_cast<uintptr_t>(source_.data_);
    return address >= begin && address - begin < source_.size_;
  }

 private:
  friend class ReplaceScope;
  void enter();
  void leave();

  const ByteSource& source_;
  const ReadScope* outer_ = nullptr;
  bool locked_ = false;
};

// Keeps readers out while borrowed bytes are replaced. Not inside a ReadScope of the same bytes.
class ReplaceScope {
 public:
  explicit ReplaceScope(ByteSource& source);
  ReplaceScope(const ReplaceScope&) = delete;
  ReplaceScope& operator=(const ReplaceScope&) = delete;
  ~ReplaceScope() { source_.mutex_.unlock(); }

  // Copies the bytes to `target`; false: they are lost.
  [[nodiscard]] bool copy_to(uint8_t* target) const;
  // The same bytes elsewhere, from now on.
  void point_to(const uint8_t* data) { source_.data_ = data; }

 private:
  ByteSource& source_;
};

}  // namespace wembed
