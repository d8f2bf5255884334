// Debugging information made to be expensive: each thing that could be referred to again and again.
// It is read at sizes that double; who reads ends in proportion, or says that it is too much.
#include <ctime>
#include <functional>
#include <string>
#include <vector>

#include "check.h"
#include "dwarf/constants.h"
#include "dwarf/places.h"
#include "dwarf/symbols.h"
#include "failing_allocator.h"

using namespace wembed;
using namespace wembed::dwarf;

namespace {

using Buffer = std::vector<uint8_t>;

void u32(Buffer& out, uint64_t value) {
  for (int i = 0; i < 4; i++) out.push_back(static_cast<uint8_t>(value >> (8 * i)));
}
void uleb(Buffer& out, uint64_t value) {
  do {
    uint8_t byte = value & 0x7f;
    value >>= 7;
    out.push_back(value != 0 ? byte | 0x80 : byte);
  } while (value != 0);
}

struct Maker {
  Buffer file = {0, 'a', 's', 'm', 1, 0, 0, 0};

  void section(const std::string& name, const Buffer& content) {
    Buffer body;
    uleb(body, name.size());
    body.insert(body.end(), name.begin(), name.end());
    body.insert(body.end(), content.begin(), content.end());
    file.push_back(0);
    uleb(file, body.size());
    file.insert(file.end(), body.begin(), body.end());
  }
};

// A unit of DWARF 4 with these entries, its own first one among them.
void unit(Buffer& info, uint32_t shapes, const Buffer& entries) {
  u32(info, 7 + entries.size());
  info.push_back(4), info.push_back(0);
  u32(info, shapes);
  info.push_back(4);
  info.insert(info.end(), entries.begin(), entries.end());
}

struct Shape {
  uint32_t code;
  uint16_t tag;
  bool has_children;
  std::vector<std::pair<uint32_t, uint32_t>> attributes;
};
Buffer shapes(const std::vector<Shape>& all) {
  Buffer out;
  for (const Shape& shape : all) {
    uleb(out, shape.code), uleb(out, shape.tag);
    out.push_back(shape.has_children);
    for (auto [attribute, form] : shape.attributes) uleb(out, attribute), uleb(out, form);
    out.push_back(0), out.push_back(0);
  }
  out.push_back(0);
  return out;
}

struct Cost {
  double ns;
  uint64_t bytes;
  Error error;
};

Cost read(const Buffer& file) {
  FailingAllocator memory;
  timespec start, end;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &start);
  Error error = Error::None;
  {
    DebugInfo info(memory.allocator());
    Symbols symbols(memory.allocator());
    error = info.open(file);
    if (error == Error::None) error = symbols.read(info);
    Places places(memory.allocator(), info);
    Work work(info.bytes());
    (void)places.find(
        0x1000, work, [](void*, const Place&) {}, nullptr);
  }
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &end);
  CHECK_EQ(memory.live(), 0);
  double ns = static_cast<double>(end.tv_sec - start.tv_sec) * 1e9 +
              static_cast<double>(end.tv_nsec - start.tv_nsec);
  return {ns, memory.peak_bytes(), error};
}

// Sixteen times as much may cost 64 times as much: caches, page faults, a busy machine.
void check_linear(const char* what, uint32_t most,
                  const std::function<Buffer(uint32_t count)>& make) {
  const Buffer small_file = make(most / 16);
  const Buffer large_file = make(most);
  Cost small = read(small_file);
  for (int i = 0; i < 2; i++) small.ns = std::min(small.ns, read(small_file).ns);
  Cost large = read(large_file);
  for (int i = 0; i < 2 && large.ns > small.ns * 16; i++) {
    large.ns = std::min(large.ns, read(large_file).ns);
  }
  const double least = 2e6;
  bool is_good = large.ns < std::max(small.ns, least) * 64 &&
                 large.bytes < static_cast<uint64_t>(large_file.size()) * 200 + (1 << 20);
  if (is_good && (large.error == Error::None || large.error == Error::Limit)) return;
  char text[200];
  std::snprintf(text, sizeof text, "%s: %.1f ms and %llu bytes, a sixteenth %.1f ms, error %d",
                what, large.ns / 1e6, static_cast<unsigned long long>(large.bytes), small.ns / 1e6,
                static_cast<int>(large.error));
  check::fail(__FILE__, __LINE__, "linear", text);
}

const Shape kUnit{1, kTagCompileUnit, true, {}};

}  // namespace

TEST_CASE(many_units) {
  check_linear("of one shape", 64'000, [](uint32_t count) {
    Maker maker;
    Buffer info;
    for (uint32_t i = 0; i < count; i++) unit(info, 0, {1, 0});
    maker.section(".debug_abbrev", shapes({kUnit}));
    maker.section(".debug_info", info);
    return maker.file;
  });
  check_linear("that begin at each place of one long table of shapes", 32'000, [](uint32_t count) {
    Maker maker;
    Buffer info;
    std::vector<Shape> all;
    for (uint32_t i = 0; i < count; i++) all.push_back({1, kTagCompileUnit, true, {}});
    for (uint32_t i = 0; i < count; i++) unit(info, i * 5, {1, 0});
    maker.section(".debug_abbrev", shapes(all));
    maker.section(".debug_info", info);
    return maker.file;
  });
  check_linear("with one long list of ranges", 16'000, [](uint32_t count) {
    Maker maker;
    Buffer info, ranges;
    Shape shape{1, kTagCompileUnit, true, {{kAtRanges, kFormSecOffset}}};
    for (uint32_t i = 0; i < count; i++) {
      unit(info, 0, {1, 0, 0, 0, 0, 0});
      u32(ranges, 0x100 + i), u32(ranges, 0x200 + i);
    }
    maker.section(".debug_abbrev", shapes({shape}));
    maker.section(".debug_info", info);
    maker.section(".debug_ranges", ranges);
    return maker.file;
  });
}

