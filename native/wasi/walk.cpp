#include "wasi/walk.h"

#include <cstring>

#include "base/vector.h"

namespace wembed::wasi {

namespace {

constexpr uint32_t kMostPath = 4096;
constexpr uint32_t kMostLinks = 40;

// A path with what links in it stand for.
struct Text {
  static constexpr size_t kMost = 2 * kMostPath + 2;
  size_t length = 0;
  char bytes[kMost + 1];

  [[nodiscard]] Errno set(const char* text, size_t count) {
    length = 0;
    return append(text, count);
  }
  [[nodiscard]] Errno append(const char* text, size_t count) {
    if (count > kMost - length) return Errno::kNAMETOOLONG;
    std::memmove(bytes + length, text, count);
    length += count;
    bytes[length] = 0;
    return kSuccess;
  }
};

bool is_name(const char* text, size_t length, const char* name) {
  return length == std::strlen(name) && std::memcmp(text, name, length) == 0;
}

class Walk {
 public:
  explicit Walk(File& base) : base_(base), above_(base.allocator()) {}
  ~Walk() { leave(0); }
  Walk(const Walk&) = delete;
  Walk& operator=(const Walk&) = delete;

  Errno run(const char* path, size_t length, Follow follow, Place& place) {
    if (Errno error = path_.set(path, length); error != kSuccess) return error;
    for (;;) {
      bool is_link = false;
      Errno error = find(follow, place, is_link);
      if (error != kSuccess || !is_link) return error;
    }
  }

 private:
  // Resolves all but the last component. A link that is to be followed has been put into the path.
  Errno find(Follow follow, Place& place, bool& is_link) {
    size_t end = path_.length;
    while (end > 0 && path_.bytes[end - 1] == '/') end--;
    place.has_slash = place.has_slash || end < path_.length;
    size_t start = end;
    while (start > 0 && path_.bytes[start - 1] != '/') start--;
    const char* last = path_.bytes + start;
    place.is_self = is_name(last, end - start, ".") || is_name(last, end - start, "..");
    if (place.is_self) return resolve(end, place.directory);
    if (end - start > kMostName) return Errno::kNAMETOOLONG;
    std::memcpy(place.name, last, end - start);
    place.name[end - start] = 0;
    if (Errno error = resolve(start, place.directory); error != kSuccess) return error;
    bool follows = follow == Follow::Always || (follow == Follow::WithSlash && place.has_slash);
    if (!follows) return kSuccess;
    FileStatus status;
    Errno error = place.directory->status_at(place.name, status);
    is_link = error == kSuccess && status.kind == platform::FileKind::Link;
    if (!is_link) return error == Errno::kNOENT ? kSuccess : error;
    error = read_link(*place.directory, place.name);
    if (error != kSuccess) return error;
    path_.length = start;
    error = path_.append(target_, target_length_);
    // What asked for a directory still does.
    return error == kSuccess && place.has_slash ? path_.append("/", 1) : error;
  }

  Errno read_link(File& directory, const char* name) {
    if (++links_ > kMostLinks) return Errno::kLOOP;
    Errno error = directory.read_link_to_follow(name, target_, sizeof(target_), target_length_);
    if (error != kSuccess) return error;
    if (target_length_ > kMostPath) return Errno::kNAMETOOLONG;
    if (target_length_ == 0) return Errno::kNOENT;
    return target_[0] == '/' ? Errno::kNOTCAPABLE : kSuccess;
  }

  // The directory that the first `length` bytes of the path lead to.
  Errno resolve(size_t length, Ref<File>& directory) {
    while (length > 0 && path_.bytes[length - 1] == '/') length--;
    if (length == 0) {
      directory = Ref<File>::share(&base_);
      return kSuccess;
    }
    char after = path_.bytes[length];
    path_.bytes[length] = 0;
    Errno error = base_.step_beneath(path_.bytes, directory);
    if (error == Errno::kNOSYS) error = step_through(path_.bytes, length, directory);
    path_.bytes[length] = after;
    if (error == kSuccess && base_.is_read_only()) directory->make_read_only();
    return error;
  }

