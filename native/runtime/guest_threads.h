// Who starts threads that a guest asks for: the embedder's interface, since an instance that shares
// memory with another is made as that one was.
#pragma once

namespace wembed {

struct ExecEnv;

struct GuestThread {
  void* (*run)(ExecEnv* env, void* argument) = nullptr;  // what it returns is nobody's
  void (*done)(void* argument) = nullptr;                // nothing of the thread's own is left
  void* argument = nullptr;
};

struct GuestThreads {
  // On a thread of its own, and on an exec_env and an instance of its own with a part of the
  // program's stack. Nobody waits for it; it ends with its program. False, and a line on the log
  // where that says more: it cannot be.
  bool (*start)(ExecEnv& parent, const GuestThread& thread);
};

}  // namespace wembed
