// Which functions of the process are worth compiling, by samples of what runs, and the compilation
// of one after the other on the worker. One that is still found interpreted after that is in a call
// that goes on for long: its loop is compiled as well, to take the frame over.
//
// Tables of so many functions are enough: what is hot is found again, and what has machine code
// needs no entry. Compiling takes no more time than a fixed share of what guests were seen to run,
// so that it never costs more than it may bring.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <mutex>

#include "runtime/code.h"

namespace wembed {

class HotFunctions {
 public:
  // It was found running behind a branch to that place (null: at a call), for so long. False: what
  // runs is compiled, or cannot be, and so it was many times in a row.
  bool note(Code& code, const void* place, uint32_t passed_ms);

  // None of them is touched any more.
  void forget(const Code* codes, uint32_t count);

  // Nothing is being compiled, and nobody is in here, while the process forks: the child has no
  // thread that would end what was begun.
  void before_fork();
  void after_fork();

 private:
  // A function, or what a loop of it is found running at.
  struct Work {
    Code* code = nullptr;
    const void* loop = nullptr;  // a place; null: the function
    bool operator==(const Work&) const = default;
  };
  struct Entry {
    Work work;
    uint32_t samples = 0;
  };

  static void compile_on_worker(void* context);
  static Error is_given_up(void* context);

  // All of these under the lock.
  Entry* find(const Work& work);
  Entry& place_for(const Work& work);
  Work& refused_at(const Work& work);
  [[nodiscard]] Work hottest() const;
  [[nodiscard]] uint32_t enough(const Work& work) const;
  [[nodiscard]] bool is_within_budget() const;
  void start_next();
  void finish(bool is_made, uint64_t took_ns);

  void compile();

  std::mutex mutex_;
  std::array<Entry, 64> entries_;
  std::array<Work, 256> refused_;  // by a hash; forgotten where another falls on the same
  uint64_t guest_ms_ = 0;
  uint64_t compile_ns_ = 0;
  uint32_t known_in_a_row_ = 0;
  Work compiled_;  // by the worker
  bool knows_forks_ = false;
  std::atomic<bool> is_given_up_{false};
};

HotFunctions& hot_functions();

}  // namespace wembed