  Errno step_through(const char* path, size_t length, Ref<File>& directory) {
    leave(0);
    if (Errno error = rest_.set(path, length); error != kSuccess) return error;
    for (size_t at = 0; at < rest_.length;) {
      size_t end = at;
      while (end < rest_.length && rest_.bytes[end] != '/') end++;
      Errno error = take(at, end);
      if (error != kSuccess) return error;
    }
    directory = Ref<File>::share(&current());
    return kSuccess;
  }

  // One component, [at, end) of what is left; `at` is where to go on.
  Errno take(size_t& at, size_t end) {
    const char* text = rest_.bytes + at;
    size_t length = end - at;
    size_t next = end < rest_.length ? end + 1 : end;
    bool is_up = is_name(text, length, "..");
    if (is_up && above_.empty()) return Errno::kNOTCAPABLE;
    if (is_up) leave(above_.size() - 1);
    if (is_up || length == 0 || is_name(text, length, ".")) {
      at = next;
      return kSuccess;
    }
    if (length > kMostName) return Errno::kNAMETOOLONG;
    char name[kMostName + 1];
    std::memcpy(name, text, length);
    name[length] = 0;
    Ref<File> directory;
    Errno error = current().step(name, directory);
    if (error == Errno::kNOTDIR || error == Errno::kLOOP) return follow(name, at, next);
    if (error != kSuccess) return error;
    if (!above_.push_back(directory.get())) return Errno::kNOMEM;
    static_cast<void>(directory.give_away());
    at = next;
    return kSuccess;
  }

  // A component that is no directory: if it is a link, what it says comes in its place.
  Errno follow(const char* name, size_t& at, size_t next) {
    Errno error = read_link(current(), name);
    if (error == Errno::kINVAL) return Errno::kNOTDIR;
    if (error != kSuccess) return error;
    size_t left = rest_.length - next;
    if (target_length_ + 1 + left > Text::kMost) return Errno::kNAMETOOLONG;
    std::memmove(rest_.bytes + target_length_ + 1, rest_.bytes + next, left);
    std::memcpy(rest_.bytes, target_, target_length_);
    rest_.bytes[target_length_] = '/';
    rest_.length = target_length_ + 1 + left;
    rest_.bytes[rest_.length] = 0;
    at = 0;
    return kSuccess;
  }

  File& current() { return above_.empty() ? base_ : *above_.back(); }
  void leave(size_t depth) {
    while (above_.size() > depth) {
      above_.back()->release();
      above_.pop_back();
    }
  }

  File& base_;
  Vector<File*> above_;  // the directories on the way, below the base
  uint32_t links_ = 0;
  size_t target_length_ = 0;
  char target_[kMostPath + 1];
  Text path_;
  Text rest_;
};

}  // namespace

Errno walk(File& directory, const uint8_t* path, uint32_t length, Follow follow, Place& place) {
  if (length == 0) return Errno::kNOENT;
  if (length > kMostPath) return Errno::kNAMETOOLONG;
  char text[kMostName + 1];
  const bool is_short = length <= kMostName && std::memchr(path, '/', length) == nullptr;
  if (is_short) {
    // The guest's other threads may write it meanwhile.
    std::memcpy(text, path, length);
    text[length] = 0;
    if (std::memchr(text, 0, length) != nullptr) return Errno::kINVAL;
    bool is_plain = std::strchr(text, '/') == nullptr && !is_name(text, length, ".") &&
                    !is_name(text, length, "..");
    FileStatus status;
    bool may_be_link = follow == Follow::Always && is_plain &&
                       directory.status_at(text, status) == kSuccess &&
                       status.kind == platform::FileKind::Link;
    if (is_plain && !may_be_link) {
      place.directory = Ref<File>::share(&directory);
      std::memcpy(place.name, text, length + 1);
      return kSuccess;
    }
  }
  Allocator& allocator = directory.allocator();
  auto* copy = static_cast<char*>(allocator.allocate(length));
  Walk* work = allocator.create<Walk>(directory);
  Errno error = copy == nullptr || work == nullptr ? Errno::kNOMEM : kSuccess;
  if (error == kSuccess) {
    std::memcpy(copy, path, length);
    if (std::memchr(copy, 0, length) != nullptr) {
      error = Errno::kINVAL;
    } else if (copy[0] == '/') {
      error = Errno::kNOTCAPABLE;
    } else {
      error = work->run(copy, length, follow, place);
    }
  }
  allocator.destroy(work);
  allocator.release(copy);
  return error;
}

}  // namespace wembed::wasi