TEST_CASE(many_entries) {
  const Shape type{2, kTagBase, false, {{kAtName, kFormStrp}}};
  check_linear("of one long name", 64'000, [&](uint32_t count) {
    Maker maker;
    Buffer info, entries = {1};
    for (uint32_t i = 0; i < count; i++) entries.push_back(2), u32(entries, 0);
    entries.push_back(0);
    unit(info, 0, entries);
    Buffer text(count, 'x');
    text.push_back(0);
    maker.section(".debug_abbrev", shapes({kUnit, type}));
    maker.section(".debug_info", info);
    maker.section(".debug_str", text);
    return maker.file;
  });
  check_linear("with as many attributes as there may be", 64'000, [&](uint32_t count) {
    Maker maker;
    Shape wide{2, kTagBase, false, {}};
    for (uint32_t i = 0; i < Abbreviations::kMostAttributes; i++) {
      wide.attributes.emplace_back(kAtExternal, kFormFlagPresent);
    }
    Buffer info, entries(count, 2);
    entries.insert(entries.begin(), 1);
    entries.push_back(0);
    unit(info, 0, entries);
    maker.section(".debug_abbrev", shapes({kUnit, wide}));
    maker.section(".debug_info", info);
    return maker.file;
  });
  check_linear("inside of each other", 64'000, [&](uint32_t count) {
    Maker maker;
    Buffer info, entries(count, 2);
    entries.insert(entries.begin(), 1);
    unit(info, 0, entries);
    maker.section(".debug_abbrev", shapes({kUnit, {2, kTagStructure, true, {}}}));
    maker.section(".debug_info", info);
    return maker.file;
  });
  check_linear("that refer to each other in a chain", 64'000, [&](uint32_t count) {
    Maker maker;
    Buffer info, entries = {1};
    for (uint32_t i = 0; i < count; i++) {
      entries.push_back(2);
      u32(entries, 12 + 5ull * (i + 1));
    }
    entries.push_back(0);
    unit(info, 0, entries);
    maker.section(".debug_abbrev",
                  shapes({kUnit, {2, kTagSubprogram, false, {{kAtSpecification, kFormRef4}}}}));
    maker.section(".debug_info", info);
    return maker.file;
  });
}

TEST_CASE(line_tables) {
  check_linear("of many rows", 500'000, [](uint32_t count) {
    Maker maker;
    Buffer info, lines, program;
    Shape shape{1,
                kTagCompileUnit,
                true,
                {{kAtLines, kFormSecOffset}, {kAtLowPc, kFormAddr}, {kAtHighPc, kFormData4}}};
    Buffer root = {1};
    u32(root, 0), u32(root, 1), u32(root, 0x10000000);
    root.push_back(0);
    unit(info, 0, root);
    Buffer header = {1, 1, 1, 0xfb, 14, 13,  0, 1,   1, 1, 1, 0, 0,
                     0, 1, 0, 0,    1,  'a', 0, 'b', 0, 0, 0, 0, 0};
    program = {0, 5, kLineSetAddress, 1, 0, 0, 0};
    for (uint32_t i = 0; i < count; i++) program.push_back(static_cast<uint8_t>(20 + i % 200));
    program.insert(program.end(), {0, 1, kLineEndSequence});
    u32(lines, 6 + header.size() + program.size());
    lines.push_back(4), lines.push_back(0);
    u32(lines, header.size());
    lines.insert(lines.end(), header.begin(), header.end());
    lines.insert(lines.end(), program.begin(), program.end());
    maker.section(".debug_abbrev", shapes({shape}));
    maker.section(".debug_info", info);
    maker.section(".debug_line", lines);
    return maker.file;
  });
}

TEST_CASE(what_makes_no_sense_is_left_out_and_told) {
  Maker maker;
  Buffer info;
  unit(info, 0, {1, 9, 0});     // 9 is no shape
  unit(info, 77, {1, 0});       // no table there
  unit(info, 0, {1, 2, 0, 0});  // good
  u32(info, 1000);              // longer than what is there
  maker.section(".debug_abbrev", shapes({kUnit, {2, kTagNamespace, true, {}}}));
  maker.section(".debug_info", info);
  FailingAllocator memory;
  DebugInfo debug(memory.allocator());
  REQUIRE(debug.open(maker.file) == Error::None);
  CHECK_EQ(debug.units().size(), 2);
  CHECK_EQ(debug.problem(), "a unit makes no sense");
  Symbols symbols(memory.allocator());
  CHECK_EQ(symbols.read(debug), Error::None);
  CHECK_EQ(symbols.spaces.size(), 1);
  const Buffer none = {'M', 'Z'};
  DebugInfo other(memory.allocator());
  CHECK_EQ(other.open(none), Error::Malformed);
}

TEST_CASE(reading_asks_whether_to_go_on) {
  Maker maker;
  Buffer info, entries(200'000, 2);
  entries.insert(entries.begin(), 1);
  unit(info, 0, entries);
  maker.section(".debug_abbrev", shapes({kUnit, {2, kTagBase, false, {}}}));
  maker.section(".debug_info", info);
  FailingAllocator memory;
  DebugInfo debug(memory.allocator());
  REQUIRE(debug.open(maker.file) == Error::None);
  int asked = 0;
  Poll poll(
      [](void* count) { return ++*static_cast<int*>(count) < 5 ? Error::None : Error::Terminated; },
      &asked);
  Symbols symbols(memory.allocator());
  CHECK_EQ(symbols.read(debug, poll), Error::Terminated);
  CHECK_EQ(asked, 5);
  CHECK_EQ(symbols.types.size(), 0);
}
