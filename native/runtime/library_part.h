// What a library of host functions keeps for a memory or an exec_env, and that goes with it.
#pragma once

namespace wembed {

struct ExecEnv;

class LibraryPart {
 public:
  // With what it belongs to, or before that where an instance begins anew: nobody uses it any more.
  virtual void release() = 0;

 protected:
  ~LibraryPart() = default;
};

// The exec_env's; of the thread that it runs on. Null: there is none.
LibraryPart*& library_part(ExecEnv& env);

}  // namespace wembed
