// A file without a name, mapped twice.
#include "platform/code_memory.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>

#if defined(__linux__) && defined(__aarch64__)
#include <linux/membarrier.h>
#include <sys/syscall.h>
#endif

namespace wembed::platform {

namespace {

constinit std::atomic<int> refused{0};

}  // namespace

void refuse_code_memory(int error) { refused.store(error); }

#if defined(__linux__) && defined(MFD_CLOEXEC) && (defined(__x86_64__) || defined(__aarch64__))

namespace {

// Newer kernels can be told to refuse execution of such files unless it is asked for; older ones do
// not know the flag.
int make_file() {
  constexpr unsigned kMayExecute = 0x10;  // MFD_EXEC
  int file = memfd_create("wembed-code", MFD_CLOEXEC | kMayExecute);
  if (file >= 0 || errno != EINVAL) return file;
  return memfd_create("wembed-code", MFD_CLOEXEC);
}

void* map(int file, size_t bytes, int access) {
  return mmap(nullptr, bytes, access, MAP_SHARED, file, 0);
}

#if defined(__aarch64__)
// Processors that have fetched ahead drop what they fetched. A failure only to know the command is
// no reason to go on: others may run stale code.
int synchronize_cores() {
  static const long known =
      syscall(__NR_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_SYNC_CORE, 0, 0);
  if (known != 0) return ENOSYS;
  return syscall(__NR_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED_SYNC_CORE, 0, 0) == 0 ? 0
                                                                                         : errno;
}
#else
int synchronize_cores() { return 0; }
#endif

}  // namespace

CodeMemory make_code_memory(size_t bytes) {
  if (int error = refused.load(); error != 0) return {nullptr, nullptr, 0, error};
  int file = make_file();
  if (file < 0) return {nullptr, nullptr, 0, errno};
  CodeMemory made;
  made.bytes = bytes;
  made.error = posix_fallocate(file, 0, static_cast<off_t>(bytes));
  void* writable = MAP_FAILED;
  void* executable = MAP_FAILED;
  if (made.error == 0) {
    writable = map(file, bytes, PROT_READ | PROT_WRITE);
    if (writable == MAP_FAILED) made.error = errno;
  }
  if (made.error == 0) {
    executable = map(file, bytes, PROT_READ | PROT_EXEC);
    if (executable == MAP_FAILED) {
      made.error = errno;
      munmap(writable, bytes);
    }
  }
  if (made.error == 0 && madvise(writable, bytes, MADV_DONTFORK) != 0) {
    made.error = errno;
    munmap(writable, bytes);
    munmap(executable, bytes);
  }
  close(file);
  if (made.error != 0) return {nullptr, nullptr, 0, made.error};
  made.writable = static_cast<uint8_t*>(writable);
  made.executable = static_cast<const uint8_t*>(executable);
  return made;
}

void release_code_memory(const CodeMemory& memory) {
  if (memory.writable != nullptr) munmap(memory.writable, memory.bytes);
  if (memory.executable == nullptr) return;
  munmap(const_cast<uint8_t*>(memory.executable), memory.bytes);
}

void keep_code_memory(CodeMemory& memory) { memory.writable = nullptr; }

int publish_code(const CodeMemory& memory, size_t offset, size_t bytes) {
  char* begin = reinterpret_cast<char*>(const_cast<uint8_t*>(memory.executable)) + offset;
  __builtin___clear_cache(begin, begin + bytes);
  return synchronize_cores();
}

#else

CodeMemory make_code_memory(size_t) {
  int error = refused.load();
  return {nullptr, nullptr, 0, error != 0 ? error : ENOSYS};
}
void release_code_memory(const CodeMemory&) {}
void keep_code_memory(CodeMemory&) {}
int publish_code(const CodeMemory&, size_t, size_t) { return ENOSYS; }

#endif

}  // namespace wembed::platform
