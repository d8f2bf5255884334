// Memory for code that is made at run time. It has two views of the same storage: code is written
// through one and runs through the other, so that no page is ever both, and nothing changes its
// protection while threads run in it.
#pragma once

#include <cstddef>
#include <cstdint>

namespace wembed::platform {

// Both views have `bytes`; offsets into them mean the same.
struct CodeMemory {
  uint8_t* writable = nullptr;  // null when `error` is set
  const uint8_t* executable = nullptr;
  size_t bytes = 0;
  int error = 0;
};

// `bytes` of zeros, a multiple of the page size, set aside at once, so that writing cannot fail.
// Fails with the system's error number where it forbids such memory (then there is no code but the
// interpreter's), with ENOSYS where we do not know how to ask.
[[nodiscard]] CodeMemory make_code_memory(size_t bytes);
void release_code_memory(const CodeMemory& memory);

// In the child of a fork: the storage is the parent's as well, which goes on writing there. The
// child has no view of it to write through, and runs what is there.
void keep_code_memory(CodeMemory& memory);

// Has all processors see what was written there: before its first run, by whichever thread. 0 or an
// error number; then the code must not run.
[[nodiscard]] int publish_code(const CodeMemory& memory, size_t offset, size_t bytes);

// For tests: refuses all that is asked for from now on with that error number; 0 takes it back.
void refuse_code_memory(int error);

}  // namespace wembed::platform
