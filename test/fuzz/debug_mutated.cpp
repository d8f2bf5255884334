// Reads mutated debugging information: debug_mutated [--count N] [--seed S] FILE|FOLDER...
//
// Of each file the sections of debugging information are changed, a split file beside it (.dwo) or
// a package of them (.dwp) too. Each case is read in full and asked for places; that has to end
// soon, take memory in proportion to the file, and give all of it back. The same seed gives the
// same cases. A sanitizer sees the rest.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "dwarf/places.h"
#include "dwarf/symbols.h"
#include "mutation.h"

using namespace wembed;
using namespace wembed::dwarf;
using namespace wembed::mutation;

namespace {

using Buffer = std::vector<uint8_t>;

[[noreturn]] void give_up(const char* what, uint64_t number) {
  std::fprintf(stderr, "debug_mutated: case %llu: %s\n", static_cast<unsigned long long>(number),
               what);
  std::exit(1);
}

struct Subject {
  Buffer bytes;
  Buffer split;  // or empty
};

// Half of the changes hit sections that lead somewhere: entries, shapes, lines.
void mutate_once(Buffer& bytes, bool is_split, Random& random) {
  constexpr uint8_t kTelling[] = {0x00, 0x01, 0x05, 0x11, 0x17, 0x1f, 0x21,
                                  0x2e, 0x34, 0x7f, 0x80, 0xf0, 0xfe, 0xff};
  Work work(bytes.size());
  File file;
  (void)find_sections(bytes, is_split, work, file);
  Bytes section;
  for (int tries = 0; tries < 16 && section.empty(); tries++) {
    section = file.sections[random.below(static_cast<size_t>(SectionId::kCount))];
  }
  if (section.empty()) section = file.bytes;
  auto start = static_cast<size_t>(section.data() - bytes.data());
  size_t at = start + random.below(section.size());
  size_t length = std::min(1 + random.below(random.below(8) == 0 ? 64 : 4), bytes.size() - at);
  switch (random.below(6)) {
    case 0: bytes[at] ^= static_cast<uint8_t>(1u << random.below(8)); break;
    case 1: bytes[at] = static_cast<uint8_t>(random.next()); break;
    case 2: bytes[at] = kTelling[random.below(sizeof kTelling)]; break;
    case 3: bytes[at] = static_cast<uint8_t>(bytes[at] + (random.below(2) == 0 ? 1 : 255)); break;
    case 4:
      for (size_t i = 0; i < length; i++) bytes[at + i] = static_cast<uint8_t>(random.next());
      break;
    default: {
      size_t from = start + random.below(section.size());
      length = std::min(length, bytes.size() - from);
      std::memmove(bytes.data() + at, bytes.data() + from, length);
    }
  }
}

size_t text_length(const char* text) { return text == nullptr ? 0 : std::strlen(text); }

// Everything that refers to something else, followed.
uint64_t read_all(const Symbols& symbols, uint64_t number) {
  uint64_t sum = 0;
  const auto check = [&](uint32_t index, size_t size) {
    if (index != kNone && index >= size) give_up("a number beyond its list", number);
  };
  for (const Type& type : symbols.types) {
    check(type.target, symbols.types.size());
    check(type.space, symbols.spaces.size());
    if (type.count > 0) check(type.first + type.count - 1, symbols.members.size());
    sum += text_length(type.name);
  }
  for (const Function& function : symbols.functions) {
    check(function.result, symbols.types.size());
    check(function.space, symbols.spaces.size());
    if (function.count > 0) check(function.first + function.count - 1, symbols.members.size());
    sum += text_length(function.name) + text_length(function.linkage_name);
  }
  for (const Member& member : symbols.members) {
    check(member.type, symbols.types.size());
    sum += text_length(member.name);
  }
  for (const Variable& variable : symbols.variables) {
    check(variable.type, symbols.types.size());
    check(variable.space, symbols.spaces.size());
    sum += text_length(variable.name);
  }
  for (const Space& space : symbols.spaces) {
    if (space.outer != kNone && &symbols.spaces[space.outer] >= &space) {
      give_up("a space inside of a later one", number);
    }
    sum += text_length(space.name);
  }
  return sum;
}

struct Totals {
  uint64_t read = 0, places = 0, problems = 0;
  double slowest = 0, most_memory = 0;
};

void ask_for_places(DebugInfo& info, Allocator& allocator, Random& random, Totals& totals) {
  Places places(allocator, info);
  uint64_t code = info.files()[0].code_size;
  struct Count {
    uint64_t* places;
    uint64_t sum = 0;
  } count{&totals.places};
  for (int i = 0; i < 24; i++) {
    Work work(info.bytes());
    (void)places.find(
        random.below(code + 2), work,
        [](void* context, const Place& place) {
          Count& to = *static_cast<Count*>(context);
          ++*to.places;
          to.sum += text_length(place.function) + text_length(place.file.name);
          to.sum += text_length(place.file.directory) + text_length(place.directory);
        },
        &count);
  }
}

void run_case(const Subject& subject, Random& random, uint64_t number, Totals& totals) {
  Buffer bytes = subject.bytes;
  Buffer split = subject.split;
  for (size_t i = 1 + random.below(random.below(2) == 0 ? 2 : 24); i > 0; i--) {
    if (!split.empty() && random.below(2) == 0) {
      mutate_once(split, true, random);
    } else {
      mutate_once(bytes, false, random);
    }
  }
  if (random.below(16) == 0) bytes.resize(random.below(bytes.size() + 1));
  const Exact module(bytes);
  const Exact beside(split);
  auto start = std::chrono::steady_clock::now();
  peak_bytes = 0;
  {
    Allocator allocator = counting_allocator();
    DebugInfo info(allocator);
    if (info.open({module.data, module.size}) == Error::None) {
      if (beside.size > 0) (void)info.add_split({beside.data, beside.size});
      Symbols symbols(allocator);
      if (symbols.read(info) == Error::None) {
        totals.read++;
        read_all(symbols, number);
      }
      totals.problems += info.problem() != nullptr;
      ask_for_places(info, allocator, random, totals);
    }
  }
  if (live_blocks != 0) give_up("memory is left", number);
  std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
  totals.slowest = std::max(totals.slowest, taken.count());
  double bytes_there = static_cast<double>(module.size + beside.size);
  double least = 100'000;
  totals.most_memory =
      std::max(totals.most_memory, (static_cast<double>(peak_bytes) - least) / bytes_there);
}

Buffer read_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

void add(std::vector<Subject>& subjects, const std::filesystem::path& path) {
  if (std::filesystem::is_directory(path)) {
    std::vector<std::filesystem::path> found;
    for (const auto& entry : std::filesystem::directory_iterator(path)) {
      if (entry.path().extension() == ".wasm") found.push_back(entry.path());
    }
    std::sort(found.begin(), found.end());
    for (const auto& file : found) add(subjects, file);
    return;
  }
  if (!std::filesystem::exists(path)) return;
  Subject subject{read_file(path), {}};
  for (const char* extension : {".dwo", ".dwp"}) {
    auto beside = path;
    beside.replace_extension(extension);
    if (std::filesystem::exists(beside)) subject.split = read_file(beside);
  }
  subjects.push_back(std::move(subject));
}

}  // namespace

