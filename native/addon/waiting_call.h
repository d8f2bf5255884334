// Synchronous calls that wait for a host function. Such a call has returned to its wrapper in
// JavaScript, which runs the function and calls resume(): no exception of JavaScript passes through
// native code, and nesting takes nothing of the native stack.
//
// What JavaScript leaves behind, at an overflow of its stack or when a worker ends, is found by the
// depth in the cell, which each wrapper puts back, and is ended as failed.
#pragma once

#include <cstddef>
#include <deque>

#include "addon/bounds.h"
#include "addon/napi_setup.h"
#include "wembed.h"

namespace wembed::addon {

class Environment;
struct HostFunction;
struct InstanceState;
struct Signature;

// Host and slots do not stand side by side: a compiler would move them as a pair, which has to wait
// for the two stores that wrote them.
struct WaitingCall {
  HostFunction* host = nullptr;       // what it waits for
  InstanceState* instance = nullptr;  // that was called: active, so that it stays
  const Signature* signature = nullptr;
  uint64_t* slots = nullptr;
  wasm_exec_env_t exec_env = nullptr;
  bool is_bounded = false;
  CallBounds bounds;  // in force for what is nested
};

class WaitingCalls {
 public:
  [[nodiscard]] size_t count() const { return count_; }
  WaitingCall& innermost() { return *innermost_; }
  // What it holds is that of an earlier one.
  WaitingCall& add() {
    if (count_ == calls_.size()) calls_.emplace_back();
    innermost_ = &calls_[count_++];
    return *innermost_;
  }
  void remove() {
    --count_;
    innermost_ = count_ == 0 ? nullptr : &calls_[count_ - 1];
  }

  // Ends those beyond `count`; not such that began before the native code that runs now.
  void drop(Environment& environment, size_t count);

  // While native code has called JavaScript. At the end what JavaScript began and left goes.
  class Floor {
   public:
    explicit Floor(Environment& environment);
    ~Floor();
    Floor(const Floor&) = delete;
    Floor& operator=(const Floor&) = delete;

   private:
    Environment& environment_;
    size_t before_;
  };

 private:
  std::deque<WaitingCall> calls_;  // room for calls, whose bounds stay where they are
  size_t count_ = 0;
  WaitingCall* innermost_ = nullptr;
  size_t floor_ = 0;
};

}  // namespace wembed::addon
