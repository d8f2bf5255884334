#include "wasi/error_number.h"

#include <cerrno>

namespace wembed::wasi {

namespace {

struct Pair {
  int system;
  Errno errno_;
};

constexpr Pair kPairs[] = {
#define ERROR_NUMBER(name, number) {E##name, Errno::k##name},
#define OWN_ERROR_NUMBER(name, number)
#include "wasi/errno.def"
#undef ERROR_NUMBER
#undef OWN_ERROR_NUMBER
};

}  // namespace

Errno to_errno(int system_error) {
  if (system_error == 0) return kSuccess;
#ifdef EOPNOTSUPP
  if (system_error == EOPNOTSUPP) return Errno::kNOTSUP;
#endif
  for (const Pair& pair : kPairs) {
    if (pair.system == system_error) return pair.errno_;
  }
  return Errno::kIO;
}

}  // namespace wembed::wasi
