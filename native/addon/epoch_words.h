// Epochs as JavaScript reads them without a call: words of arrays that both sides share, a word for
// each memory that somebody asked for. A word changes whenever views that JavaScript may hold have
// gone stale, and never goes back, also when it passes on to another memory.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "addon/napi_setup.h"

namespace wembed::addon {

class EpochWords {
 public:
  static constexpr uint32_t kBlockWords = 1024;

  // A word for the caller alone: its index, or kNone where there is no memory for it.
  uint32_t take(napi_env env);
  void give_back(uint32_t index);
  void bump(uint32_t index) { ++blocks_[index / kBlockWords].words[index % kBlockWords]; }
  // The array of the words from index * kBlockWords.
  [[nodiscard]] napi_value block(napi_env env, uint32_t index) const;
  // JavaScript's arrays go with the environment.
  void end(napi_env env);
  [[nodiscard]] bool ended() const { return ended_; }

  static constexpr uint32_t kNone = ~uint32_t{0};

 private:
  struct Block {
    uint32_t* words;
    napi_ref array;
  };
  std::vector<Block> blocks_;
  std::vector<uint32_t> free_;
  bool ended_ = false;
};

// One of these words, or none.
class EpochWord {
 public:
  EpochWord() = default;
  EpochWord(std::shared_ptr<EpochWords> words, napi_env env)
      : words_(std::move(words)), index_(words_->take(env)) {}
  EpochWord(EpochWord&& other) noexcept { *this = std::move(other); }
  EpochWord& operator=(EpochWord&& other) noexcept {
    std::swap(words_, other.words_);
    std::swap(index_, other.index_);
    return *this;
  }
  ~EpochWord() {
    if (usable()) words_->give_back(index_);
  }
  [[nodiscard]] bool taken() const { return index_ != EpochWords::kNone; }
  [[nodiscard]] uint32_t index() const { return index_; }
  void bump() {
    if (usable()) words_->bump(index_);
  }

 private:
  [[nodiscard]] bool usable() const { return taken() && !words_->ended(); }

  std::shared_ptr<EpochWords> words_;
  uint32_t index_ = EpochWords::kNone;
};

}  // namespace wembed::addon
