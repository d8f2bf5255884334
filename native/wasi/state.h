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

  // The directory that it was given by that name, for the host. Null: there is none, or no memory.
  Ref<File> preopened(std::string_view name);

  // Of the guest's last proc_exit; 0 when there was none.
  [[nodiscard]] uint32_t exit_code() const {
    return static_cast<uint32_t>(exit_.load(std::memory_order_relaxed));
  }
  [[nodiscard]] bool has_exited() const { return exit_.load(std::memory_order_relaxed) != 0; }
  // The instance ends itself: whoever runs beside it is told to.
  // The first one that says so says with which code.
  void note_exit(Instance& instance, uint32_t code) {
    uint64_t none = 0;
    exit_.compare_exchange_strong(none, kExited | code, std::memory_order_relaxed);
    if (threads_.end_others != nullptr) threads_.end_others(instance);
  }

  // Who starts threads of a guest's, at most so many at a time (0: as for others), and ends those
  // that run beside an instance. Not 0: it cannot be done.
  struct Threads {
    int32_t (*start)(ExecEnv& parent, uint32_t most, uint32_t number, uint32_t argument) = nullptr;
    void (*end_others)(Instance& instance) = nullptr;
  };
  void serve_threads_by(const Threads& threads) { threads_ = threads; }
  // The number of the new thread; negative: there is none.
  int32_t start_thread(ExecEnv& parent, uint32_t argument);

  // How many of so many bytes may still be written into files; they count as written.
  uint64_t take_room(uint64_t bytes);
  // Those that were not written after all.
  void give_room(uint64_t bytes) { written_.fetch_sub(bytes, std::memory_order_relaxed); }

 private:
  friend struct ::wembed::Allocator;
  State(Allocator& allocator, const Ref<Settings>& settings)
      : allocator_(allocator), settings_(settings), preopened_(allocator) {}
  ~State() { forget_preopened(); }
  void forget_preopened();
  [[nodiscard]] bool fill(Table& table);

  Allocator& allocator_;
  Ref<Settings> settings_;
  std::atomic<uint32_t> references_{1};
  uint32_t instances_ = 0;  // that are open; guarded by `mutex_`
  std::mutex mutex_;        // of those who make the table or take it away
  std::atomic<Table*> table_{nullptr};
  Vector<File*> preopened_;  // what the settings' directories are for it, one for each
  bool is_closed_ = false;
  Threads threads_;
  std::atomic<uint32_t> started_{0};  // threads
  static constexpr uint64_t kExited = uint64_t{1} << 32;
  std::atomic<uint64_t> exit_{0};
  std::atomic<uint64_t> written_{0};
};

}  // namespace wembed::wasi
