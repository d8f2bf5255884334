#include "wasi/streams.h"

#include <algorithm>
#include <cstring>

#include "wasi/waiter.h"

namespace wembed::wasi {

namespace {

size_t bytes_of(const Piece* pieces, size_t count) {
  size_t bytes = 0;
  for (size_t i = 0; i < count; i++) bytes += pieces[i].size;
  return bytes;
}

void describe(FileStatus& status, platform::FileKind kind, uint64_t size) {
  status = {};
  status.kind = kind;
  status.links = 1;
  status.size = size;
}

}  // namespace

// ---- Nothing

Ref<File> NullStream::create(Allocator& allocator) {
  return Ref<File>(allocator.create<NullStream>(allocator));
}

Errno NullStream::status(FileStatus& status) {
  describe(status, platform::FileKind::CharacterDevice, 0);
  return kSuccess;
}

Errno NullStream::read(Waiter&, const Piece*, size_t, size_t& done) {
  done = 0;
  return kSuccess;
}

Errno NullStream::write(Waiter&, const Piece* pieces, size_t count, size_t& done) {
  done = bytes_of(pieces, count);
  return kSuccess;
}

Readiness NullStream::readiness(Waiter&, bool writing) {
  Readiness result;
  result.is_at_end = !writing;
  return result;
}

// ---- Bytes to read

Ref<File> InputBytes::create(Allocator& allocator, const void* bytes, size_t size) {
  auto* copy = static_cast<char*>(allocator.allocate(size));
  if (copy == nullptr) return {};
  if (size > 0) std::memcpy(copy, bytes, size);
  Ref<File> made(allocator.create<InputBytes>(allocator, Ref<InputBytes>(), copy, size));
  if (!made) allocator.release(copy);
  return made;
}

InputBytes::~InputBytes() {
  if (!source_) allocator().release(const_cast<char*>(bytes_));
}

Ref<File> InputBytes::for_instance() {
  Ref<InputBytes> source = source_ ? source_ : Ref<InputBytes>::share(this);
  return Ref<File>(allocator().create<InputBytes>(allocator(), std::move(source), bytes_, size_));
}

Errno InputBytes::status(FileStatus& status) {
  describe(status, platform::FileKind::Pipe, 0);
  return kSuccess;
}

Errno InputBytes::read(Waiter&, const Piece* pieces, size_t count, size_t& done) {
  std::lock_guard lock(mutex_);
  done = 0;
  for (size_t i = 0; i < count; i++) {
    size_t size = std::min(pieces[i].size, size_ - position_);
    std::memcpy(pieces[i].data, bytes_ + position_, size);
    position_ += size;
    done += size;
  }
  return kSuccess;
}

Readiness InputBytes::readiness(Waiter&, bool writing) {
  Readiness result;
  if (writing) return result;
  std::lock_guard lock(mutex_);
  result.bytes_to_read = size_ - position_;
  result.is_at_end = position_ == size_;
  return result;
}

// ---- Bytes that were written

Ref<File> OutputBytes::create(Allocator& allocator, uint64_t most) {
  return Ref<File>(allocator.create<OutputBytes>(allocator, most));
}

Errno OutputBytes::status(FileStatus& status) {
  describe(status, platform::FileKind::Pipe, 0);
  return kSuccess;
}

Errno OutputBytes::write(Waiter&, const Piece* pieces, size_t count, size_t& done) {
  std::lock_guard lock(mutex_);
  done = 0;
  for (size_t i = 0; i < count; i++) {
    size_t size = std::min<uint64_t>(pieces[i].size, most_ - (bytes_.size() - taken_));
    char* target = bytes_.extend(size);
    if (target == nullptr) return done > 0 ? kSuccess : Errno::kNOMEM;
    std::memcpy(target, pieces[i].data, size);
    done += size;
    if (size < pieces[i].size) return done > 0 ? kSuccess : Errno::kNOSPC;
  }
  return kSuccess;
}

size_t OutputBytes::size() {
  std::lock_guard lock(mutex_);
  return bytes_.size() - taken_;
}

size_t OutputBytes::take(void* bytes, size_t room) {
  std::lock_guard lock(mutex_);
  size_t size = std::min(room, bytes_.size() - taken_);
  if (size > 0) std::memcpy(bytes, bytes_.data() + taken_, size);
  taken_ += size;
  if (taken_ == bytes_.size()) {
    bytes_.clear();
    taken_ = 0;
  }
  return size;
}

// ---- Functions of the host's

Ref<File> CallbackStream::create(Allocator& allocator, const StreamFunctions& functions) {
  return Ref<File>(allocator.create<CallbackStream>(allocator, functions));
}

CallbackStream::~CallbackStream() {
  if (functions_.gone != nullptr) functions_.gone(functions_.context);
}

uint64_t CallbackStream::rights() const {
  uint64_t rights = right::kStream;
  if (functions_.read == nullptr) rights &= ~right::kRead;
  if (functions_.write == nullptr) rights &= ~right::kWrite;
  return rights;
}

Errno CallbackStream::status(FileStatus& status) {
  describe(status,
           functions_.is_terminal ? platform::FileKind::CharacterDevice : platform::FileKind::Pipe,
           0);
  return kSuccess;
}

namespace {

// What a function of the host's gets at a time. It may run code of the guest's, so it never sees
// the guest's memory itself.
constexpr size_t kAtOnce = 65536;

class Block {
 public:
  Block(Allocator& allocator, size_t size) : allocator_(allocator), size(std::min(size, kAtOnce)) {
    data = static_cast<char*>(allocator.allocate(this->size));
  }
  ~Block() { allocator_.release(data); }
  Block(const Block&) = delete;
  Block& operator=(const Block&) = delete;

