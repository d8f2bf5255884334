// Memory of JavaScript's in which an instance keeps its linear memory: held by reference, and
// claimed in the whole process, since a SharedArrayBuffer may be known to several environments.
#pragma once

#include <memory>

#include "addon/napi_setup.h"

namespace wembed::addon {

class Environment;

class HostBuffer {
 public:
  // Null: an instance uses these bytes, or some of them, already.
  static std::shared_ptr<HostBuffer> claim(std::shared_ptr<Environment> environment,
                                           Napi::Value bytes);
  ~HostBuffer();
  HostBuffer(const HostBuffer&) = delete;
  HostBuffer& operator=(const HostBuffer&) = delete;

  [[nodiscard]] void* data() const { return data_; }
  [[nodiscard]] size_t size() const { return size_; }

 private:
  HostBuffer() = default;

  std::shared_ptr<Environment> environment_;
  void* data_ = nullptr;
  size_t size_ = 0;
  napi_ref bytes_ = nullptr;  // strong: bytes refer to nothing, so that no cycle can come of it
};

}  // namespace wembed::addon
