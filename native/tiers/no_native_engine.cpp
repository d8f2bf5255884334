// Builds without the native tier.
#include <cerrno>

#include "tiers/engines.h"

namespace wembed {

const Engine* native_engine(int& error) {
  error = ENOSYS;
  return nullptr;
}

uint64_t native_code_bytes() { return 0; }

NativeCount native_count() { return {}; }

bool refusal_count(uint32_t, RefusalCount&) { return false; }

const Engine* sampled_engine(int& error) { return native_engine(error); }

}  // namespace wembed
