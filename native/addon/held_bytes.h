// Bytes of JavaScript's that a module uses where they are: held by reference until wembed releases
// them, which it does on whatever thread the module ends.
#pragma once

#include <memory>

#include "addon/napi_setup.h"
#include "wembed.h"

namespace wembed::addon {

class Environment;

class HeldBytes {
 public:
  // Refers to the view's bytes from `source`, which then owns the result. False: Node refused.
  // A load of the source, also one that fails, ends in the release of the reference.
  static bool hold(const std::shared_ptr<Environment>& environment, Napi::Value view,
                   wembed_source_t& source);

  // Holds another view instead. False, and nothing changes: that one is not of the same memory.
  bool replace(Napi::Value view);

  HeldBytes(const HeldBytes&) = delete;
  HeldBytes& operator=(const HeldBytes&) = delete;

 private:
  class Farewell;
  HeldBytes() = default;
  ~HeldBytes() = default;
  static void release(void* self, const uint8_t* bytes, size_t length);

  std::shared_ptr<Environment> environment_;
  napi_ref view_ = nullptr;
  void* data_ = nullptr;
  size_t size_ = 0;
};

}  // namespace wembed::addon
