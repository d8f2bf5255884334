// Where the fields are that compiled code touches. A number that changes here changes all code that
// was compiled before: whoever keeps such code has to notice.
#include "runtime/vm_layout.h"

#include <bit>
#include <iterator>

#include "check.h"

using namespace wembed;

#if UINTPTR_MAX == UINT64_MAX
namespace {

struct Pin {
  const char* name;
  int32_t value;
};

constexpr Pin kFound[] = {
#define FIELD(structure, field, type) {#structure "." #field, vm::k##structure##_##field},
#define SIZE(structure) {#structure, vm::kSizeof_##structure},
#define LINK(name) {"link " #name, kLink##name},
#include "runtime/vm_layout.def"
};

constexpr Pin kPinned[] = {
    {"ExecEnv.stack_limit", 0},
    {"ExecEnv.interrupt", 8},
    {"ExecEnv.fp", 16},
    {"ExecEnv.place", 32},
    {"ExecEnv.fuel", 24},
    {"ExecEnv.instance", 48},
    {"ExecEnv.top", 64},
    {"ExecEnv.host_function", 80},
    {"ExecEnv.native_stack_limit", 96},
    {"ExecEnv.native_floor", 128},
    {"Instance.code", 0},
    {"Instance.metered_code", 8},
    {"Instance.memory", 16},
    {"Instance.imported_functions", 24},
    {"Instance.globals", 32},
    {"Instance.tables", 40},
    {"Instance.memories", 48},
    {"Instance.types", 56},
    {"Instance.exception", 125},
    {"Memory.base", 0},
    {"Memory.size", 8},
    {"Memory.pages", 56},
    {"Table.elements", 0},
    {"Table.size", 8},
    {"Function.type", 0},
    {"Function.instance", 8},
    {"Function.host", 16},
    {"Function.index", 24},
    {"Function.defined", 28},
    {"Function", 32},
    {"HostFunction.target", 8},
    {"HostFunction.attachment", 16},
    {"Body.outgoing", 48},
    {"Code.ops", 0},
    {"Code.entry", 8},
    {"Code.native", 24},
    {"Code", 40},
    {"GlobalCell.slots", 0},
    {"GlobalCell", 16},
    {"Slot", 8},
    {"link Return", 0},
    {"link Caller", 1},
    {"link Code", 2},
    {"link Instance", 3},
    {"link Slots", 4},
};

}  // namespace

TEST_CASE(compiled_code_finds_its_fields) {
  REQUIRE(std::size(kFound) == std::size(kPinned));
  for (size_t i = 0; i < std::size(kFound); i++) {
    CHECK_EQ(kFound[i].name, kPinned[i].name);
    check::check_equal(__FILE__, __LINE__, kFound[i].name, kFound[i].value, kPinned[i].value);
  }
}

// Whether an index is multiplied by it with a shift, and an address that is scaled at most.
constexpr bool is_scale(uint32_t size) {
  const uint32_t odd = size >> std::countr_zero(size);
  return odd == 1 || odd == 3 || odd == 5 || odd == 9;
}

// Offsets of one byte make shorter instructions; arrays are indexed without a multiplication.
TEST_CASE(hot_fields_are_within_reach) {
  CHECK(vm::kExecEnv_instance < 128);
  CHECK(vm::kInstance_types < 128);
  CHECK(is_scale(vm::kSizeof_Code));
  CHECK(std::has_single_bit(static_cast<uint32_t>(vm::kSizeof_Function)));
  CHECK(std::has_single_bit(static_cast<uint32_t>(vm::kSizeof_GlobalCell)));
}
#endif
