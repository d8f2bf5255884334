// Of builds with WEMBED_DWARF; the others have no_source_places.cpp.
#include "command/frames.h"
#include "command/module_file.h"
#include "wembed_debug.h"

namespace wembed::command {

std::vector<SourcePlace> source_places(const wembed_frame_t& frame) {
  constexpr uint32_t kMost = 16;
  std::vector<wembed_debug_place_t> known(kMost);
  const uint32_t count = wembed_frame_places(&frame, known.data(), kMost);
  std::vector<SourcePlace> places;
  for (uint32_t i = 0; i < count && i < kMost; i++) {
    const wembed_debug_place_t& place = known[i];
    SourcePlace one = {printable(place.function), printable(place.file)};
    if (!one.place.empty() && place.line != 0) {
      one.place += ":" + std::to_string(place.line);
      if (place.column != 0) one.place += ":" + std::to_string(place.column);
    }
    if (i + 1 < count && one.function.empty()) one.function = "an inlined function";
    places.push_back(one);
  }
  return places;
}

}  // namespace wembed::command
