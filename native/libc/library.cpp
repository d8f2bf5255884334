#include "libc/library.h"

#include "libc/functions.h"

namespace wembed {

namespace {

template <Trap (*act)(libc::Call& call)>
Trap invoke(ExecEnv& env, const Function& function, Slot* slots) {
  libc::Call call(env, *function.instance, slots);
  return act(call);
}

constexpr LibraryFunction kFunctions[] = {
#define LIBC_FUNCTION(name, signature, function) {name, signature, &invoke<&libc::function>},
#include "libc/functions.def"
#undef LIBC_FUNCTION
};

constexpr bool is_sorted() {
  for (size_t i = 1; i < std::size(kFunctions); i++) {
    if (kFunctions[i - 1].name >= kFunctions[i].name) return false;
  }
  return true;
}
static_assert(is_sorted(), "functions.def has to be sorted by name");

}  // namespace

constinit const NativeLibrary kLibc = {"env", kFunctions};

}  // namespace wembed
