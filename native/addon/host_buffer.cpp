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
  const napi_env env = environment->env;
  void* data = nullptr;
  size_t size = 0;
  napi_get_typedarray_info(env, bytes, nullptr, &size, &data, nullptr, nullptr);
  if (!claims().add(reinterpret_cast<uintptr_t>(data), size)) return nullptr;
  std::shared_ptr<HostBuffer> buffer(new HostBuffer);
  buffer->environment_ = std::move(environment);
  buffer->data_ = data;
  buffer->size_ = size;
  napi_create_reference(env, bytes, 1, &buffer->bytes_);
  return buffer;
}

HostBuffer::~HostBuffer() {
  claims().remove(reinterpret_cast<uintptr_t>(data_));
  const napi_env env = environment_->env;
  if (env != nullptr && bytes_ != nullptr) napi_delete_reference(env, bytes_);
}

}  // namespace wembed::addon
