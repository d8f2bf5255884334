#include "capi/wasi_state.h"

#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "wasi/host_file.h"
#include "wasi/state.h"

namespace wembed {

namespace {

using wasi::File;
using wasi::HostFile;
using wasi::Ref;
using wasi::Settings;

__attribute__((format(printf, 2, 3))) bool refuse(WasiError& error, const char* format, ...) {
  va_list args;
  va_start(args, format);
  std::vsnprintf(error, sizeof(error), format, args);
  va_end(args);
  return false;
}

bool no_memory(WasiError& error) {
  return refuse(error, "Init wasi environment failed: allocate memory failed");
}

const char* text_or_empty(const char* text) { return text == nullptr ? "" : text; }

// From a host's lists to the settings of instances.
class Builder {
 public:
  Builder(Settings& target, WasiError& error) : target_(target), error_(error) {}

  bool build(const WasiSettings& given) {
    return add_texts(given.arguments, target_.arguments) &&
           add_texts(given.environment, target_.environment) && add_stdio(given.stdio) &&
           add_directories(given.directories) && add_mapped(given.mapped_directories) &&
           add_addresses(given.addresses) && add_names(given.names);
  }

 private:
  bool add_texts(const TextList& list, wasi::TextBlock& block) {
    for (uint32_t i = 0; i < list.count; i++) {
      if (!block.add(text_or_empty(list.texts[i]))) return no_memory(error_);
    }
    return true;
  }

  // A number that is not open stays free.
  bool add_stdio(const int64_t (&numbers)[3]) {
    for (int i = 0; i < 3; i++) {
      int number = numbers[i] < 0 || numbers[i] > INT32_MAX ? i : static_cast<int>(numbers[i]);
      wasi::Errno error = wasi::kSuccess;
      target_.stdio[i] = HostFile::adopt(target_.allocator(), number, HostFile::Lent, error);
      if (error == wasi::Errno::kNOMEM) return no_memory(error_);
    }
    return true;
  }

  bool add_directories(const TextList& list) {
    for (uint32_t i = 0; i < list.count; i++) {
      const char* path = text_or_empty(list.texts[i]);
      int failed = add(path, path);
      if (failed == 0) continue;
      return refuse(error_, "error while pre-opening directory %s: %d\n", path, failed);
    }
    return true;
  }

  bool add_mapped(const TextList& list) {
    for (uint32_t i = 0; i < list.count; i++) {
      const char* entry = text_or_empty(list.texts[i]);
      const char* border = std::strstr(entry, "::");
      if (border == nullptr) {
        return refuse(error_, "error while pre-opening mapped directory: invalid map\n");
      }
      const char* path = border + 2;
      int failed = add(path, {entry, static_cast<size_t>(border - entry)});
      if (failed == 0) continue;
      return refuse(error_, "error while pre-opening mapped directory %s: %d\n", path, failed);
    }
    return true;
  }

  // 0, or an error number of the system.
  int add(const char* path, std::string_view name) {
    int failed = 0;
    Ref<File> directory = HostFile::open_path(target_.allocator(), path, failed);
    if (failed == 0 && target_.add_preopen(std::move(directory), name) != wasi::kSuccess) {
      failed = kNoMemory;
    }
    return failed;
  }

  bool add_addresses(const TextList& list) {
    using Refusal = wasi::Network::Refusal;
    for (uint32_t i = 0; i < list.count; i++) {
      const char* entry = text_or_empty(list.texts[i]);
      switch (target_.network.allow_addresses(entry)) {
        case Refusal::None: break;
        case Refusal::NoMask:
          return refuse(error_,
                        "Invalid address pool entry: %s, must be in the format of ADDRESS/MASK",
                        entry);
        case Refusal::NoNumber:
          return refuse(error_, "Invalid address pool entry: mask must be a number");
        case Refusal::WrongMask:
          return refuse(error_, "Init wasi environment failed: invalid mask number");
        case Refusal::NoAddress:
          return refuse(error_, "Init wasi environment failed: store address failed");
        case Refusal::NoMemory: return no_memory(error_);
      }
    }
    return true;
  }

  bool add_names(const TextList& list) {
    for (uint32_t i = 0; i < list.count; i++) {
      if (!target_.network.allow_name(text_or_empty(list.texts[i]))) return no_memory(error_);
    }
    return true;
  }

  static constexpr int kNoMemory = 12;  // ENOMEM
  Settings& target_;
  WasiError& error_;
};

}  // namespace

bool make_wasi_state(ModuleHandle& module, const WasiSettings& settings, LibraryState*& state,
                     WasiError& error) {
  bool is_used = module.links() != nullptr && module.links()->needs_state();
  if (!is_used && !settings.is_given) return true;
  Allocator& allocator = module.runtime().allocator();
  Ref<Settings> made = Settings::create(allocator);
  if (!made) return no_memory(error);
  if (!Builder(*made, error).build(settings)) return false;
  state = wasi::State::create(allocator, made);
  if (state != nullptr) serve_threads(*state);
  return state != nullptr || no_memory(error);
}

uint32_t wasi_exit_code(const Instance& instance) {
  const wasi::State* state = wasi::State::of(instance);
  return state == nullptr ? 0 : state->exit_code();
}

}  // namespace wembed
