// Which signature strings fit which types, and what is said of functions nobody provides.
#include "fixture.h"
#include "runtime/host_plan.h"
#include "runtime/trap_record.h"

using namespace wembed;

namespace {

struct Types {
  FailingAllocator memory;
  TypeRegistry registry{memory.allocator()};
};

struct Row {
  const char* signature;
  bool fits;
};

void check_rows(std::initializer_list<ValType> params, std::initializer_list<ValType> results,
                std::initializer_list<Row> rows) {
  Types types;
  const TypeDef* type =
      types.registry.function({params.begin(), params.size()}, {results.begin(), results.size()});
  for (const Row& row : rows) {
    bool fits = signature_matches(row.signature, type, {});
    if (fits != row.fits) check::fail(__FILE__, __LINE__, row.signature, "fits or not");
  }
  types.registry.release(type);
}

}  // namespace

TEST_CASE(letters_match_types) {
  check_rows({kI32, kI64, kF32, kF64}, {kI32},
             {{"(iIfF)i", true},
              {"", true},
              {nullptr, true},
              {"(iIfF)", false},
              {"(iIfF)I", false},
              {"(iIfF)ii", false},
              {"(iIf)i", false},
              {"(iIfFi)i", false},
              {"(IifF)i", false},
              {"(iIfF", false},
              {"iIfF)i", false},
              {"(", false},
              {"( iIfF)i", false},
              {"(*IfF)i", true},
              {"($IfF)i", true},
              {"(i*fF)i", false},
              {"(*~fF)i", false}});
}

TEST_CASE(pointers_and_lengths) {
  check_rows({kI32, kI32, kI32}, {},
             {{"(*~i)", true},
              {"(i*~)", true},
              {"(***)", true},
              {"($$$)", true},
              {"(~ii)", false},
              {"(i~i)", false},
              {"(*~~)", false},
              {"(ii*)", true},
              {"(ii*~)", false},
              {"($~i)", false}});
}

TEST_CASE(references) {
  check_rows({kExternRef}, {kExternRef}, {{"(r)r", true}, {"(i)r", false}, {"", true}});
  check_rows({kFuncRef}, {}, {{"", true}, {"(r)", false}, {"(i)", false}});
  check_rows({kV128}, {}, {{"", false}, {"(i)", false}});
  check_rows({}, {kI32, kI32}, {{"()i", false}, {"", false}});
}

TEST_CASE(unlinked_functions_say_their_name) {
  Fixture fixture;
  WasmBuilder wasm;
  uint32_t none = wasm.type({}, {});
  wasm.import_function("nowhere", "nothing", none);
  wasm.export_as("f", ExternKind::Func, wasm.function(none, {0x10, 0, 0x0b}));
  WasmBuilder::Bytes bytes = wasm.finish();
  Module* module = fixture.load(bytes);
  Instance* instance =
      instantiate(*fixture.runtime, *module, InstantiateOptions(), fixture.diagnostic, nullptr);
  module->release();
  REQUIRE(instance != nullptr);
  CHECK(call(*instance, "f") == Trap::UnlinkedImport);
  CHECK_EQ(static_cast<const char*>(instance->exception),
           "Exception: failed to call unlinked import function (nowhere, nothing)");
  CHECK_EQ(instance->cold->trap->frame_count, 2u);  // the import itself and its caller
  close_instance(*instance);
}
