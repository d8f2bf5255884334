// Canonical types and subtyping.
#include <thread>
#include <vector>

#include "check.h"
#include "failing_allocator.h"
#include "wasm_builder.h"

using namespace wembed;
using Bytes = WasmBuilder::Bytes;

namespace {
constexpr FeatureSet kGc =
    static_cast<FeatureSet>(Feature::Gc) | static_cast<FeatureSet>(Feature::FunctionReferences);

// Loads types only and keeps the module.
struct Types {
  Types(FailingAllocator& memory, TypeRegistry& registry, const Bytes& section) {
    WasmBuilder wasm;
    wasm.raw_section(1, section);
    bytes = wasm.finish();
    module = load_module(memory.allocator(), registry, bytes, diagnostic, kGc);
  }
  ~Types() {
    if (module != nullptr) module->release();
  }
  const TypeDef* operator[](uint32_t index) const { return module->type(index); }
  Bytes bytes;
  Diagnostic diagnostic;
  Module* module;
};
}  // namespace

TEST_CASE(equal_function_types_are_one) {
  FailingAllocator memory;
  {
    TypeRegistry registry(memory.allocator());
    const ValType params[] = {kI32, kV128};
    const ValType results[] = {kF64};
    const TypeDef* a = registry.function(params, results);
    const TypeDef* b = registry.function(params, results);
    const TypeDef* c = registry.function(params, {});
    const TypeDef* d = registry.function({}, params);
    REQUIRE(a != nullptr && c != nullptr && d != nullptr);
    CHECK(a == b);
    CHECK(a != c);
    CHECK(c != d);
    CHECK_EQ(a->param_slots, 3u);
    CHECK_EQ(a->result_slots, 1u);
    CHECK(registry.find(c->id) == c);
    CHECK_EQ(registry.group_count(), 3u);
    registry.release(a);
    CHECK_EQ(registry.group_count(), 3u);
    registry.release(b);
    registry.release(c);
    registry.release(d);
    CHECK_EQ(registry.group_count(), 0u);
  }
  CHECK_EQ(memory.live(), 0u);
}

TEST_CASE(types_are_shared_between_modules) {
  FailingAllocator memory;
  TypeRegistry registry(memory.allocator());
  // rec { struct (ref null 1), func (ref 0) -> }
  Bytes group{1, 0x4e, 2, 0x5f, 1, 0x63, 1, 0, 0x60, 1, 0x64, 0, 0};
  Types a(memory, registry, group);
  // The same group as types 1 and 2.
  Types b(memory, registry, {2, 0x60, 0, 0, 0x4e, 2, 0x5f, 1, 0x63, 2, 0, 0x60, 1, 0x64, 1, 0});
  REQUIRE(a.module != nullptr && b.module != nullptr);
  CHECK(a[0] == b[1]);
  CHECK(a[1] == b[2]);
  CHECK_EQ(a[0]->fields[0].type.type_id(), a[1]->id);
}

TEST_CASE(recursion_groups_differ_by_position_and_by_scope) {
  FailingAllocator memory;
  TypeRegistry registry(memory.allocator());
  // 0: struct (ref null 0) refers to itself. 1: struct (ref null 0) refers to type 0.
  Types types(memory, registry, {2, 0x5f, 1, 0x63, 0, 0, 0x5f, 1, 0x63, 0, 0});
  REQUIRE(types.module != nullptr);
  CHECK(types[0] != types[1]);
  // Two members of one group with the same structure are different types.
  Types twins(memory, registry, {1, 0x4e, 2, 0x5f, 0, 0x5f, 0});
  REQUIRE(twins.module != nullptr);
  CHECK(twins[0] != twins[1]);
}

TEST_CASE(declared_subtypes) {
  FailingAllocator memory;
  TypeRegistry registry(memory.allocator());
  // 0: open struct {i32}; 1: sub 0 struct {i32, i64}; 2: sub 1, final
  Types good(memory, registry, {3, 0x50, 0, 0x5f, 1, 0x7f, 0,    0x50, 1,    0, 0x5f, 2, 0x7f,
                                0, 0x7e, 0, 0x4f, 1, 1,    0x5f, 2,    0x7f, 0, 0x7e, 0});
  REQUIRE(good.module != nullptr);
  CHECK(is_subtype(good[2], good[0]));
  CHECK(!is_subtype(good[0], good[2]));
  CHECK_EQ(good[2]->depth, 2);
  ValType low = ValType::concrete_ref(good[2]->id, false);
  ValType high = ValType::concrete_ref(good[0]->id, true);
  CHECK(registry.matches(low, high));
  CHECK(!registry.matches(high, low));
  CHECK(registry.matches(low, ValType::abstract_ref(HeapType::Struct, false)));
  CHECK(registry.matches(low, ValType::abstract_ref(HeapType::Any, true)));
  CHECK(!registry.matches(low, kFuncRef));
  CHECK(registry.matches(ValType::abstract_ref(HeapType::None, false), low));
  CHECK(!registry.matches(ValType::abstract_ref(HeapType::NoFunc, false), low));
  // A field that does not fit, and a supertype that is final.
  Types wrong(memory, registry, {2, 0x50, 0, 0x5f, 1, 0x7f, 0, 0x50, 1, 0, 0x5f, 1, 0x7e, 0});
  CHECK(wrong.module == nullptr);
  CHECK_EQ(std::string_view(wrong.diagnostic.message), "sub type does not match super type");
  Types closed(memory, registry, {2, 0x5f, 0, 0x50, 1, 0, 0x5f, 0});
  CHECK(closed.module == nullptr);
}

