// The table of call variants, for the processor files: buckets of stack words, each instantiated
// from one template over the processor's register-filling call.
#pragma once

#include <cstddef>
#include <utility>

#include "platform/host_call.h"

namespace wembed::platform {

constexpr uint32_t kStackBuckets[] = {0, 2, 4, 8, 16, 32, 64, 128, 256, 512, kMaxStackWords};
constexpr size_t kStackBucketCount = sizeof(kStackBuckets) / sizeof(kStackBuckets[0]);

template <size_t> using StackWord = uint64_t;

// `Call<R, Words...>::call(target, frame)` is supplied by the processor file.
template <template <class, size_t...> class Call, class R, size_t... Words>
R call_with_words(void* target, const HostCallFrame& frame, std::index_sequence<Words...>) {
  return Call<R, Words...>::call(target, frame);
}

template <template <class, size_t...> class Call, class R, uint32_t Count>
R call_with_count(void* target, const HostCallFrame& frame) {
  return call_with_words<Call, R>(target, frame, std::make_index_sequence<Count>());
}

template <template <class, size_t...> class Call, size_t... Buckets>
const HostCallVariant* pick_variant(uint32_t words, std::index_sequence<Buckets...>) {
  static constexpr HostCallVariant kVariantTable[] = {
      {&call_with_count<Call, uint64_t, kStackBuckets[Buckets]>,
       &call_with_count<Call, double, kStackBuckets[Buckets]>, kStackBuckets[Buckets]}...};
  for (const HostCallVariant& variant : kVariantTable) {
    if (words <= variant.stack_words) return &variant;
  }
  return nullptr;
}

template <template <class, size_t...> class Call>
const HostCallVariant* pick_variant(uint32_t words) {
  return pick_variant<Call>(words, std::make_index_sequence<kStackBucketCount>());
}

}  // namespace wembed::platform
