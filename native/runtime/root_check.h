// Whether root maps say what frames have, found out at each collection of collect_always().
//
// What a map does not name the guest must not use any more: the address of an object in such a slot
// is replaced by that of none, kDeadReference, whether the object lives or not. Where the map is
// wrong the guest has that then: it faults, computes something else, or brings it to a local. A
// local that an exact map names has no such value, nor an address at which an object was once; of
// operands something old may be named.
#pragma once

#include "runtime/value.h"

namespace wembed {

struct Code;
struct ExecEnv;
class Heap;

// An object's, by its bits; nothing can be there.
constexpr Slot kDeadReference = 0x00dead0000000000;

// Of an exec_env that is stopped, whose roots have been marked.
void check_roots(Heap& heap, ExecEnv& env);

// Is told of a local that is named and has no reference; it ends the process unless a test puts
// another one here. `slot`: of the frame.
using WrongRoot = void (*)(const Code& code, int32_t slot, Slot value);
void on_wrong_root(WrongRoot wrong);  // null: as at first

}  // namespace wembed
