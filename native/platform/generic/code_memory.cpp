// No code is made at run time.
#include "platform/code_memory.h"

#include <cerrno>

namespace wembed::platform {

CodeMemory make_code_memory(size_t) { return {nullptr, nullptr, 0, ENOSYS}; }
void release_code_memory(const CodeMemory&) {}
void keep_code_memory(CodeMemory&) {}
int publish_code(const CodeMemory&, size_t, size_t) { return ENOSYS; }
void refuse_code_memory(int) {}

}  // namespace wembed::platform
