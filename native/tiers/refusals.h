// How many functions are left to the interpreter, by reasons.
#pragma once

#include "jit/build/build.h"

namespace wembed {

// Not None.
void count_refusal(jit::Refusal refusal);

}  // namespace wembed
