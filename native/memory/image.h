// The initial contents of a memory: zeros, and over them the parts that a module's data segments
// fill. One image serves all memories made from it, from any thread, and outlives them.
//
// Where the system can, a large image is also a file that memories map copy-on-write; a small one
// is cheaper to copy.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <span>

#include "base/allocator.h"
#include "base/byte_source.h"
#include "base/vector.h"
#include "memory/slot_index.h"
#include "platform/memory_file.h"

namespace wembed {

struct ImagePart {
  uint64_t offset = 0;
  const uint8_t* bytes = nullptr;  // as long as the image; of the source, if there is one
  uint64_t size = 0;
};

class MemoryImage {
 public:
  // Later parts write over earlier ones; none wraps. `source`, which outlives the image, is where
  // their bytes are; the caller is inside a ReadScope of it. Null: no memory.
  static MemoryImage* create(Allocator& allocator, std::span<const ImagePart> parts,
                             const ByteSource* source = nullptr);
  void destroy();  // no memory maps it any more, and no pool slot remembers it

  // What it fills, in whole pages of the system.
  [[nodiscard]] uint64_t begin() const { return begin_; }
  [[nodiscard]] uint64_t end() const { return end_; }
  [[nodiscard]] uint64_t bytes() const { return end_ - begin_; }

  // Writes the parts into a zeroed memory of at least end() accessible bytes. False: the bytes are
  // lost, and what is there now is of no use.
  [[nodiscard]] bool fill(uint8_t* memory) const;
  // Writes the initial contents of [from, to) at memory + from, zeros included.
  void restore(uint8_t* memory, uint64_t from, uint64_t to) const;

  // False at the first call: a file is not worth making for a single memory.
  [[nodiscard]] bool is_wanted_again() {
    return was_wanted_.load(std::memory_order_relaxed) || was_wanted_.exchange(true);
  }

  // True when map() may be used: the file is made at the first call.
  [[nodiscard]] bool is_mappable();
  // Maps the image over [begin(), end()) of a memory, to be written freely. 0 or an error number.
  [[nodiscard]] int map(uint8_t* memory) const;

  // Pool slots that still map the image.
  SlotAffinity affinity;

 private:
  MemoryImage(Allocator& allocator, const ByteSource& source)
      : allocator_(allocator), source_(source), base_(source.view().data()), parts_(allocator) {}
  ~MemoryImage() = default;
  friend struct ::wembed::Allocator;

  void measure();
  // Where the part's bytes are now; inside a ReadScope.
  [[nodiscard]] const uint8_t* bytes_of(const ImagePart& part) const;
  // Writes them to a target that stands for the memory from `begin` on. False: lost.
  [[nodiscard]] bool write_parts(uint8_t* target, uint64_t begin) const;
  bool make_file();

  enum class FileState : uint8_t { Unknown, Ready, None };

  Allocator& allocator_;
  const ByteSource& source_;
  const uint8_t* base_;  // of the source when the parts were noted
  Vector<ImagePart> parts_;
  uint64_t begin_ = 0;
  uint64_t end_ = 0;
  uint64_t filled_ = 0;  // bytes of all parts
  platform::MemoryFile file_;
  std::atomic<bool> was_wanted_{false};
  std::atomic<FileState> state_{FileState::Unknown};
  std::mutex mutex_;  // of making the file
};

}  // namespace wembed
