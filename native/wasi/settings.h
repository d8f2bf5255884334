// What the host says about the WASI of instances: made once, shared by all that begin with it.
#pragma once

#include <atomic>
#include <string_view>

#include "base/vector.h"
#include "wasi/file.h"
#include "wasi/network.h"

namespace wembed {
struct ExecEnv;
}

namespace wembed::wasi {

// Texts one behind the other, each with its NUL.
class TextBlock {
 public:
  explicit TextBlock(Allocator& allocator) : bytes_(allocator), starts_(allocator) {}
  // False: no memory.
  [[nodiscard]] bool add(std::string_view text);
  [[nodiscard]] uint32_t count() const { return static_cast<uint32_t>(starts_.size()); }
  [[nodiscard]] uint32_t bytes() const { return static_cast<uint32_t>(bytes_.size()); }
  [[nodiscard]] const char* data() const { return bytes_.data(); }
  [[nodiscard]] uint32_t start(uint32_t index) const { return starts_[index]; }

 private:
  Vector<char> bytes_;
  Vector<uint32_t> starts_;
};

// Clocks and randomness that the host gives instead of the system's. Called by the thread that runs
// the guest.
struct Sources {
  bool (*read_clock)(void* context, ExecEnv* env, uint32_t clock, uint64_t* ns) = nullptr;
  bool (*random)(void* context, ExecEnv* env, void* data, size_t size) = nullptr;
  void (*gone)(void* context) = nullptr;
  void* context = nullptr;
};

constexpr uint32_t kMostDescriptors = 1024;

class Settings {
 public:
  struct Preopen {
    File* directory;
    const char* name;
    size_t name_length;
  };

  static Ref<Settings> create(Allocator& allocator) {
    return Ref<Settings>(allocator.create<Settings>(allocator));
  }
  explicit Settings(Allocator& allocator)
      : arguments(allocator),
        environment(allocator),
        network(allocator),
        allocator_(allocator),
        preopens_(allocator) {}
  ~Settings();
  Settings(const Settings&) = delete;
  Settings& operator=(const Settings&) = delete;

  void retain() { references_.fetch_add(1, std::memory_order_relaxed); }
  void release();

  // The name is copied.
  [[nodiscard]] Errno add_preopen(Ref<File> directory, std::string_view name,
                                  bool read_only = false);
  [[nodiscard]] std::span<const Preopen> preopens() const { return preopens_.span(); }
  [[nodiscard]] Allocator& allocator() const { return allocator_; }

  TextBlock arguments;
  TextBlock environment;
  Network network;
  Ref<File> stdio[3];  // null: the number is free
  Sources sources;
  uint32_t most_descriptors = kMostDescriptors;
  uint64_t most_written = UINT64_MAX;  // bytes, by each instance
  uint32_t most_threads = 0;           // beside the first; 0: what the process says

 private:
  Allocator& allocator_;
  Vector<Preopen> preopens_;
  std::atomic<uint32_t> references_{1};
};

}  // namespace wembed::wasi
