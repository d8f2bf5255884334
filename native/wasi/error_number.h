// What a call of WASI answers: 0 or why not.
#pragma once

#include <cstdint>

namespace wembed::wasi {

// E and the name, as in C; the macros of <cerrno> are spelt in capitals.
enum class Errno : uint16_t {
#define ERROR_NUMBER(name, number) k##name = number,
#define OWN_ERROR_NUMBER(name, number) k##name = number,
#include "wasi/errno.def"
#undef ERROR_NUMBER
#undef OWN_ERROR_NUMBER
};

constexpr Errno kSuccess = Errno::kSUCCESS;
constexpr uint32_t kMostErrno = static_cast<uint32_t>(Errno::kNOTCAPABLE);

// For an error number of the system's; IO for one that WASI has no name for.
Errno to_errno(int system_error);

}  // namespace wembed::wasi
