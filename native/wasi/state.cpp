#include "wasi/state.h"

#include <algorithm>

#include "runtime/instance_cold.h"

namespace wembed::wasi {

State* State::create(Allocator& allocator, const Ref<Settings>& settings) {
  return allocator.create<State>(allocator, settings);
}

State* State::of(const Instance& instance) { return static_cast<State*>(library_state(instance)); }

Table* State::table() {
  if (Table* table = table_.load(std::memory_order_acquire)) return table;
  std::lock_guard lock(mutex_);
  Table* table = table_.load(std::memory_order_relaxed);
  if (table != nullptr) return table;
  table = allocator_.create<Table>(allocator_);
  if (table == nullptr) return nullptr;
  if (!is_closed_ && !fill(*table)) {
    forget_preopened();
    allocator_.destroy(table);
    return nullptr;
  }
  table_.store(table, std::memory_order_release);
  return table;
}

bool State::fill(Table& table) {
  uint32_t number = 0;
  for (uint32_t i = 0; i < 3; i++) {
    const Ref<File>& given = settings_->stdio[i];
    if (!given) continue;
    Ref<File> file = given->for_instance();
    if (!file) return false;
    Rights rights = {file->rights(), 0};
    if (table.add(std::move(file), rights, i + 1, number, {}, i) != kSuccess) return false;
  }
  uint32_t at = 3;
  for (const Settings::Preopen& preopen : settings_->preopens()) {
    Ref<File> file = preopen.directory->for_instance();
    if (!file || !preopened_.push_back(file.get())) return false;
    file->retain();
    Rights rights = {right::kDirectory, right::kInheriting};
    if (table.add(std::move(file), rights, at + 1, number, {preopen.name, preopen.name_length},
                  at) != kSuccess) {
      return false;
    }
    at++;
  }
  return true;
}

void State::forget_preopened() {
  for (File* file : preopened_) file->release();
  preopened_.clear();
}

Ref<File> State::preopened(std::string_view name) {
  if (table() == nullptr) return {};
  std::lock_guard lock(mutex_);
  auto preopens = settings_->preopens();
  for (size_t i = 0; i < preopens.size() && i < preopened_.size(); i++) {
    if (name != std::string_view(preopens[i].name, preopens[i].name_length)) continue;
    return Ref<File>::share(preopened_[i]);
  }
  return {};
}

int32_t State::start_thread(ExecEnv& parent, uint32_t argument) {
  constexpr uint32_t kMostNumber = 0x1fffffff;
  if (threads_.start == nullptr) return -1;
  uint32_t number = started_.fetch_add(1, std::memory_order_relaxed) % kMostNumber + 1;
  int32_t failed = threads_.start(parent, settings_->most_threads, number, argument);
  return failed == 0 ? static_cast<int32_t>(number) : failed;
}

uint64_t State::take_room(uint64_t bytes) {
  const uint64_t most = settings_->most_written;
  if (most == UINT64_MAX) return bytes;
  uint64_t written = written_.load(std::memory_order_relaxed);
  uint64_t given = 0;
  do {
    given = std::min(bytes, most - written);
  } while (!written_.compare_exchange_weak(written, written + given, std::memory_order_relaxed));
  return given;
}

void State::join() {
  references_.fetch_add(1, std::memory_order_relaxed);
  std::lock_guard lock(mutex_);
  instances_++;
}

// The table stays: a call that another thread is in has it in hand.
void State::close() {
  std::lock_guard lock(mutex_);
  if (--instances_ > 0) return;
  is_closed_ = true;
  forget_preopened();
  if (Table* table = table_.load(std::memory_order_relaxed)) table->clear();
}

Error State::reset(Diagnostic& diagnostic) {
  std::lock_guard lock(mutex_);
  exit_.store(0, std::memory_order_relaxed);
  written_.store(0, std::memory_order_relaxed);
  Table* table = table_.load(std::memory_order_relaxed);
  if (table == nullptr) return Error::None;
  table->clear();
  forget_preopened();
  return fill(*table) ? Error::None : diagnostic.fail(Error::OutOfMemory);
}

void State::release() {
  if (references_.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
  Allocator& allocator = allocator_;
  allocator.destroy(table_.load(std::memory_order_relaxed));
  allocator.destroy(this);
}

}  // namespace wembed::wasi
