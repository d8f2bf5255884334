#include "command/frames.h"

#include <cstdio>

#include "command/module_file.h"

namespace wembed::command {

namespace {

std::string name_of(const wembed_frame_t& frame) {
  if (frame.function_name_length == 0) return "function " + std::to_string(frame.function_index);
  return printable(frame.function_name, frame.function_name_length);
}

void print_frame(const wembed_frame_t& frame) {
  std::vector<SourcePlace> places = source_places(frame);
  if (places.empty()) places.emplace_back();
  for (size_t i = 0; i < places.size(); i++) {
    const SourcePlace& place = places[i];
    const bool is_whole = i + 1 == places.size();
    std::string line = "  at ";
    line += place.function.empty() && is_whole ? name_of(frame) : place.function;
    if (!place.place.empty()) line += " (" + place.place + ")";
    if (is_whole && frame.offset != UINT64_MAX) {
      char offset[32];
      std::snprintf(offset, sizeof(offset), ", offset 0x%llx",
                    static_cast<unsigned long long>(frame.offset));
      line += offset;
    }
    std::fprintf(stderr, "%s\n", line.c_str());
  }
}

}  // namespace

void print_frames(wasm_module_inst_t instance) {
  uint32_t total = 0;
  const uint32_t count = wembed_trap_frame_count(instance, &total);
  wembed_frame_t frame;
  for (uint32_t i = 0; i < count && wembed_trap_frame(instance, i, &frame); i++) {
    print_frame(frame);
  }
  if (total > count) std::fprintf(stderr, "  ... %u more\n", total - count);
}

}  // namespace wembed::command
