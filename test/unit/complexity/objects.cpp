// Structs, arrays and casts by the thousand: load, translation and running take time by their
// number.
#include "gc_export.h"
#include "growth.h"

using namespace wembed;
using namespace wembed::growth;

namespace {

enum : uint8_t { kPair, kTexts, kRefs };

// The code of "run" with n of something, (i32) -> i32.
struct Body {
  const char* name;
  uint32_t most;
  Bytes (*code)(uint32_t n);
};

const Bytes kPairOfOne{0x41, 1, 0xfb, 0x00, kPair};

const Body bodies[] = {
    {"structs, one after another", 50'000,
     [](uint32_t n) {
       return repeat(n, join({kPairOfOne, {0x1a}}));
     }},
    {"structs, all on the stack", 4'000,
     [](uint32_t n) {
       return join({repeat(n, kPairOfOne), repeat(n, {0x1a})});
     }},
    {"one array of many", 10'000,
     [](uint32_t n) {
       Bytes make{0xfb, 0x08, kTexts};
       WasmBuilder::u32(make, n);
       return join({repeat(n, {0x41, 1}), make, {0x1a}});
     }},
    {"one array of many objects", 4'000,
     [](uint32_t n) {
       Bytes make{0xfb, 0x08, kRefs};
       WasmBuilder::u32(make, n);
       return join({repeat(n, kPairOfOne), make, {0x1a}});
     }},
    {"casts, one after another", 50'000,
     [](uint32_t n) {
       return join({kPairOfOne, repeat(n, {0xfb, 0x16, kPair}), {0x1a}});
     }},
    {"branches on casts, out of blocks inside each other", 20'000,
     [](uint32_t n) {
       Bytes close = repeat(n, {0xfb, 0x18, 0, 0, 0x6e, 0x6b, 0x0b});
       return join({repeat(n, {0x02, 0x64, 0x6e}), kPairOfOne, close, {0x1a}});
     }},
};

void finalize(wasm_obj_t, void*) {}

}  // namespace

TEST_CASE(objects) {
  for (const Body& body : bodies) {
    check_linear(body.name, body.most, [&](uint32_t n, wembed_runtime_t runtime, Costs& costs) {
      WasmBuilder wasm;
      wasm.raw_type({0x5f, 1, 0x7f, 1});
      wasm.raw_type({0x5e, 0x78, 1});
      wasm.raw_type({0x5e, 0x6e, 1});
      const uint32_t unary = wasm.type({kI32}, {kI32});
      const Bytes code = join({body.code(n), {0x20, 0, 0x0b}});
      const std::string name = n == 0 ? "" : "run";
      wasm.export_as(name, ExternKind::Func, wasm.function(unary, code, {{1, kI32}}));
      live_through(wasm.finish(), runtime, costs);
    });
  }
}

TEST_CASE(what_the_host_keeps_and_wants_to_know_the_end_of) {
  check_linear(
      "values of the host", 64'000, [&](uint32_t n, wembed_runtime_t runtime, Costs& costs) {
        WasmBuilder wasm;
        const Bytes bytes = wasm.finish();
        wasm_module_t module = load(runtime, bytes);
        if (module == nullptr) return;
        wembed_error_t error = {};
        wasm_module_inst_t instance = wembed_instantiate(module, nullptr, &error);
        if (instance == nullptr)
          return check::fail(__FILE__, __LINE__, "instantiate", error.message);
        wasm_exec_env_t env = wasm_runtime_get_exec_env_singleton(instance);
        std::vector<wasm_local_obj_ref_t> kept(n);
        bool good = true;
        costs.of("keep", [&] {
          for (uintptr_t i = 0; i < n; i++) {
            wasm_runtime_push_local_obj_ref(env, &kept[i]);
            auto* value = wasm_externref_obj_new(env, reinterpret_cast<void*>((i + 1) << 4));
            kept[i].val = reinterpret_cast<wasm_obj_t>(value);
            good = good && wasm_runtime_pin_object(env, kept[i].val) &&
                   wasm_obj_set_gc_finalizer(env, kept[i].val, &finalize, nullptr);
          }
        });
        costs.of("collect", [&] { good = good && wembed_collect(instance, nullptr, nullptr); });
        costs.of("let go", [&] {
          for (const wasm_local_obj_ref_t& reference : kept) {
            good = good && wasm_runtime_unpin_object(env, reference.val);
          }
          wasm_runtime_pop_local_obj_refs(env, n);
          good = good && wembed_collect(instance, nullptr, nullptr);
        });
        CHECK(good);
        wasm_runtime_deinstantiate(instance);
        wasm_runtime_unload(module);
      });
}
