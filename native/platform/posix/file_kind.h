// Kinds of files as POSIX tells them.
#pragma once

#include <sys/stat.h>

#include "platform/files.h"

namespace wembed::platform {

inline FileKind kind_of_mode(mode_t mode) {
  switch (mode & S_IFMT) {
    case S_IFBLK: return FileKind::BlockDevice;
    case S_IFCHR: return FileKind::CharacterDevice;
    case S_IFDIR: return FileKind::Directory;
    case S_IFREG: return FileKind::Regular;
    case S_IFLNK: return FileKind::Link;
    case S_IFSOCK: return FileKind::StreamSocket;
    case S_IFIFO: return FileKind::Pipe;
    default: return FileKind::Unknown;
  }
}

}  // namespace wembed::platform
