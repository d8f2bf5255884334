// Memory of JavaScript's in which an instance keeps its linear memory: held by reference, and
// claimed in the whole process, since a SharedArrayBuffer may be known to several environments.
// A shared memory is used by instances of several: each of them holds the bytes, one claims them.
#pragma once

#include <memory>

#include "addon/napi_setup.h"

namespace wembed::addon {

class Environment;

class HostBuffer : public std::enable_shared_from_this<HostBuffer> {
 public:
  // Null: an instance uses these bytes, or some of them, already.
  static std::shared_ptr<HostBuffer> claim(std::shared_ptr<Environment> environment,
                                           Napi::Value bytes);
  // The same bytes, for an instance that uses them beside the one that claimed them.
  static std::shared_ptr<HostBuffer> hold(std::shared_ptr<Environment> environment,
                                          Napi::Value bytes);
  // One of this environment at that address; null: none.
  static std::shared_ptr<HostBuffer> find(Environment& environment, const void* data);
  ~HostBuffer();
  HostBuffer(const HostBuffer&) = delete;
  HostBuffer& operator=(const HostBuffer&) = delete;

  [[nodiscard]] void* data() const { return data_; }
  [[nodiscard]] size_t size() const { return size_; }
  [[nodiscard]] Napi::Value bytes() const;
  // The buffer of the bytes, as JavaScript has it.
  [[nodiscard]] Napi::Value buffer() const;

 private:
  HostBuffer() = default;

  std::shared_ptr<Environment> environment_;
  void* data_ = nullptr;
  size_t size_ = 0;
  bool is_claimed_ = false;
  napi_ref bytes_ = nullptr;  // strong: bytes refer to nothing, so that no cycle can come of it
};

}  // namespace wembed::addon
