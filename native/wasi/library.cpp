#include "wasi/library.h"

#include <iterator>

#include "wasi/calls.h"

namespace wembed::wasi {

namespace {

// Of all functions; what they do not share is small.
[[gnu::noinline]] Trap run(ExecEnv& env, const Function& function, Slot* slots, Version version,
                           Trap (*act)(Call& call)) {
  Instance& instance = *function.instance;
  State* state = State::of(instance);
  if (state == nullptr) [[unlikely]] {
    instance.set_exception("WASI was not given to this instance");
    return Trap::HostException;
  }
  Call call(env, instance, *state, slots, version);
  return act(call);
}

template <Version version, Trap (*act)(Call& call)>
Trap invoke(ExecEnv& env, const Function& function, Slot* slots) {
  return run(env, function, slots, version, act);
}

template <Version version> constexpr LibraryFunction kFunctions[] = {
#define WASI_CALL(name, signature) {#name, signature, &invoke<version, &name>},
#include "wasi/calls.def"
#undef WASI_CALL
};

constexpr bool is_sorted() {
  const auto& functions = kFunctions<Version::Preview1>;
  for (size_t i = 1; i < std::size(functions); i++) {
    if (functions[i - 1].name >= functions[i].name) return false;
  }
  return true;
}
static_assert(is_sorted(), "calls.def has to be sorted by name");

constexpr LibraryFunction kThreadFunctions[] = {
    {"thread-spawn", "(i)i", &invoke<Version::Preview1, &thread_spawn>},
};

}  // namespace

constinit const NativeLibrary kPreview1 = {"wasi_snapshot_preview1", kFunctions<Version::Preview1>,
                                           true};
constinit const NativeLibrary kUnstable = {"wasi_unstable", kFunctions<Version::Unstable>, true};
constinit const NativeLibrary kThreads = {"wasi", kThreadFunctions, true};

}  // namespace wembed::wasi
