// The bounds of native stacks, as the C library tells them and as they are found without it.
#include "platform/stack.h"

#include <pthread.h>

#include "check.h"

using namespace wembed;
using platform::StackBounds;

namespace {

// Asked on a thread that has not asked before: the answer is kept.
struct Question {
  bool may_allocate = true;
  StackBounds answer;
  bool inside = false;
};

void* ask(void* context) {
  auto* question = static_cast<Question*>(context);
  question->answer = platform::native_stack_bounds(question->may_allocate);
  auto here = reinterpret_cast<uintptr_t>(__builtin_frame_address(0));
  question->inside = here >= question->answer.low && here < question->answer.high;
  return nullptr;
}

}  // namespace

#if defined(__linux__)
TEST_CASE(the_mapping_of_a_stack_is_found_without_the_c_library) {
  for (bool may_allocate : {true, false}) {
    Question question = {may_allocate, {}, false};
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, size_t{1} << 20);
    pthread_t thread;
    REQUIRE(pthread_create(&thread, &attributes, ask, &question) == 0);
    pthread_join(thread, nullptr);
    pthread_attr_destroy(&attributes);
    CHECK(question.inside);
    size_t size = question.answer.high - question.answer.low;
    CHECK(size > (size_t{1} << 20) - 65536);
    // A mapping above it may be counted in, never one below.
    if (may_allocate) CHECK(size <= size_t{1} << 20);
  }
}

TEST_CASE(the_main_threads_stack_is_found_too) {
  StackBounds bounds = platform::native_stack_bounds(false);
  auto here = reinterpret_cast<uintptr_t>(__builtin_frame_address(0));
  CHECK(here > bounds.low + 65536 && here < bounds.high);
}
#endif
