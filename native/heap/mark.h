// Finding what is alive: roots are told first, then what is reached from them is followed.
//
// It takes no memory. Objects whose references are still to be followed are bits of their blocks,
// and these a list, so that there is nothing that could run full, and no recursion.
#pragma once

#include <cstdint>

#include "base/object.h"
#include "base/poll.h"
#include "base/result.h"

namespace wembed {

class Heap;
struct Block;
struct LargeObject;

// Who wants to know what there is: values of the host, objects.
struct MarkObserver {
  void (*seen)(void* context, uint64_t value) = nullptr;
  void* context = nullptr;
};

class Marker {
 public:
  // `heap`: null for a group without one, where only values of the host are looked for.
  Marker(Heap* heap, const MarkObserver& host_values) : heap_(heap), host_values_(host_values) {}

  // An object of this heap, or null.
  void object(const Object* object) {
    if (object != nullptr) mark(*object);
  }
  // What a slot has that may refer to an object: a reference of any kind, or something old.
  void candidate(uint64_t word);
  // An externref, as it is in a slot.
  void host_value(uint64_t slot) {
    if (slot != 0 && host_values_.seen != nullptr) host_values_.seen(host_values_.context, slot);
  }

  // For whoever traces a long object: kPiece of its references were told. False: the marking is
  // given up, and the rest does not matter.
  static constexpr uint32_t kPiece = 4096;
  [[nodiscard]] bool goes_on() {
    if (given_up_ == Error::None && poll_ != nullptr) given_up_ = poll_->spend(kPiece);
    return given_up_ == Error::None;
  }

  // Is told the address of each object that is followed.
  void watch_objects(const MarkObserver& objects) { objects_ = objects; }

  // Follows all there is to follow. Not None: given up, as `poll` said.
  [[nodiscard]] Error follow(Poll& poll);

 private:
  void mark(const Object& object);
  void follow_object(const Object& object);
  Error follow_block(Block& block, Poll& poll);

  Heap* heap_;
  MarkObserver host_values_;
  MarkObserver objects_;
  Block* gray_blocks_ = nullptr;
  LargeObject* gray_large_ = nullptr;
  Poll* poll_ = nullptr;  // while there is something to follow
  Error given_up_ = Error::None;
};

}  // namespace wembed
