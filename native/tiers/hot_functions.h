// Which functions of the process are worth compiling, by samples of what runs, and the compilation
// of one after the other on the worker.
//
// A table of so many functions is enough: what is hot is found again. Compiling takes no more time
// than a fixed share of what guests were seen to run, so that it never costs more than it may
// bring.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <mutex>

#include "runtime/code.h"

namespace wembed {

class HotFunctions {
 public:
  // It was found running, for so long. False: it is compiled, or cannot be.
  bool note(Code& code, uint32_t passed_ms);

  // None of them is touched any more.
  void forget(const Code* codes, uint32_t count);

 private:
  struct Entry {
    Code* code = nullptr;
    uint32_t samples = 0;
    bool is_done = false;
  };

  static void compile_on_worker(void* context);
  static Error is_given_up(void* context);

  // All of these under the lock.
  Entry* find(const Code& code);
  Entry& place_for(Code& code);
  void start_next();
  [[nodiscard]] bool is_within_budget() const;

  void compile();

  std::mutex mutex_;
  std::array<Entry, 64> entries_;
  uint64_t guest_ms_ = 0;
  uint64_t compile_ns_ = 0;
  Code* compiled_ = nullptr;  // by the worker; null: nothing
  std::atomic<bool> is_given_up_{false};
};

HotFunctions& hot_functions();

}  // namespace wembed
