// Memory for machine code: regions come and go with what is in them, and no page is both written
// and run.
#include "jit/code/code_space.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <vector>

#include "../check.h"
#include "jit/code/source_table.h"

using namespace wembed;
using namespace wembed::jit;

namespace {

constexpr uint8_t kNine[] = {0xb8, 9, 0, 0, 0, 0xc3};  // mov eax, 9; ret

int run(const CodeSpace::Piece& piece) {
  return reinterpret_cast<int (*)()>(reinterpret_cast<uintptr_t>(piece.code))();
}

// Whether a page of the process may be written and run; true where nobody can tell.
bool has_writable_code() {
  FILE* maps = std::fopen("/proc/self/maps", "r");
  if (maps == nullptr) return false;
  char line[512];
  bool found = false;
  while (std::fgets(line, sizeof line, maps) != nullptr) {
    const char* access = std::strchr(line, ' ');
    found = found || (access != nullptr && access[2] == 'w' && access[3] == 'x');
  }
  std::fclose(maps);
  return found;
}

}  // namespace

TEST_CASE(pieces_run_and_regions_go_with_the_last) {
  CodeSpace space;
  if (space.probe() != 0) return;
  CHECK_EQ(space.bytes(), 0u);
  std::vector<CodeSpace::Piece> pieces;
  for (int i = 0; i < 20000; i++) {
    CodeSpace::Piece piece;
    REQUIRE(space.add(kNine, piece));
    CHECK_EQ(reinterpret_cast<uintptr_t>(piece.code) % 64, 0u);
    pieces.push_back(piece);
  }
  CHECK_EQ(run(pieces.front()) + run(pieces.back()), 18);
  CHECK(!has_writable_code());
  const size_t most = space.bytes();
  CHECK(most > 1024 * 1024 && most < 1536 * 1024);
  for (const CodeSpace::Piece& piece : pieces) space.remove(piece);
  CHECK_EQ(space.bytes(), 0u);
  space.remove({});
}

TEST_CASE(what_is_larger_than_a_region_has_its_own) {
  CodeSpace space;
  if (space.probe() != 0) return;
  std::vector<uint8_t> large(1 << 20, 0x90);
  std::memcpy(large.data() + large.size() - sizeof kNine, kNine, sizeof kNine);
  CodeSpace::Piece piece;
  REQUIRE(space.add(large, piece));
  CHECK_EQ(run(piece), 9);
  space.remove(piece);
  CHECK_EQ(space.bytes(), 0u);
}

TEST_CASE(a_system_that_refuses_leaves_no_trace) {
  CodeSpace space;
  platform::refuse_code_memory(EACCES);
  CHECK(space.probe() != 0);
  CodeSpace::Piece piece;
  CHECK(!space.add(kNine, piece));
  CHECK_EQ(space.bytes(), 0u);
  platform::refuse_code_memory(0);
  // The answer stands: nobody asks a system twice.
  CHECK(space.probe() != 0);
}

TEST_CASE(a_place_belongs_to_the_last_entry_before_it) {
  const SourceEntry table[] = {{8, 100}, {20, kNoSource}, {24, 7}};
  CHECK_EQ(source_at(table, 7), kNoSource);
  CHECK_EQ(source_at(table, 8), 100u);
  CHECK_EQ(source_at(table, 19), 100u);
  CHECK_EQ(source_at(table, 20), kNoSource);
  CHECK_EQ(source_at(table, 1000), 7u);
  CHECK_EQ(source_at({}, 0), kNoSource);
}
