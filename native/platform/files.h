// Open files, and what lies in directories, by descriptors of the system. No function takes a path
// of several components but open_beneath(), and none follows a link in the last one.
//
// Results are 0 or an error number of the system (<cerrno>). Whatever is opened here is closed in
// programs that are started.
#pragma once

#include <cstddef>
#include <cstdint>

namespace wembed::platform {

enum class FileKind : uint8_t {
  Unknown,
  BlockDevice,
  CharacterDevice,
  Directory,
  Regular,
  DatagramSocket,
  StreamSocket,
  Link,
  Pipe,
};

struct FileStatus {
  uint64_t device = 0;
  uint64_t inode = 0;
  FileKind kind = FileKind::Unknown;
  uint64_t links = 0;
  uint64_t size = 0;
  uint64_t accessed_ns = 0;
  uint64_t modified_ns = 0;
  uint64_t changed_ns = 0;
};

// Part of what is read or written.
struct Piece {
  void* data;
  size_t size;
};

enum class SeekFrom : uint8_t { Start, Current, End };

// A time to set: kept as it is, the present one, or given.
struct NewTime {
  enum Kind : uint8_t { Keep, Now, Given } kind = Keep;
  uint64_t ns = 0;
};

struct OpenMode {
  bool read = false;
  bool write = false;
  bool create = false;
  bool exclusive = false;
  bool truncate = false;
  bool directory = false;
  bool append = false;
  bool data_sync = false;
  bool sync = false;
};

// ---- Opening

// A directory of the host's, by any path.
int open_directory(const char* path, int& descriptor);
// The same directory with a place in its list of its own.
int open_directory_again(int directory, int& descriptor);
// One component below `directory`; nothing is waited for.
int open_at(int directory, const char* name, const OpenMode& mode, int& descriptor);
// A handle of the directory `name` to go on from, no file to read.
int open_step(int directory, const char* name, int& descriptor);
// The same for a path of several components, all of whose links have to stay below `directory`:
// EXDEV when one does not, ENOSYS where the system cannot promise it.
int open_beneath(int directory, const char* path, int& descriptor);
void close_file(int descriptor);
// Another descriptor of the same open file.
int duplicate(int descriptor, int& copy);

// Whether links in it may lead anywhere, whatever they read like: the system's view of processes.
bool has_magic_links(int directory);

// ---- Open files

int status_of(int descriptor, FileStatus& status);
// What the descriptor was opened for.
int mode_of(int descriptor, OpenMode& mode, bool& is_non_blocking);
bool is_terminal(int descriptor);
int set_append(int descriptor, bool append);

// How many bytes: at most 1024 pieces at a time.
int read_pieces(int descriptor, const Piece* pieces, size_t count, size_t& done);
int write_pieces(int descriptor, const Piece* pieces, size_t count, size_t& done);
// To what may have lost its reader, which is an error and no signal.
int write_quietly(int descriptor, const Piece& piece, size_t& done);
int read_pieces_at(int descriptor, const Piece* pieces, size_t count, uint64_t offset,
                   size_t& done);
int write_pieces_at(int descriptor, const Piece* pieces, size_t count, uint64_t offset,
                    size_t& done);
int seek(int descriptor, int64_t delta, SeekFrom from, uint64_t& position);
int synchronize(int descriptor, bool data_only);
int allocate_space(int descriptor, uint64_t offset, uint64_t length);
int set_size(int descriptor, uint64_t size);
int advise(int descriptor, uint64_t offset, uint64_t length, unsigned advice);
int set_times(int descriptor, const NewTime& accessed, const NewTime& modified);
// Bytes that can be read without waiting; 0 where nobody knows.
uint64_t bytes_waiting(int descriptor);

// ---- Names: one component each

int status_at(int directory, const char* name, FileStatus& status);
int set_times_at(int directory, const char* name, const NewTime& accessed, const NewTime& modified);
// As much of the text as there is room for.
int read_link_at(int directory, const char* name, char* text, size_t room, size_t& length);
int make_directory_at(int directory, const char* name);
int remove_directory_at(int directory, const char* name);
int unlink_at(int directory, const char* name);
int link_at(int from, const char* name, int to, const char* new_name);
int make_link_at(const char* text, int directory, const char* name);
int rename_at(int from, const char* name, int to, const char* new_name);

// ---- What is in a directory

struct DirectoryEntry {
  uint64_t inode;
  FileKind kind;
  const char* name;  // until the next is asked for
};

class DirectoryStream {
 public:
  DirectoryStream() = default;
  ~DirectoryStream() { close(); }
  DirectoryStream(const DirectoryStream&) = delete;
  DirectoryStream& operator=(const DirectoryStream&) = delete;

  [[nodiscard]] bool is_open() const { return stream_ != nullptr; }
  int open(int directory);
  // False at the end, or with an error.
  bool next(DirectoryEntry& entry, int& error);
  void rewind();
  void close();

 private:
  void* stream_ = nullptr;
};

// ---- Randomness

// Of the system. At most 256 bytes, so that it does not wait.
int random_bytes(void* data, size_t size);

}  // namespace wembed::platform
