// Nothing is known beyond the number of processors.
#include "platform/system_info.h"

#include <thread>

namespace wembed::platform {

SystemInfo read_system_info() {
  SystemInfo info;
  uint32_t processors = std::thread::hardware_concurrency();
  if (processors > 0) info.processors = processors;
  return info;
}

}  // namespace wembed::platform
