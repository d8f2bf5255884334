// What one instance has of WASI: its descriptors, and how it ended.
#pragma once

#include <atomic>
#include <mutex>

#include "runtime/instance.h"
#include "runtime/library_state.h"
#include "wasi/settings.h"
#include "wasi/table.h"

namespace wembed::wasi {

class State final : public LibraryState {
 public:
  // The caller's, who releases it. Null: no memory.
  static State* create(Allocator& allocator, const Ref<Settings>& settings);
  // Of the instance; null: it has none.
  static State* of(const Instance& instance);

  void join() override;
  void close() override;
  Error reset(Diagnostic& diagnostic) override;
  void release() override;

  [[nodiscard]] Settings& settings() const { return *settings_; }
  // With what the settings say, from its first use on.
  Table* table();

  // Of the guest's last proc_exit.
  [[nodiscard]] uint32_t exit_code() const { return exit_code_.load(std::memory_order_relaxed); }
  void note_exit(uint32_t code) { exit_code_.store(code, std::memory_order_relaxed); }

 private:
  friend struct ::wembed::Allocator;
  State(Allocator& allocator, const Ref<Settings>& settings)
      : allocator_(allocator), settings_(settings) {}
  ~State() = default;
  [[nodiscard]] bool fill(Table& table) const;

  Allocator& allocator_;
  Ref<Settings> settings_;
  std::atomic<uint32_t> references_{1};
  uint32_t instances_ = 0;  // that are open; guarded by `mutex_`
  std::mutex mutex_;        // of those who make the table or take it away
  std::atomic<Table*> table_{nullptr};
  bool is_closed_ = false;
  std::atomic<uint32_t> exit_code_{0};
};

}  // namespace wembed::wasi
