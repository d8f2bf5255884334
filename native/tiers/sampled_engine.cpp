// Functions are interpreted until they are found running often; then they become machine code,
// while they run, where the native tier knows all that is in them.
#include "interp/interpreter.h"
#include "platform/worker.h"
#include "tiers/engines.h"
#include "tiers/hot_functions.h"
#include "tiers/joined_code.h"

namespace wembed {

namespace {

Trap prepare(Code& code, const Poll& poll) {
  if (code.variant().mode == CodeMode::FirstCall) return prepare_joined(code, poll);
  Trap trap = prepare_interpreted(code, poll);
  // Another thread may have joined it meanwhile: whoever is last has to choose the machine code.
  if (const JoinedCode* joined = joined_code(code); joined != nullptr) use_joined(code, *joined);
  return trap;
}

bool sample(ExecEnv&, Code& code, const void* place, uint32_t passed_ms) {
  return hot_functions().note(code, place, passed_ms);
}

void forget(const Code* codes, uint32_t count) { hot_functions().forget(codes, count); }

// Whether the system allows machine code is asked for that.
RunMode choose(RunMode wish, CodeMode& code) {
  if (wish == RunMode::Interpreted) {
    code = CodeMode::Interpreted;
    return wish;
  }
  int error;
  const bool is_possible = native_engine(error) != nullptr;
  if (wish == RunMode::Best) return is_possible ? RunMode::Sampled : RunMode::Interpreted;
  if (!is_possible) return RunMode::Best;
  if (wish != RunMode::Sampled) code = CodeMode::FirstCall;
  return wish;
}

}  // namespace

const Engine* sampled_engine(int& error) {
  error = 0;
  static_cast<void>(interpreter::tier());
  static const Engine made = {.init = &init_joined,
                              .enter = &interpreter::enter,
                              .prepare = &prepare,
                              .discard = &release_bodies,
                              .resume = &interpreter::resume,
                              .sample = &sample,
                              .forget = &forget,
                              .begin = &platform::retain_worker,
                              .end = &platform::release_worker,
                              .take_over = &take_over,
                              .choose = &choose};
  return &made;
}

}  // namespace wembed
