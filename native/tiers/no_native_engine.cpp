// Builds without the native tier.
#include <cerrno>

#include "tiers/engines.h"

namespace wembed {

const Engine* native_engine(int& error) {
  error = ENOSYS;
  return nullptr;
}

}  // namespace wembed
