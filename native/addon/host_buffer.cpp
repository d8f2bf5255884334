#include "addon/host_buffer.h"

#include <map>
#include <mutex>

#include "addon/environment.h"

namespace wembed::addon {

namespace {

// The ranges in use in this process. Process-wide on purpose: two workers may have the same bytes.
class Claims {
 public:
  bool add(uintptr_t begin, size_t size) {
    const std::lock_guard lock(mutex_);
    const auto next = ranges_.lower_bound(begin);
    if (next != ranges_.end() && next->first - begin < size) return false;
    if (next != ranges_.begin()) {
      const auto before = std::prev(next);
      if (begin - before->first < before->second) return false;
    }
    ranges_.emplace(begin, size);
    return true;
  }
  void remove(uintptr_t begin) {
    const std::lock_guard lock(mutex_);
    ranges_.erase(begin);
  }

 private:
  std::mutex mutex_;
  std::map<uintptr_t, size_t> ranges_;  // first byte, length
};

Claims& claims() {
  static auto* all = new Claims;  // never destroyed: environments may end after static objects
  return *all;
}

}  // namespace

std::shared_ptr<HostBuffer> HostBuffer::claim(std::shared_ptr<Environment> environment,
                                              Napi::Value bytes) {
  auto buffer = hold(std::move(environment), bytes);
  buffer->is_claimed_ = claims().add(reinterpret_cast<uintptr_t>(buffer->data_), buffer->size_);
  return buffer->is_claimed_ ? buffer : nullptr;
}

std::shared_ptr<HostBuffer> HostBuffer::hold(std::shared_ptr<Environment> environment,
                                             Napi::Value bytes) {
  const napi_env env = environment->env;
  std::shared_ptr<HostBuffer> buffer(new HostBuffer);
  napi_get_typedarray_info(env, bytes, nullptr, &buffer->size_, &buffer->data_, nullptr, nullptr);
  napi_create_reference(env, bytes, 1, &buffer->bytes_);
  environment->host_buffers.insert(buffer.get());
  buffer->environment_ = std::move(environment);
  return buffer;
}

std::shared_ptr<HostBuffer> HostBuffer::find(Environment& environment, const void* data) {
  for (HostBuffer* buffer : environment.host_buffers) {
    if (buffer->data_ == data) return buffer->shared_from_this();
  }
  return nullptr;
}

Napi::Value HostBuffer::bytes() const {
  napi_value bytes = nullptr;
  napi_get_reference_value(environment_->env, bytes_, &bytes);
  return {environment_->env, bytes};
}

Napi::Value HostBuffer::buffer() const {
  napi_value buffer = nullptr;
  napi_get_typedarray_info(environment_->env, bytes(), nullptr, nullptr, nullptr, &buffer, nullptr);
  return {environment_->env, buffer};
}

HostBuffer::~HostBuffer() {
  if (is_claimed_) claims().remove(reinterpret_cast<uintptr_t>(data_));
  environment_->host_buffers.erase(this);
  const napi_env env = environment_->env;
  if (env != nullptr && bytes_ != nullptr) napi_delete_reference(env, bytes_);
}

}  // namespace wembed::addon
