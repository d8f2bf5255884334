// From where an exception is thrown to where it is caught.
//
// Who throws leaves env.fp, env.place and env.instance at the operation, as for a trap, and the
// exception with set_thrown(). Each tier looks for a handler in the frames it can go on in: up to
// the next frame that another one has called or entered. It finds one and goes on there, or returns
// Trap::Exception, and whoever called it looks in its own frames. The frames are there until
// somebody goes on, so that an exception nobody catches shows where it was thrown.
#pragma once

#include "base/trap.h"
#include "runtime/value.h"

namespace wembed {

struct Body;
struct Code;
struct ExecEnv;
struct Instance;
struct Tag;

// Where it is caught: a frame, a place in its body, the first slot behind the values.
struct Landing {
  Slot* fp = nullptr;
  const void* place = nullptr;
  Slot* top = nullptr;
};

// throw: `values` are the topmost operands. Always a trap: Exception, or why there is none.
Trap op_throw(ExecEnv& env, Tag& tag, const Slot* values);
// throw_ref and rethrow.
Trap op_throw_ref(ExecEnv& env, Slot reference);

// Looks in the frames from `fp` on, up to the end of the entry or to a passage: None, with the
// exception caught and its values in place; Exception when nobody catches it there, landing.fp
// being null or the passage; or a trap, if the search was to be stopped, the exception being gone.
// `place`: of the operation in the frame, or, `is_return`, where its call returns to.
Trap find_landing(ExecEnv& env, Slot* fp, const void* place, bool is_return, Landing& landing);

// The same for a single frame, whose tier's caller is not of that tier.
Trap find_landing_here(ExecEnv& env, Slot* fp, const void* place, bool is_return, Landing& landing);

}  // namespace wembed
