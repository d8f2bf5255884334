#include "wasi/filestat.h"

#include <algorithm>
#include <cstring>

namespace wembed::wasi {

void store_filestat(uint8_t* target, const FileStatus& status, Version version) {
  std::memset(target, 0, filestat_bytes(version));
  store(target, status.device);
  store(target + 8, status.inode);
  store(target + 16, static_cast<uint8_t>(to_file_type(status.kind)));
  if (version == Version::Unstable) {
    store(target + 20, static_cast<uint32_t>(std::min<uint64_t>(status.links, UINT32_MAX)));
    target += 24;
  } else {
    store(target + 24, status.links);
    target += 32;
  }
  store(target, status.size);
  store(target + 8, status.accessed_ns);
  store(target + 16, status.modified_ns);
  store(target + 24, status.changed_ns);
}

namespace {

NewTime new_time(bool is_given, bool is_now, uint64_t ns) {
  return {is_given ? NewTime::Given : is_now ? NewTime::Now : NewTime::Keep, ns};
}

}  // namespace

Errno read_times(uint64_t accessed, uint64_t modified, uint32_t flags, NewTime (&times)[2]) {
  bool is_wrong = (flags & ~uint32_t{kAllFstflags}) != 0 ||
                  (flags & (kAtim | kAtimNow)) == (kAtim | kAtimNow) ||
                  (flags & (kMtim | kMtimNow)) == (kMtim | kMtimNow);
  if (is_wrong) return Errno::kINVAL;
  times[0] = new_time((flags & kAtim) != 0, (flags & kAtimNow) != 0, accessed);
  times[1] = new_time((flags & kMtim) != 0, (flags & kMtimNow) != 0, modified);
  return kSuccess;
}

}  // namespace wembed::wasi
