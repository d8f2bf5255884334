// Where no system is known there are no files.
#include "platform/files.h"

#include <cerrno>

namespace wembed::platform {

int open_directory(const char*, int&) { return ENOSYS; }
int open_directory_again(int, int&) { return ENOSYS; }
int open_at(int, const char*, const OpenMode&, int&) { return ENOSYS; }
int open_step(int, const char*, int&) { return ENOSYS; }
int open_beneath(int, const char*, int&) { return ENOSYS; }
void close_file(int) {}
int duplicate(int, int&) { return ENOSYS; }
bool has_magic_links(int) { return true; }
int status_of(int, FileStatus&) { return ENOSYS; }
int mode_of(int, OpenMode&, bool&) { return ENOSYS; }
bool is_terminal(int) { return false; }
int set_append(int, bool) { return ENOSYS; }
int read_pieces(int, const Piece*, size_t, size_t&) { return ENOSYS; }
int write_pieces(int, const Piece*, size_t, size_t&) { return ENOSYS; }
int write_quietly(int, const Piece&, size_t&) { return ENOSYS; }
int read_pieces_at(int, const Piece*, size_t, uint64_t, size_t&) { return ENOSYS; }
int write_pieces_at(int, const Piece*, size_t, uint64_t, size_t&) { return ENOSYS; }
int seek(int, int64_t, SeekFrom, uint64_t&) { return ENOSYS; }
int synchronize(int, bool) { return ENOSYS; }
int allocate_space(int, uint64_t, uint64_t) { return ENOSYS; }
int set_size(int, uint64_t) { return ENOSYS; }
int advise(int, uint64_t, uint64_t, unsigned) { return ENOSYS; }
int set_times(int, const NewTime&, const NewTime&) { return ENOSYS; }
uint64_t bytes_waiting(int) { return 0; }
int status_at(int, const char*, FileStatus&) { return ENOSYS; }
int set_times_at(int, const char*, const NewTime&, const NewTime&) { return ENOSYS; }
int read_link_at(int, const char*, char*, size_t, size_t&) { return ENOSYS; }
int make_directory_at(int, const char*) { return ENOSYS; }
int remove_directory_at(int, const char*) { return ENOSYS; }
int unlink_at(int, const char*) { return ENOSYS; }
int link_at(int, const char*, int, const char*) { return ENOSYS; }
int make_link_at(const char*, int, const char*) { return ENOSYS; }
int rename_at(int, const char*, int, const char*) { return ENOSYS; }
int DirectoryStream::open(int) { return ENOSYS; }
bool DirectoryStream::next(DirectoryEntry&, int& error) {
  error = ENOSYS;
  return false;
}
void DirectoryStream::rewind() {}
void DirectoryStream::close() {}
int random_bytes(void*, size_t) { return ENOSYS; }

}  // namespace wembed::platform
