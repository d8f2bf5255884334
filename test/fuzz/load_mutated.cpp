// Loads mutated and truncated modules: load_mutated [--count N] [--seed S] FILE|FOLDER...
//
// Each case must give a module or an error with a text, in little time, and give back all memory.
// A module that loads is looked at from all sides; then its bytes are changed behind its back and
// its bodies are walked again. The same seed gives the same cases. A sanitizer sees the rest.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <vector>

#include "module/body_validator.h"
#include "module/const_expr.h"
#include "module/function_walker.h"
#include "module/names.h"
#include "module/section_cursor.h"
#include "module/type_registry.h"
#include "mutation.h"

using namespace wembed;
using namespace wembed::mutation;

namespace {

[[noreturn]] void give_up(const char* what, uint64_t number) {
  std::fprintf(stderr, "load_mutated: case %llu: %s\n", static_cast<unsigned long long>(number),
               what);
  std::exit(1);
}

using Bytes = std::vector<uint8_t>;

void mutate_once(Bytes& bytes, Random& random) {
  constexpr uint8_t kTelling[] = {0x00, 0x01, 0x0b, 0x40, 0x60, 0x7f, 0x80, 0xfc, 0xff};
  if (bytes.empty()) return;
  // Half of the changes hit the first bytes: types, imports and counts stand there. The header is
  // mostly left alone, and so is the length: otherwise little else would be tried.
  constexpr size_t kHeader = 8;
  size_t region = random.below(2) == 0 && bytes.size() > 400 ? 400 : bytes.size();
  size_t at = random.below(region);
  if (at < kHeader && bytes.size() > kHeader && random.below(32) != 0) {
    at = kHeader + random.below(bytes.size() - kHeader);
  }
  size_t length = 1 + random.below(random.below(8) == 0 ? 200 : 8);
  if (length > bytes.size() - at) length = bytes.size() - at;
  auto place = bytes.begin() + static_cast<ptrdiff_t>(at);
  auto place_end = place + static_cast<ptrdiff_t>(length);
  switch (random.below(4) == 0 ? 4 + random.below(4) : random.below(4)) {
    case 0: *place ^= static_cast<uint8_t>(1u << random.below(8)); break;
    case 1: *place = static_cast<uint8_t>(random.next()); break;
    case 2: *place = kTelling[random.below(sizeof kTelling)]; break;
    case 3: *place = static_cast<uint8_t>(*place + (random.below(2) == 0 ? 1 : 255)); break;
    case 4: bytes.erase(place, place_end); break;
    case 5: {
      Bytes copy(place, place_end);
      size_t to = random.below(bytes.size());
      bytes.insert(bytes.begin() + static_cast<ptrdiff_t>(to), copy.begin(), copy.end());
      break;
    }
    case 6:
      for (auto i = place; i != place_end; ++i) *i = static_cast<uint8_t>(random.next());
      break;
    default: bytes.resize(random.below(4) == 0 ? at : bytes.size() - random.below(length)); break;
  }
}

// Believes what the walker promises, so that a broken promise shows as a wrong access.
struct ReadingSink : NullSink {
  static constexpr bool kActive = true;
  const FunctionWalker<ReadingSink>* walker = nullptr;
  uint64_t sum = 0;