TEST_CASE(groups_hold_what_they_name) {
  FailingAllocator memory;
  TypeRegistry registry(memory.allocator());
  const TypeDef* last = nullptr;
  {
    // Each type has a field of the type before it, and the last two are one below the other.
    Bytes section;
    WasmBuilder::u32(section, 1001);
    WasmBuilder::append(section, {0x50, 0, 0x5f, 0});
    for (uint32_t i = 1; i < 1000; i++) {
      WasmBuilder::append(section, {0x50, 0, 0x5f, 1, 0x63});
      WasmBuilder::s64(section, i - 1);
      section.push_back(0);
    }
    WasmBuilder::append(section, {0x50, 1});
    WasmBuilder::u32(section, 999);
    WasmBuilder::append(section, {0x5f, 1, 0x63});
    WasmBuilder::s64(section, 998);
    section.push_back(0);
    Types types(memory, registry, section);
    REQUIRE(types.module != nullptr);
    last = types[1000];
    registry.retain(last);
  }
  CHECK_EQ(registry.group_count(), 1001u);
  CHECK(is_subtype(last, last->super));
  uint32_t depth = 0;
  for (const TypeDef* at = last->super; at->field_count != 0; depth++) {
    at = registry.find(at->fields[0].type.type_id());
    REQUIRE(at != nullptr);
  }
  CHECK_EQ(depth, 999u);
  registry.release(last);
  CHECK_EQ(registry.group_count(), 0u);
}

TEST_CASE(large_groups_are_compared_in_linear_time) {
  FailingAllocator memory;
  TypeRegistry registry(memory.allocator());
  // A type, and a group of very many that all name it and one another.
  Bytes section{2, 0x50, 0, 0x5f, 0, 0x4e};
  const uint32_t count = 100'000;
  WasmBuilder::u32(section, count);
  for (uint32_t i = 0; i < count; i++) {
    WasmBuilder::append(section, {0x50, 1, 0, 0x5f, 2, 0x63, 0, 0, 0x63});
    WasmBuilder::s64(section, 1 + (i * 7919) % count);
    section.push_back(0);
  }
  // A square would be 10^10 steps: hours in a sanitized build.
  Types a(memory, registry, section);
  Types b(memory, registry, section);
  REQUIRE(a.module != nullptr && b.module != nullptr);
  CHECK(a[count] == b[count]);
  CHECK(is_subtype(a[count], b[0]));
}

TEST_CASE(long_supertype_chains_are_refused) {
  FailingAllocator memory;
  TypeRegistry registry(memory.allocator());
  for (uint32_t count : {64u, 65u, 400u}) {
    Bytes section;
    WasmBuilder::u32(section, count);
    WasmBuilder::append(section, {0x50, 0, 0x5f, 0});
    for (uint32_t i = 1; i < count; i++) {
      WasmBuilder::append(section, {0x50, 1});
      WasmBuilder::u32(section, i - 1);
      WasmBuilder::append(section, {0x5f, 0});
    }
    Types types(memory, registry, section);
    CHECK_EQ(types.module != nullptr, count <= 64);
  }
  CHECK_EQ(registry.group_count(), 0u);
}

TEST_CASE(ids_are_used_again) {
  FailingAllocator memory;
  TypeRegistry registry(memory.allocator());
  uint64_t settled = 0;
  for (uint32_t round = 0; round < 5000; round++) {
    std::vector<ValType> params;
    for (uint32_t bits = round; bits != 0; bits /= 4) params.push_back(ValType(0x7c + bits % 4));
    const TypeDef* type = registry.function(params, {});
    REQUIRE(type != nullptr);
    CHECK((type->id & ~ValType::kFunctionId) < 8);
    registry.release(type);
    if (round == 100) settled = memory.live_bytes();
  }
  CHECK_EQ(memory.live_bytes(), settled);
}

TEST_CASE(registry_serves_several_threads) {
  // The test's allocator is not made for threads; the C library's is.
  Allocator system;
  system.allocate_fn = [](void*, size_t size) { return std::malloc(size); };
  system.reallocate_fn = [](void*, void* block, size_t, size_t size) {
    return std::realloc(block, size);
  };
  system.release_fn = [](void*, void* block) { std::free(block); };
  TypeRegistry registry(system);
  auto work = [&registry] {
    for (uint32_t i = 0; i < 2000; i++) {
      ValType params[3] = {ValType(0x7c + i % 4), ValType(0x7c + i / 4 % 4),
                           ValType(0x7c + i / 16 % 4)};
      const TypeDef* type = registry.function(params, {});
      CHECK(registry.find(type->id) == type);
      CHECK(type->values[1] == params[1]);
      registry.release(type);
    }
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; i++) threads.emplace_back(work);
  for (std::thread& thread : threads) thread.join();
  CHECK_EQ(registry.group_count(), 0u);
}

TEST_CASE(tables_are_returned_when_asked_for) {
  for (bool returns : {false, true}) {
    FailingAllocator memory;
    TypeRegistry registry(memory.allocator(), returns);
    for (int round = 0; round < 3; round++) {
      const TypeDef* types[300];
      for (uint32_t i = 0; i < 300; i++) {
        std::vector<ValType> params(i % 40, kI32);
        std::vector<ValType> results(i / 40, kI64);
        types[i] = registry.function(params, results);
        REQUIRE(types[i] != nullptr);
        CHECK(registry.find(types[i]->id) == types[i]);
      }
      for (const TypeDef* type : types) registry.release(type);
      CHECK_EQ(registry.group_count(), 0u);
      CHECK_EQ(memory.live() == 0, returns);
    }
  }
}
