// wasm_export.h: the call stack of the last trap as text, and of a running call as frames.
#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <cstring>

#include "capi/handles.h"
#include "runtime/instance_cold.h"
#include "runtime/live_frames.h"
#include "runtime/runtime.h"
#include "runtime/trap_record.h"

using namespace wembed;

namespace {

// Text of which no more than `room` bytes are kept, the last for a NUL, and all are counted.
class CountedText {
 public:
  CountedText(char* text, uint32_t room) : text_(text), room_(room) {}
  void add(const char* piece, size_t bytes) {
    if (size_ + 1 < room_) {
      std::memcpy(text_ + size_, piece, std::min<size_t>(bytes, room_ - 1 - size_));
    }
    size_ += bytes;
  }
  void finish() {
    if (room_ > 0) text_[std::min<size_t>(size_, room_ - 1)] = 0;
  }
  [[nodiscard]] size_t size() const { return size_; }

 private:
  char* text_;
  uint32_t room_;
  size_t size_ = 0;
};

std::string_view imported_name(const Module& module, uint32_t index) {
  for (const Import& import : module.imports()) {
    if (import.kind == ExternKind::Func && import.index == index) return import.name;
  }
  return {};
}

std::string_view exported_name(const Module& module, uint32_t index) {
  for (const Export& item : module.exports()) {
    if (item.kind == ExternKind::Func && item.index == index) return item.name;
  }
  return {};
}

// Import's, name section's or export's name; else $f and the index. Longer lines are cut.
void add_line(CountedText& text, uint32_t number, const TrapFrame& frame) {
  constexpr int kMost = 255;
  char line[kMost + 8];
  const Module& module = *frame.module;
  uint64_t offset = frame.code == nullptr ? 0 : frame.offset();
  if (offset == kNoOffset) offset = 0;
  const ReadScope scope(module.source());
  std::string_view name;
  if (!scope.lost()) {
    name = imported_name(module, frame.function);
    if (name.empty()) name = frame.module->function_name(frame.function);
    if (name.empty()) name = exported_name(module, frame.function);
  }
  int length =
      std::snprintf(line, sizeof(line), "#%02" PRIu32 ": 0x%04" PRIx64 " - ", number, offset);
  if (name.empty() || scope.lost()) {
    length += std::snprintf(line + length, sizeof(line) - static_cast<size_t>(length), "$f%" PRIu32,
                            frame.function);
  } else {
    auto shown = std::min<size_t>(name.size(), static_cast<size_t>(kMost - length));
    std::memcpy(line + length, name.data(), shown);
    length += static_cast<int>(shown);
    if (shown < name.size()) std::memcpy(line + kMost - 4, "...", 3), length = kMost - 1;
  }
  line[length++] = '\n';
  text.add(line, static_cast<size_t>(length));
}

// The record of the exec_env's instance; null: nothing is known.
const TrapRecord* record_of(wasm_exec_env_t exec_env) {
  if (exec_env == nullptr || unwrap(exec_env)->instance == nullptr) return nullptr;
  const TrapRecord* record = trap_record(*unwrap(exec_env)->instance);
  return record == nullptr || record->frame_count == 0 ? nullptr : record;
}

void render(const TrapRecord& record, CountedText& text) {
  text.add("\n", 1);
  for (uint32_t i = 0; i < record.frame_count; i++) add_line(text, i, record.frames[i]);
  text.add("\n", 1);
  text.finish();
}

}  // namespace

uint32_t wasm_runtime_get_call_stack_buf_size(wasm_exec_env_t exec_env) {
  const TrapRecord* record = record_of(exec_env);
  if (record == nullptr) return 0;
  CountedText text(nullptr, 0);
  render(*record, text);
  return static_cast<uint32_t>(text.size()) + 1;
}

uint32_t wasm_runtime_dump_call_stack_to_buf(wasm_exec_env_t exec_env, char* buf, uint32_t len) {
  const TrapRecord* record = record_of(exec_env);
  if (record == nullptr || buf == nullptr) return 0;
  CountedText text(buf, len);
  render(*record, text);
  return std::min(static_cast<uint32_t>(text.size()) + 1, len);
}

void wasm_runtime_dump_call_stack(wasm_exec_env_t exec_env) {
  const TrapRecord* record = record_of(exec_env);
  if (record == nullptr) return;
  const PrintSink& print = unwrap(exec_env)->instance->runtime->print();
  if (print.write == nullptr) return;
  // Line by line: no memory has to be found for the whole.
  print.write(print.context, "\n", 1);
  for (uint32_t i = 0; i < record->frame_count; i++) {
    char line[264];
    CountedText text(line, sizeof(line));
    add_line(text, i, record->frames[i]);
    print.write(print.context, line, text.size());
  }
  print.write(print.context, "\n", 1);
}

namespace {

struct FrameBuffer {
  WASMCApiFrame* frames;
  uint32_t length;
  uint32_t skip;
  uint32_t count = 0;
};

bool keep_frame(void* context, Instance& instance, uint32_t function) {
  auto& buffer = *static_cast<FrameBuffer*>(context);
  if (buffer.skip > 0) {
    buffer.skip--;
    return true;
  }
  if (buffer.count == buffer.length) return false;
  WASMCApiFrame& frame = buffer.frames[buffer.count++];
  frame = {};
  frame.instance = wrap(&instance);
  frame.func_index = function;
  return true;
}

}  // namespace

uint32_t wasm_copy_callstack(const wasm_exec_env_t exec_env, WASMCApiFrame* buffer,
                             const uint32_t length, const uint32_t skip_n, char*, uint32_t) {
  if (exec_env == nullptr || buffer == nullptr) return 0;
  FrameBuffer frames{buffer, length, skip_n};
  visit_live_frames(*unwrap(exec_env), &keep_frame, &frames);
  return frames.count;
}
