#include "addon/epoch_words.h"

namespace wembed::addon {

uint32_t EpochWords::take(napi_env env) {
  if (free_.empty()) {
    void* data = nullptr;
    napi_value array = nullptr;
    Block block{};
    if (napi_create_arraybuffer(env, kBlockWords * sizeof(uint32_t), &data, &array) != napi_ok ||
        napi_create_reference(env, array, 1, &block.array) != napi_ok) {
      return kNone;
    }
    block.words = static_cast<uint32_t*>(data);
    const auto first = static_cast<uint32_t>(blocks_.size()) * kBlockWords;
    blocks_.push_back(block);
    for (uint32_t i = kBlockWords; i > 0; --i) free_.push_back(first + i - 1);
  }
  const uint32_t index = free_.back();
  free_.pop_back();
  return index;
}

void EpochWords::give_back(uint32_t index) {
  bump(index);
  free_.push_back(index);
}

napi_value EpochWords::block(napi_env env, uint32_t index) const {
  napi_value array = nullptr;
  if (index < blocks_.size()) napi_get_reference_value(env, blocks_[index].array, &array);
  return array;
}

void EpochWords::end(napi_env env) {
  ended_ = true;
  for (const Block& block : blocks_) napi_delete_reference(env, block.array);
  blocks_.clear();
  free_.clear();
}

}  // namespace wembed::addon