 private:
  Allocator& allocator_;

 public:
  const size_t size;
  char* data;
};

Errno answer(Waiter& waiter, uint32_t error) {
  return error <= kMostErrno ? static_cast<Errno>(error) : waiter.fail();
}

}  // namespace

Errno CallbackStream::read(Waiter& waiter, const Piece* pieces, size_t count, size_t& done) {
  done = 0;
  if (functions_.read == nullptr) return Errno::kBADF;
  Block block(allocator(), bytes_of(pieces, count));
  if (block.data == nullptr) return Errno::kNOMEM;
  Errno error = waiter.until(waits(), waiting_, [&] {
    size_t got = 0;
    Errno result = answer(
        waiter, functions_.read(functions_.context, &waiter.env(), block.data, block.size, &got));
    done = std::min(got, block.size);
    return result;
  });
  if (error != kSuccess) return error;
  size_t at = 0;
  for (size_t i = 0; i < count && at < done; i++) {
    size_t size = std::min(pieces[i].size, done - at);
    std::memcpy(waiter.moved(pieces[i].data), block.data + at, size);
    at += size;
  }
  return kSuccess;
}

Errno CallbackStream::write(Waiter& waiter, const Piece* pieces, size_t count, size_t& done) {
  done = 0;
  if (functions_.write == nullptr) return Errno::kBADF;
  // What does not fit is the guest's next call.
  Block block(allocator(), bytes_of(pieces, count));
  if (block.data == nullptr) return Errno::kNOMEM;
  size_t filled = 0;
  for (size_t i = 0; i < count && filled < block.size; i++) {
    size_t size = std::min(pieces[i].size, block.size - filled);
    std::memcpy(block.data + filled, pieces[i].data, size);
    filled += size;
  }
  while (done < filled) {
    size_t moved = 0;
    Errno error = waiter.until(waits(), waiting_, [&] {
      moved = 0;
      return answer(waiter, functions_.write(functions_.context, &waiter.env(), block.data + done,
                                             filled - done, &moved));
    });
    if (error != kSuccess) {
      return done > 0 && error != Errno::kCANCELED ? kSuccess : error;
    }
    // A function that takes nothing must not hold the guest for ever.
    if (moved == 0) return done > 0 ? kSuccess : Errno::kIO;
    done += std::min(moved, filled - done);
  }
  return kSuccess;
}

Readiness CallbackStream::readiness(Waiter& waiter, bool writing) {
  Readiness result;
  if (functions_.ready == nullptr) return result;
  uint64_t bytes = functions_.ready(functions_.context, &waiter.env(), writing);
  if (bytes == StreamFunctions::kNotReady) {
    result.waiting = &waiting_;
    return result;
  }
  result.bytes_to_read = writing ? 0 : bytes;
  result.is_at_end = !writing && bytes == 0;
  return result;
}

}  // namespace wembed::wasi
