// What is refused by whatever does not know better.
#include "wasi/file.h"

namespace wembed::wasi {

void File::release() {
  if (references_.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
  Allocator& allocator = allocator_;
  this->~File();
  allocator.release(this);
}

Errno File::read(Waiter&, const Piece*, size_t, size_t&) { return Errno::kBADF; }
Errno File::write(Waiter&, const Piece*, size_t, size_t&) { return Errno::kBADF; }
Errno File::read_at(const Piece*, size_t, uint64_t, size_t&) { return Errno::kSPIPE; }
Errno File::write_at(const Piece*, size_t, uint64_t, size_t&) { return Errno::kSPIPE; }
Errno File::seek(int64_t, platform::SeekFrom, uint64_t&) { return Errno::kSPIPE; }
Errno File::synchronize(bool) { return Errno::kINVAL; }
Errno File::allocate(uint64_t, uint64_t) { return Errno::kINVAL; }
Errno File::set_size(uint64_t) { return Errno::kINVAL; }
Errno File::advise(uint64_t, uint64_t, uint8_t) { return kSuccess; }
Errno File::set_times(const NewTime&, const NewTime&) { return Errno::kINVAL; }
Errno File::set_flags(uint16_t flags) {
  note_flags(flags);
  return kSuccess;
}
Readiness File::readiness(Waiter&, bool) { return {}; }

Errno File::open_self(Ref<File>&) { return Errno::kNOTDIR; }
Errno File::open(const char*, const OpenMode&, Ref<File>&) { return Errno::kNOTDIR; }
Errno File::step(const char*, Ref<File>&) { return Errno::kNOTDIR; }
Errno File::step_beneath(const char*, Ref<File>&) { return Errno::kNOSYS; }
Errno File::status_at(const char*, FileStatus&) { return Errno::kNOTDIR; }
Errno File::set_times_at(const char*, const NewTime&, const NewTime&) { return Errno::kNOTDIR; }
Errno File::read_link(const char*, char*, size_t, size_t&) { return Errno::kNOTDIR; }
Errno File::read_link_to_follow(const char* name, char* text, size_t room, size_t& length) {
  return read_link(name, text, room, length);
}
Errno File::make_directory(const char*) { return Errno::kNOTDIR; }
Errno File::remove_directory(const char*) { return Errno::kNOTDIR; }
Errno File::unlink(const char*) { return Errno::kNOTDIR; }
Errno File::link(const char*, File&, const char*) { return Errno::kNOTDIR; }
Errno File::make_link(const char*, const char*) { return Errno::kNOTDIR; }
Errno File::rename(const char*, File&, const char*) { return Errno::kNOTDIR; }
Errno File::read_entries(uint64_t, EntrySink&) { return Errno::kNOTDIR; }

}  // namespace wembed::wasi