int main(int argc, char** argv) {
  uint64_t count = 2000;
  Random random{0x9e3779b97f4a7c15u};
  std::vector<Subject> subjects;
  for (int i = 1; i < argc; i++) {
    if (std::strcmp(argv[i], "--count") == 0 && i + 1 < argc) {
      count = std::strtoull(argv[++i], nullptr, 10);
    } else if (std::strcmp(argv[i], "--seed") == 0 && i + 1 < argc) {
      random.state ^= std::strtoull(argv[++i], nullptr, 10) * 0xd6e8feb86659fd93u;
    } else if (std::filesystem::exists(argv[i])) {
      add(subjects, argv[i]);
    }
  }
  if (subjects.empty()) {
    std::printf("no files: guests with debugging information need clang and lld\n");
    return 0;
  }
  Totals totals;
  for (uint64_t number = 0; number < count; number++) {
    run_case(subjects[number % subjects.size()], random, number, totals);
  }
  std::printf(
      "%llu cases of %zu files: %llu read in full, %llu with problems, %llu places, "
      "slowest %.3f s, %.0f bytes of memory for each at most\n",
      static_cast<unsigned long long>(count), subjects.size(),
      static_cast<unsigned long long>(totals.read),
      static_cast<unsigned long long>(totals.problems),
      static_cast<unsigned long long>(totals.places), totals.slowest, totals.most_memory);
  // Far more than a machine in use needs, and far less than what grows with a square.
  return totals.slowest > 10 || totals.most_memory > 200 ? 1 : 0;
}
