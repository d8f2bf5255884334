#include "addon/held_bytes.h"

#include "addon/environment.h"

namespace wembed::addon {

namespace {

struct Range {
  void* data = nullptr;
  size_t size = 0;
};

// Works for views of a SharedArrayBuffer too.
Range range_of(napi_env env, napi_value view) {
  Range range;
  napi_typedarray_type type = napi_int8_array;
  if (napi_get_typedarray_info(env, view, &type, &range.size, &range.data, nullptr, nullptr) !=
          napi_ok ||
      type != napi_uint8_array) {
    return {};
  }
  return range;
}

}  // namespace

// The reference goes on the JavaScript thread; it goes by itself with the environment.
class HeldBytes::Farewell final : public Message {
 public:
  explicit Farewell(HeldBytes* held) : held_(held) {}
  ~Farewell() override { delete held_; }
  void deliver(napi_env env) override {
    if (env != nullptr && held_->view_ != nullptr) napi_delete_reference(env, held_->view_);
    held_->view_ = nullptr;
  }

 private:
  HeldBytes* held_;
};

bool HeldBytes::hold(const std::shared_ptr<Environment>& environment, Napi::Value view,
                     wembed_source_t& source) {
  const napi_env env = environment->env;
  auto* held = new HeldBytes;
  held->environment_ = environment;
  if (!environment->channel.open(env) ||
      napi_create_reference(env, view, 1, &held->view_) != napi_ok) {
    delete held;
    return false;
  }
  const Range range = range_of(env, view);
  held->data_ = range.data;
  held->size_ = range.size;
  source.ownership = WEMBED_BYTES_TAKE;
  source.bytes = static_cast<const uint8_t*>(range.data);
  source.length = range.size;
  source.release = release;
  source.release_context = held;
  return true;
}

bool HeldBytes::replace(Napi::Value view) {
  const napi_env env = environment_->env;
  const Range range = range_of(env, view);
  if (range.data != data_ || range.size != size_) return false;
  napi_ref made = nullptr;
  if (napi_create_reference(env, view, 1, &made) != napi_ok) return false;
  napi_delete_reference(env, view_);
  view_ = made;
  return true;
}

void HeldBytes::release(void* self, const uint8_t*, size_t) {
  auto* held = static_cast<HeldBytes*>(self);
  const std::shared_ptr<Environment> environment = held->environment_;
  auto farewell = std::make_unique<Farewell>(held);
  if (environment->on_js_thread()) {
    farewell->deliver(environment->env);
  } else {
    environment->channel.post(std::move(farewell));
  }
}

}  // namespace wembed::addon
