// Operations on ranges longer than a piece: overlapping, stopped between pieces, and late ones.
#include "runtime/bulk.h"

#include "../body_builder.h"
#include "fixture.h"
#include "runtime/exec_env_cold.h"

using namespace wembed;
using Bytes = WasmBuilder::Bytes;

namespace {

using enum Opcode;

constexpr uint32_t kPages = 24;  // 1.5 MiB: six pieces
constexpr uint32_t kElements = 200'000;

// Three i32 each: copy, fill, init of memory 0; tcopy, tfill, tinit of table 0. grow (elements).
Bytes program() {
  WasmBuilder wasm;
  uint32_t three = wasm.type({kI32, kI32, kI32}, {});
  uint32_t one = wasm.type({kI32}, {kI32});
  wasm.memory(kPages, 2 * kPages);
  wasm.passive_data(Bytes(900'000, 9));
  wasm.data_count(1);
  wasm.table(kFuncRef, kElements);
  BodyBuilder arguments = BodyBuilder().get(0).get(1).get(2);
  auto add = [&](const char* name, Opcode opcode, auto... immediates) {
    BodyBuilder body = arguments;
    wasm.export_as(name, ExternKind::Func,
                   wasm.function(three, body.op(opcode, immediates...).end()));
  };
  add("copy", MemoryCopy, 0, 0);
  add("fill", MemoryFill, 0);
  add("init", MemoryInit, 0, 0);
  add("tcopy", TableCopy, 0, 0);
  add("tinit", TableInit, 0, 0);
  BodyBuilder fill = BodyBuilder().get(0).op(RefNull, 0x70).get(2).op(TableFill, 0).end();
  wasm.export_as("tfill", ExternKind::Func, wasm.function(three, fill));
  BodyBuilder grow = BodyBuilder().op(RefNull, 0x70).get(0).op(TableGrow, 0).end();
  wasm.export_as("grow", ExternKind::Func, wasm.function(one, grow));
  Bytes items{1, 0};
  WasmBuilder::u32(items, kElements);
  items.insert(items.end(), kElements, 0);
  wasm.raw_element(items);
  return wasm.finish();
}

struct Guest {
  explicit Guest(Backend backend = Backend::Automatic) {
    InstantiateOptions options;
    options.backend = backend;
    instance = fixture.instantiate(bytes, options);
  }
  ~Guest() {
    if (instance != nullptr) close_instance(*instance);
  }
  Trap run(const char* name, uint32_t a, uint32_t b, uint32_t c) {
    return call(*instance, name, {a, b, c});
  }
  Bytes bytes = program();
  Fixture fixture;
  Instance* instance = nullptr;
};

uint8_t pattern(size_t i) { return static_cast<uint8_t>(i * 7 + i / 251); }

}  // namespace

TEST_CASE(overlapping_copies_are_right_across_pieces) {
  constexpr uint32_t kPiece = Bulk::kPiece;
  const struct {
    uint32_t to, from, count;
  } kCopies[] = {{1, 0, 4 * kPiece},          {0, 1, 4 * kPiece},
                 {kPiece, 0, 4 * kPiece + 3}, {0, kPiece, 4 * kPiece + 3},
                 {kPiece + 5, 3, 3 * kPiece}, {3, kPiece + 5, 3 * kPiece},
                 {5 * kPiece, 0, kPiece},     {7, 7, 5 * kPiece}};
  for (Backend backend : {Backend::Mapped, Backend::Heap}) {
    Guest guest(backend);
    REQUIRE(guest.instance != nullptr);
    Memory& memory = *guest.instance->memory;
    for (const auto& copy : kCopies) {
      Bytes wanted(memory.size);
      for (size_t i = 0; i < wanted.size(); i++) memory.base[i] = wanted[i] = pattern(i);
      std::memmove(wanted.data() + copy.to, wanted.data() + copy.from, copy.count);
      CHECK_EQ(guest.run("copy", copy.to, copy.from, copy.count), Trap::None);
      CHECK(std::memcmp(memory.base, wanted.data(), wanted.size()) == 0);
    }
    CHECK_EQ(guest.run("fill", 1, 0xa5, 4 * kPiece), Trap::None);
    CHECK(memory.base[0] != 0xa5 && memory.base[1] == 0xa5 && memory.base[4 * kPiece] == 0xa5 &&
          memory.base[4 * kPiece + 1] != 0xa5);
    CHECK_EQ(guest.run("init", 100, 1, 899'999), Trap::None);
    CHECK(memory.base[100] == 9 && memory.base[100 + 899'998] == 9);
  }
}

TEST_CASE(overlapping_copies_of_elements_are_right_across_pieces) {
  Guest guest;
  REQUIRE(guest.instance != nullptr);
  Table& table = *guest.instance->tables[0];
  REQUIRE(table.settle());
  for (bool up : {true, false}) {
    for (uint64_t i = 0; i < kElements; i++) table.elements[i] = 2 * i + 1;
    uint32_t to = up ? 10 : 0, from = up ? 0 : 10;
    CHECK_EQ(guest.run("tcopy", to, from, kElements - 10), Trap::None);
    bool good = true;
    for (uint64_t i = 0; i < kElements - 10; i++) {
      good &= table.elements[to + i] == 2 * (from + i) + 1;
    }
    CHECK(good);
  }
  for (uint64_t i = 0; i < kElements; i++) table.elements[i] = 0;
}

TEST_CASE(work_stops_between_two_pieces) {
  Guest guest;
  REQUIRE(guest.instance != nullptr);
  ExecEnv* env = singleton_exec_env(*guest.instance);
  REQUIRE(env != nullptr);
  constexpr uint64_t kCount = 5 * Bulk::kPiece;
  for (bool backward : {false, true}) {
    Bulk bulk(*env, *guest.instance);
    uint64_t pieces = 0, bytes = 0, first = UINT64_MAX;
    Trap trap = bulk.each(kCount, 1, backward, [&](uint64_t at, uint64_t n) {
      if (pieces++ == 0) first = at;
      bytes += n;
      if (pieces < 2) return;
      env->cold->deadline = 1;  // long ago
      env->interrupt = kInterruptDeadline;
    });
    CHECK_EQ(trap, Trap::Deadline);
    CHECK_EQ(pieces, 2u);
    CHECK_EQ(bytes, 2 * Bulk::kPiece);
    CHECK_EQ(first, backward ? kCount - Bulk::kPiece : 0);
    env->cold->deadline = 0;
    env->interrupt = 0;
  }
}

// Code without a loop is stopped by the first operation that is not short.
TEST_CASE(every_operation_looks_before_it_begins) {
  Guest guest;
  REQUIRE(guest.instance != nullptr);
  ExecEnv* env = singleton_exec_env(*guest.instance);
  REQUIRE(env != nullptr);
  CHECK_EQ(guest.run("fill", 0, 1, 65536), Trap::None);  // translated now
  for (const char* name : {"copy", "fill", "init", "tcopy", "tfill", "tinit", "grow"}) {
    bool is_grow = std::string_view(name) == "grow";
    auto run = [&] {
      return is_grow ? call(*guest.instance, name, {50'000}) : guest.run(name, 0, 0, 4096);
    };
    CHECK_EQ(run(), Trap::None);
    uint64_t length = guest.instance->tables[0]->length();
    // As a timer does that fires while the code before runs: the call itself does not look.
    env->cold->deadline = 1;
    env->interrupt = kInterruptDeadline;
    if (run() != Trap::Deadline) check::fail(__FILE__, __LINE__, name);
    env->cold->deadline = 0;
    env->interrupt = 0;
    env->stack_limit = env->stack_end;
    guest.instance->set_exception(nullptr);
    CHECK_EQ(guest.instance->tables[0]->length(), length);
    CHECK_EQ(run(), Trap::None);
  }
}
