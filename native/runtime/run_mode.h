// How the functions of an instance are run, where its engine can do so in more than one way.
#pragma once

#include <cstdint>

namespace wembed {

struct Instance;
class Runtime;

// By the numbers of WAMR's running modes.
enum class RunMode : uint8_t {
  Best,         // as the engine does by itself
  Interpreted,  // and never compiled
  Quick,        // machine code from the first call on
  Full,         // so far the same as Quick
  Sampled,      // machine code where samples find them running
};
constexpr uint8_t kRunModes = 5;

// What that is for their code, which instances share that are run alike.
enum class CodeMode : uint8_t { ByEngine, Interpreted, FirstCall };
constexpr int kCodeModes = 3;

// Any thread.
[[nodiscard]] bool can_run(const Runtime& runtime, RunMode mode);

// Of instances that are made from now on. False: impossible. Any thread.
[[nodiscard]] bool set_default_run_mode(Runtime& runtime, RunMode mode);

// From the next calls of its functions on: frames that are there, and what they call within the
// instance, go on as they are. False: impossible, or there is no memory; nothing has changed.
[[nodiscard]] bool set_run_mode(Instance& instance, RunMode mode);

// What is in force. Never Best.
[[nodiscard]] RunMode run_mode(const Instance& instance);

// Gives an instance that is made that mode, before it has code.
[[nodiscard]] bool init_run_mode(Instance& instance, RunMode mode);

}  // namespace wembed
