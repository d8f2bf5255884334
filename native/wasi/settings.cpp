#include "wasi/settings.h"

#include <cstring>

namespace wembed::wasi {

bool TextBlock::add(std::string_view text) {
  if (text.size() >= UINT32_MAX - bytes_.size()) return false;
  auto start = static_cast<uint32_t>(bytes_.size());
  char* target = bytes_.extend(text.size() + 1);
  if (target == nullptr) return false;
  if (!text.empty()) std::memcpy(target, text.data(), text.size());
  target[text.size()] = 0;
  return starts_.push_back(start);
}

Settings::~Settings() {
  if (sources.gone != nullptr) sources.gone(sources.context);
  for (const Preopen& preopen : preopens_) {
    preopen.directory->release();
    allocator_.release(const_cast<char*>(preopen.name));
  }
}

void Settings::release() {
  if (references_.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
  Allocator& allocator = allocator_;
  allocator.destroy(this);
}

Errno Settings::add_preopen(Ref<File> directory, std::string_view name, bool read_only) {
  if (!directory->is_directory()) return Errno::kNOTDIR;
  if (read_only && !directory->is_read_only()) {
    // Others may have it, who may change it.
    Ref<File> own;
    if (Errno error = directory->open_self(own); error != kSuccess) return error;
    own->make_read_only();
    directory = std::move(own);
  }
  auto* copy = static_cast<char*>(allocator_.allocate(name.size() + 1));
  if (copy == nullptr) return Errno::kNOMEM;
  std::memcpy(copy, name.data(), name.size());
  copy[name.size()] = 0;
  if (!preopens_.push_back({directory.get(), copy, name.size()})) {
    allocator_.release(copy);
    return Errno::kNOMEM;
  }
  static_cast<void>(directory.give_away());
  return kSuccess;
}

}  // namespace wembed::wasi
