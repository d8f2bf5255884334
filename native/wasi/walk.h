// From a path to the directory that holds its last component, which stays below the descriptor's
// directory by construction: every step is one component from a directory that is open, and going
// up is going back to where one came from. Where the system promises the same for a whole path, it
// is asked instead.
#pragma once

#include "wasi/file.h"

namespace wembed::wasi {

struct Place {
  Ref<File> directory;
  char name[kMostName + 1] = {};
  bool is_self = false;    // the path led to `directory` itself
  bool has_slash = false;  // only a directory will do

  // Whatever has the place's name, without following.
  Errno status(FileStatus& found) const {
    return is_self ? directory->status(found) : directory->status_at(name, found);
  }
};

// A link in the last component.
enum class Follow : uint8_t { Never, WithSlash, Always };

// `directory` is held by the caller.
Errno walk(File& directory, const uint8_t* path, uint32_t length, Follow follow, Place& place);

}  // namespace wembed::wasi
