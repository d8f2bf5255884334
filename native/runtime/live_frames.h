// What runs on an exec_env at this moment, for its own thread.
#pragma once

#include <cstdint>

namespace wembed {

struct ExecEnv;
struct Instance;

// Takes a frame, of guest code or of a native it called, by the function's index, imports included.
// False: no more are wanted.
using VisitFrame = bool (*)(void* context, Instance& instance, uint32_t function);

// All frames, innermost first.
void visit_live_frames(const ExecEnv& env, VisitFrame visit, void* context);

}  // namespace wembed
