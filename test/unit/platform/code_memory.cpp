// Code written at run time runs, where the system lets it; a refusal is an error that says why.
#include "platform/code_memory.h"

#include <atomic>
#include <cerrno>
#include <cstring>
#include <thread>

#include "check.h"
#include "platform/fault.h"
#include "platform/virtual_memory.h"

using namespace wembed;
using namespace wembed::platform;

namespace {

#if defined(__x86_64__)
// mov eax, value; ret
size_t write_answer(uint8_t* at, uint32_t value) {
  at[0] = 0xb8;
  std::memcpy(at + 1, &value, sizeof value);
  at[5] = 0xc3;
  return 6;
}
#elif defined(__aarch64__)
// movz w0, #value; ret
size_t write_answer(uint8_t* at, uint32_t value) {
  const uint32_t code[] = {0x52800000u | (value & 0xffffu) << 5, 0xd65f03c0u};
  std::memcpy(at, code, sizeof code);
  return sizeof code;
}
#else
size_t write_answer(uint8_t*, uint32_t) { return 0; }
#endif

// By way of a number: a pointer to constant bytes is not turned into one to a function by all
// compilers.
uint32_t run(const uint8_t* code) {
  return reinterpret_cast<uint32_t (*)()>(reinterpret_cast<uintptr_t>(code))();
}

bool is_here(const CodeMemory& memory) {
  if (memory.error == 0) return true;
  // Not here, or not allowed here: said, and nothing is left.
  CHECK(memory.error == ENOSYS || memory.error == EACCES || memory.error == EPERM);
  CHECK(memory.writable == nullptr && memory.executable == nullptr);
  return false;
}

}  // namespace

TEST_CASE(what_is_written_through_one_view_runs_through_the_other) {
  size_t bytes = 4 * page_size();
  CodeMemory memory = make_code_memory(bytes);
  if (!is_here(memory)) return;
  CHECK_EQ(memory.bytes, bytes);
  CHECK(memory.writable != memory.executable);
  for (uint32_t i = 0; i < bytes / 64; i++) {
    size_t length = write_answer(memory.writable + size_t{i} * 64, i);
    CHECK_EQ(publish_code(memory, size_t{i} * 64, length), 0);
    CHECK_EQ(run(memory.executable + size_t{i} * 64), i);
  }
  CHECK_EQ(std::memcmp(memory.writable, memory.executable, bytes), 0);
  release_code_memory(memory);
}

TEST_CASE(other_threads_run_what_was_published) {
  CodeMemory memory = make_code_memory(page_size());
  if (!is_here(memory)) return;
  std::atomic<const uint8_t*> published{nullptr};
  std::atomic<bool> done{false};
  std::atomic<uint32_t> wrong{0};
  std::thread runner([&] {
    const uint8_t* last = nullptr;
    while (!done) {
      const uint8_t* code = published.load(std::memory_order_acquire);
      if (code == last) continue;
      last = code;
      if (run(code) != (code - memory.executable) / 32 + 1) wrong++;
    }
  });
  for (uint32_t i = 0; i < page_size() / 32; i++) {
    size_t length = write_answer(memory.writable + size_t{i} * 32, i + 1);
    CHECK_EQ(publish_code(memory, size_t{i} * 32, length), 0);
    published.store(memory.executable + size_t{i} * 32, std::memory_order_release);
    std::this_thread::yield();
  }
  done = true;
  runner.join();
  CHECK_EQ(wrong.load(), 0u);
  release_code_memory(memory);
}

TEST_CASE(pages_that_were_written_can_be_made_executable) {
  Reserved space = reserve(page_size());
  REQUIRE(space.error == 0);
  CHECK_EQ(commit(space.address, page_size()), 0);
  size_t length = write_answer(space.address, 42);
  int error = protect(space.address, page_size(), Access::ReadExecute);
  if (error == 0 && length != 0) {
    auto* begin = reinterpret_cast<char*>(space.address);
    __builtin___clear_cache(begin, begin + length);
    CHECK_EQ(run(space.address), 42u);
  } else {
    CHECK(length == 0 || error == EACCES || error == EPERM);
  }
  release(space.address, page_size());
}

TEST_CASE(a_refusal_says_why) {
  refuse_code_memory(EACCES);
  CodeMemory memory = make_code_memory(page_size());
  CHECK_EQ(memory.error, EACCES);
  CHECK(memory.writable == nullptr && memory.executable == nullptr);
  release_code_memory(memory);
  refuse_code_memory(0);
  memory = make_code_memory(page_size());
  static_cast<void>(is_here(memory));
  release_code_memory(memory);
}
