#include "interp/emitter.h"

#include <cstring>

#include "interp/dispatch.h"

namespace wembed {

namespace {

bool fits(int32_t slot) { return slot == static_cast<int16_t>(slot); }

}  // namespace

void Emitter::restart(bool far) {
  code_.clear();
  references_.clear();
  far_ = far;
  wants_far_ = false;
}

void Emitter::append(uint64_t word) {
  if (!out_of_memory_ && !code_.push_back(word)) out_of_memory_ = true;
}

void Emitter::emit_word(RegOp op) { append(handler_word(op)); }

uint32_t Emitter::encode(const Encoding& encoding) {
  uint32_t position = size();
  uint64_t* at = out_of_memory_ ? nullptr : code_.extend(2 + encoding.words);
  if (at == nullptr) {
    out_of_memory_ = true;
    return position;
  }
  *at++ = handler_word(encoding.op);
  int16_t fields[4];
  for (int k = 0; k < 4; k++) {
    if (!fits(encoding.field[k])) wants_far_ = true;
    fields[k] = static_cast<int16_t>(encoding.field[k]);
  }
  uint64_t word;
  std::memcpy(&word, fields, sizeof word);
  if (encoding.has_i32) {
    std::memcpy(reinterpret_cast<uint8_t*>(&word) + 4, &encoding.i32, sizeof encoding.i32);
  }
  *at++ = word;
  for (int k = 0; k < encoding.words; k++) *at++ = encoding.word[k];
  return position;
}

void Emitter::copy_far(int32_t to, int32_t from, bool vector) {
  encode(Encoding(RegOp::CopyFar).halves(to, from));
  if (vector) encode(Encoding(RegOp::CopyFar).halves(to + 1, from + 1));
}

uint32_t Emitter::emit(const Encoding& encoding) {
  if (!far_) return encode(encoding);
  Encoding near = encoding;
  auto is_vector = [&](int k) { return (encoding.vectors & 1 << k) != 0; };
  // The reserved slots of a field.
  auto reserved = [&](int k) { return is_vector(k) ? -kFarSlots - 2 * (k + 1) : -1 - k; };
  for (int k = 0; k < 4; k++) {
    if ((encoding.slots_read & 1 << k) == 0 || fits(encoding.field[k])) continue;
    near.field[k] = reserved(k);
    copy_far(near.field[k], encoding.field[k], is_vector(k));
  }
  bool far_result = encoding.writes && !fits(encoding.field[0]);
  if (far_result) near.field[0] = reserved(0);
  uint32_t position = encode(near);
  if (far_result) copy_far(encoding.field[0], near.field[0], is_vector(0));
  return position;
}

void Emitter::set_op(uint32_t position, RegOp op) {
  if (!out_of_memory_) code_[position] = handler_word(op);
}

bool Emitter::set_destination(uint32_t position, int32_t slot) {
  if (!fits(slot)) return false;
  if (out_of_memory_) return true;
  int16_t field = static_cast<int16_t>(slot);
  std::memcpy(&code_[position + 1], &field, sizeof field);
  return true;
}

bool Emitter::add_pair(uint32_t position, int32_t to, int32_t from) {
  if (!fits(to) || !fits(from)) return false;
  if (out_of_memory_) return true;
  int16_t fields[2] = {static_cast<int16_t>(to), static_cast<int16_t>(from)};
  std::memcpy(reinterpret_cast<uint8_t*>(&code_[position + 1]) + 4, fields, sizeof fields);
  set_op(position, RegOp::CopyPair);
  return true;
}

void Emitter::set_displacement(uint32_t ref, int32_t value) {
  if (out_of_memory_) return;
  std::memcpy(reinterpret_cast<uint8_t*>(&code_[ref]) + 4, &value, sizeof value);
}

void Emitter::patch(uint32_t ref, uint32_t target) {
  set_displacement(ref, static_cast<int32_t>(target) - static_cast<int32_t>(ref - 1));
  if (!out_of_memory_ && !references_.push_back(ref)) out_of_memory_ = true;
}

Error Emitter::thread_branches(Poll& poll) {
  const uint64_t jump = handler_word(RegOp::Br);
  constexpr int kMostHops = 8;  // there are circles
  for (uint32_t ref : references_) {
    if (Error error = poll.spend(1); error != Error::None) return error;
    uint32_t target = ref - 1 + displacement(ref);
    uint32_t end = target;
    for (int hop = 0; hop < kMostHops && end < size() && code_[end] == jump; hop++) {
      end += displacement(end + 1);
    }
    if (end != target) {
      set_displacement(ref, static_cast<int32_t>(end) - static_cast<int32_t>(ref - 1));
    }
  }
  return Error::None;
}

uint32_t Emitter::displacement(uint32_t ref) const {
  uint32_t value = 0;
  if (!out_of_memory_) {
    std::memcpy(&value, reinterpret_cast<const uint8_t*>(&code_[ref]) + 4, sizeof value);
  }
  return value;
}

}  // namespace wembed
