// Limits by getrlimit; the rest is read from Linux' files where they are.
#include "platform/system_info.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "platform/virtual_memory.h"

namespace wembed::platform {

namespace {

constexpr size_t kMostText = 4096;

// The beginning of a file as text; false when it cannot be read.
bool read_text(const char* path, char (&text)[kMostText]) {
  int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return false;
  ssize_t length = read(file, text, kMostText - 1);
  close(file);
  if (length <= 0) return false;
  text[length] = 0;
  return true;
}

// A file that holds one number. "max" and what is no number are no limit.
uint64_t read_number(const char* path, uint64_t otherwise) {
  char text[kMostText];
  if (!read_text(path, text)) return otherwise;
  char* end = nullptr;
  uint64_t value = std::strtoull(text, &end, 10);
  return end == text ? otherwise : value;
}

// The number behind `key` in lines like "MemAvailable:   123 kB".
uint64_t read_kilobytes(const char* text, const char* key) {
  const char* at = std::strstr(text, key);
  return at == nullptr ? 0 : std::strtoull(at + std::strlen(key), nullptr, 10) * 1024;
}

struct GroupFiles {
  const char* mark;  // what the line in /proc/self/cgroup has before the path
  const char* root;  // where the hierarchy is usually mounted
  const char* limit;
  const char* used;
};
constexpr GroupFiles kGroups[] = {
    {":memory:", "/sys/fs/cgroup/memory", "memory.limit_in_bytes", "memory.usage_in_bytes"},
    {"0::", "/sys/fs/cgroup", "memory.max", "memory.current"},
};
// Version 1 says "no limit" by a huge number.
constexpr uint64_t kHugeLimit = uint64_t{1} << 60;

// Takes over the limit of one group when it leaves less than what is known.
void read_group(const GroupFiles& files, const char* path, SystemInfo& info) {
  char name[kMostText];
  std::snprintf(name, sizeof name, "%s%s/%s", files.root, path, files.limit);
  uint64_t limit = read_number(name, kNoLimit);
  if (limit >= kHugeLimit) return;
  std::snprintf(name, sizeof name, "%s%s/%s", files.root, path, files.used);
  uint64_t used = read_number(name, 0);
  uint64_t left = limit > used ? limit - used : 0;
  uint64_t known = info.group_limit == kNoLimit ? kNoLimit : info.group_limit - info.group_used;
  if (left >= known) return;
  info.group_limit = limit;
  info.group_used = std::min(used, limit);
}

// Limits hold for all levels of the hierarchy. In a container the path may name what is outside
// of it; the root of the mount is the container's own group then.
void read_groups(SystemInfo& info) {
  char text[kMostText];
  if (!read_text("/proc/self/cgroup", text)) return;
  for (const GroupFiles& files : kGroups) {
    read_group(files, "", info);
    char* at = std::strstr(text, files.mark);
    if (at == nullptr) continue;
    char path[1024] = {};
    std::snprintf(path, sizeof path, "%.*s",
                  static_cast<int>(std::strcspn(at + std::strlen(files.mark), "\n")),
                  at + std::strlen(files.mark));
    for (size_t length = std::strlen(path); length > 1;) {
      read_group(files, path, info);
      while (length > 0 && path[length - 1] != '/') length--;
      if (length > 0) length--;
      path[length] = 0;
    }
  }
}

Overcommit read_overcommit() {
  switch (read_number("/proc/sys/vm/overcommit_memory", 9)) {
    case 0: return Overcommit::Heuristic;
    case 1: return Overcommit::Always;
    case 2: return Overcommit::Never;
    default: return Overcommit::Unknown;
  }
}

LargePages read_large_pages() {
  char text[kMostText];
  if (!read_text("/sys/kernel/mm/transparent_hugepage/enabled", text)) return LargePages::Unknown;
  if (std::strstr(text, "[always]") != nullptr) return LargePages::Always;
  return std::strstr(text, "[madvise]") != nullptr ? LargePages::OnRequest : LargePages::Never;
}

// The flag stands in the first processor's block, which fits the text.
bool read_is_virtual() {
  char text[kMostText];
  return read_text("/proc/cpuinfo", text) && std::strstr(text, " hypervisor") != nullptr;
}

}  // namespace

SystemInfo read_system_info() {
  SystemInfo info;
  long processors = sysconf(_SC_NPROCESSORS_ONLN);
  if (processors > 0) info.processors = static_cast<uint32_t>(processors);
#ifdef RLIMIT_AS
  rlimit limit = {};
  if (getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY) {
    info.address_limit = limit.rlim_cur;
  }
#endif
  char text[kMostText];
  if (read_text("/proc/meminfo", text)) info.free_memory = read_kilobytes(text, "MemAvailable:");
  if (read_text("/proc/self/statm", text)) {
    info.address_used = std::strtoull(text, nullptr, 10) * page_size();
  }
  info.mapping_limit = read_number("/proc/sys/vm/max_map_count", kNoLimit);
  info.overcommit = read_overcommit();
  info.large_pages = read_large_pages();
  info.is_virtual = read_is_virtual();
  read_groups(info);
  return info;
}

}  // namespace wembed::platform
