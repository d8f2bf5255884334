#include "interp/vector_form.h"

#include <atomic>

#include "platform/processor.h"

namespace wembed {

namespace {

std::atomic<bool> base_only{false};

}  // namespace

bool vectors_are_v2() {
  static const bool has_v2 = WEMBED_HAS_V2 && platform::has_x86_64_v2();
  return has_v2 && !base_only.load(std::memory_order_relaxed);
}

void use_base_vectors() { base_only.store(true, std::memory_order_relaxed); }

}  // namespace wembed
