// What the runtime knows of those who run functions: one Engine decides and enters, each Tier
// answers for the bodies it made.
#pragma once

#include <cstdint>

#include "base/poll.h"
#include "base/trap.h"
#include "runtime/code.h"
#include "runtime/value.h"

namespace wembed {

struct ExecEnv;
struct Function;

// A function's first result as machine code returns it: in either register.
struct FirstResult {
  uint64_t general;
  uint64_t floating;
};

// A way to run functions. Any thread may ask.
struct Tier {
  const char* name;

  // See locate() in code.h; `place` is in `body`, for a return perhaps its end.
  uint64_t (*locate)(const Code& code, const Body& body, const void* place, bool is_return);

  // What Body::handlers and Body::roots count by, and back: see handler_table.h, root_map.h.
  // `place` is as for locate().
  uint32_t (*position)(const Body& body, const void* place, bool is_return);
  const void* (*place)(const Body& body, uint32_t position);

  // Which slots of its frames have references where. The module allocator's; null: no memory.
  RootMap* (*root_map)(const Code& code, const Body& body);

  // Frees the body, the structure itself included, its handlers and its roots.
  void (*release)(Code& code, Body& body);

  // Goes on in the frame at `link`, where the call has returned to `place` with its results where
  // its arguments were, until the function has returned or trapped. For machine code whose calls
  // the frames alone describe: it can be left at a host function, the place of the call being one
  // byte before where it returns to. Null: its frames are on the native stack, and while it runs
  // there is an Unleavable.
  Trap (*go_on)(ExecEnv& env, const Body& body, Slot* link, const void* place,
                FirstResult& first) = nullptr;

  // The results of a function that has gone on to its end; `first` is put to the others.
  Slot* (*results)(const Body& body, const TypeDef& type, Slot* link,
                   const FirstResult& first) = nullptr;
};

// Which tier runs which function: native/tiers has the engines there are.
struct Engine {
  // Gives a fresh Code its ops and its entry: they do the work of the first call. Cannot fail.
  void (*init)(Code& code);

  // Runs a defined function to its end, its trap, or its interruption. `args` is on the wasm stack
  // of `env`: arguments in, results out. Frame bookkeeping of `env` is as before on return; on a
  // trap env.fp and env.place describe the innermost guest frame until the caller has recorded it.
  Trap (*enter)(ExecEnv& env, const Function& function, Slot* args);

  // Does now what the first call would do. None, or why that call would trap. Any thread. `poll`
  // is asked meanwhile; Error::Deadline and Error::Terminated become the trap of that name, and
  // the lazy entry stays.
  Trap (*prepare)(Code& code, const Poll& poll);

  // Frees whatever was made of a function. No thread runs it any more.
  void (*discard)(Code& code);

  // Goes on behind the host call at env.place in frame env.fp, which was left with Trap::Suspended:
  // the results of the host function are in place, or, `trap` being Exception, one is thrown. Else
  // as `enter`. Null: frames of this engine can not be left, so that deferred host functions are
  // called back as all others. So are those that are called while there is an Unleavable.
  Trap (*resume)(ExecEnv& env, Trap trap) = nullptr;

  // The function was found running on `env`, behind a branch to a place of one of its bodies, or at
  // a call (null), as once in so many milliseconds of a guest's. False: there is nothing to be
  // learned from it. The env's thread. Null: the engine does not want to know.
  bool (*sample)(ExecEnv& env, Code& code, const void* place, uint32_t passed_ms) = nullptr;

  // The functions are not to be worked on any more: they will be discarded. Asked of those whose
  // array was marked as noted.
  void (*forget)(const Code* codes, uint32_t count) = nullptr;

  // Brackets of each runtime with the engine, for those that have a thread of their own; or null.
  void (*begin)() = nullptr;
  void (*end)() = nullptr;

  // Ops to go on with in the frame of an interpreted body that a branch has led to `place` of: with
  // what the frame needs before them, as before Code::ops. Null: it stays there. Null as a whole:
  // this engine has nothing that takes frames over.
  const uint64_t* (*take_over)(Code& code, const void* place) = nullptr;

  // What is in force for an instance that is to be run in that mode, and what that is for its code;
  // Best: this engine cannot. Null: it knows one way to run functions, which interprets.
  RunMode (*choose)(RunMode wish, CodeMode& code) = nullptr;
};

}  // namespace wembed