  void on_start(const FunctionWalker<ReadingSink>& started) { walker = &started; }
  void on_local_get(uint32_t index) { sum += walker->local_type(index).bits(); }
  void on_local_set(uint32_t index) { sum += walker->local_slot(index); }
  void on_global_get(uint32_t index) { sum += walker->module().globals()[index].init.size; }
  void on_call(uint32_t index, const TypeDef* type) {
    sum += walker->module().function_type(index) == type;
    sum += walker->slot_height() - type->result_slots;
  }
  void on_call_indirect(const TypeDef* type, uint32_t table) {
    sum += type->param_count + walker->module().tables()[table].type.limits.min;
  }
  void on_br(uint32_t depth) {
    for (ValType type : walker->control(depth).label_types()) sum += type.bits();
  }
  void on_br_if(uint32_t depth) { on_br(depth); }
  void on_br_table(std::span<const uint32_t> labels) {
    for (uint32_t depth : labels) on_br(depth);
  }
  void on_vector(Opcode, const VectorArg& arg) {
    sum += arg.lane + walker->module().memories().size() + arg.memory.memory;
    sum += walker->slot_height();
  }
  void on_binary(Opcode) { sum += walker->operand_type(0).bits() + walker->operand_slot(0); }
  void on_end(Control& control) {
    for (size_t i = 0; i < control.results().size(); i++) {
      sum += walker->operand_type(static_cast<uint32_t>(i)).bits();
    }
  }
  void on_memory_init(uint32_t segment, uint32_t) {
    sum += walker->module().data()[segment].bytes.size;
  }
  void on_table_init(uint32_t segment, uint32_t) {
    sum += walker->module().elements()[segment].count;
  }
};

struct Scope final : ConstScope {
  bool global(uint32_t, ConstValue&) override { return true; }
  Result<uint64_t> function(uint32_t) override { return uint64_t{1}; }
};

// Everything a runtime reads of a module again after it was loaded.
uint64_t read_all(const Module& module) {
  Scope scope;
  ConstValue value;
  Diagnostic ignored;
  uint64_t sum = 0;
  for (const GlobalDef& global : module.globals()) {
    evaluate(module, global.init, global.type.type, scope, value, ignored);
  }
  for (const DataSegment& segment : module.data()) {
    if (segment.mode == SegmentMode::Active) {
      evaluate(module, segment.offset, kI32, scope, value, ignored);
    }
    for (uint8_t byte : module.slice(segment.bytes)) sum += byte;
  }
  for (const ElementSegment& segment : module.elements()) {
    ElementItems items(module, segment, scope, ignored);
    for (uint32_t i = 0; i < segment.count; i++) {
      if (!items.next().ok()) break;
    }
  }
  for (const Export& entry : module.exports()) sum += module.find_export(entry.name) != nullptr;
  CustomSectionCursor sections(module);
  CustomSection section;
  while (sections.next(section)) sum += section.name.size();
  for (uint32_t i = 0; i < module.function_count(); i += 1 + i / 16) {
    sum += module.function_name(i).size();
  }
  for (uint32_t kind = 0; kind < kNameKinds; kind++) {
    NameReader names(module, static_cast<NameKind>(kind));
    Name name;
    while (names.next(name)) {
      for (char letter : name.text) sum += static_cast<uint8_t>(letter);
      sum += NameReader(module, static_cast<NameKind>(kind), names.place()).next(name);
    }
  }
  return sum;
}

// The quick validator and the walker agree on every body, in what they accept and what they say.
// But for vectors in a module that had none before its bytes changed: only whoever counts slots
// refuses.
void walk_all(const Module& module, Allocator& allocator, uint64_t number, bool changed) {
  WalkScratch scratch(allocator);
  for (uint32_t i = module.imported_function_count(); i < module.function_count(); i++) {
    Diagnostic slow;
    Diagnostic fast;
    ReadingSink sink;
    FunctionWalker<ReadingSink> walker(module, i, slow, scratch, sink);
    Error walked = walker.walk();
    if (changed && std::strstr(slow.message, "have changed since it was loaded") != nullptr)
      continue;
    BodyValidator validator(module, fast);
    if (validator.validate(i) != walked || slow.offset != fast.offset ||
        std::strcmp(slow.message, fast.message) != 0) {
      std::fprintf(stderr, "function %u: \"%s\" at %llu, \"%s\" at %llu\n", i, slow.message,
                   static_cast<unsigned long long>(slow.offset), fast.message,
                   static_cast<unsigned long long>(fast.offset));
      give_up("validator and walker differ", number);
    }
  }
}

struct Totals {
  uint64_t accepted = 0;
  double slowest = 0;
  std::map<std::string, uint64_t> errors;
};

void run_case(const Bytes& original, Random& random, uint64_t number, Totals& totals) {
  Bytes mutated = original;
  for (size_t changes = 1 + random.below(random.below(2) == 0 ? 1 : 6); changes > 0; changes--)
    mutate_once(mutated, random);
  if (random.below(10) == 0) mutated.resize(random.below(mutated.size() + 1));
  const Exact exact(mutated);
  uint8_t* const bytes = exact.data;
  auto start = std::chrono::steady_clock::now();
  {
    Allocator allocator = counting_allocator();
    TypeRegistry types(allocator);
    Diagnostic diagnostic;
    // Now and then without the latest ones: what is refused must be read without harm, too.
    FeatureSet features = random.below(4) == 0 ? 0x1ff : kImplementedFeatures;
    Module* module = Module::load(allocator, types, features,
                                  ModuleBytes(bytes, mutated.size(), nullptr, nullptr), diagnostic);
    if (module != nullptr) {
      totals.accepted++;
      read_all(*module);
      bool large = mutated.size() > 300'000;
      if (!large || number % 16 == 0) walk_all(*module, allocator, number, false);
      for (int round = 0; round < 3 && !large; round++) {
        for (size_t i = 1 + random.below(20); i > 0 && !mutated.empty(); i--) {
          bytes[random.below(mutated.size())] = static_cast<uint8_t>(random.next());
        }
        walk_all(*module, allocator, number, true);
        read_all(*module);
      }
      module->release();
    } else {
      if (diagnostic.code == Error::None || diagnostic.message[0] == 0) {
        give_up("an error without a text", number);
      }
      totals.errors[diagnostic.message]++;
    }
    if (types.group_count() != 0) give_up("types are left", number);
  }
  if (live_blocks != 0) give_up("memory is left", number);
  std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
  if (taken.count() > totals.slowest) totals.slowest = taken.count();
}

void add(std::vector<Bytes>& modules, const std::filesystem::path& path) {
  if (std::filesystem::is_directory(path)) {
    std::vector<std::filesystem::path> found;
    for (const auto& entry : std::filesystem::directory_iterator(path)) {
      if (entry.path().extension() == ".wasm") found.push_back(entry.path());
    }
    std::sort(found.begin(), found.end());
    for (const auto& file : found) add(modules, file);
    return;
  }
  std::ifstream in(path, std::ios::binary);
  modules.emplace_back(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
}

}  // namespace

int main(int argc, char** argv) {
  uint64_t count = 2000;
  Random random{0x9e3779b97f4a7c15u};
  std::vector<Bytes> modules;
  for (int i = 1; i < argc; i++) {
    if (std::strcmp(argv[i], "--count") == 0 && i + 1 < argc) {
      count = std::strtoull(argv[++i], nullptr, 10);
    } else if (std::strcmp(argv[i], "--seed") == 0 && i + 1 < argc) {
      random.state ^= std::strtoull(argv[++i], nullptr, 10) * 0xd6e8feb86659fd93u;
    } else {
      add(modules, argv[i]);
    }
  }
  if (modules.empty()) {
    std::fprintf(stderr, "usage: load_mutated [--count N] [--seed S] FILE|FOLDER...\n");
    return 2;
  }
  Totals totals;
  for (uint64_t number = 0; number < count; number++) {
    run_case(modules[number % modules.size()], random, number, totals);
  }
  std::printf("%llu cases of %zu modules: %llu loaded, slowest %.3f s\n",
              static_cast<unsigned long long>(count), modules.size(),
              static_cast<unsigned long long>(totals.accepted), totals.slowest);
  for (const auto& [text, times] : totals.errors) {
    std::printf("%8llu  %s\n", static_cast<unsigned long long>(times), text.c_str());
  }
  return totals.slowest > 20 ? 1 : 0;
}
