// What a sink hears, and what happens when the bytes change after they were validated.
#include <string>
#include <vector>

#include "check.h"
#include "failing_allocator.h"
#include "module/body_validator.h"
#include "module/function_walker.h"
#include "wasm_builder.h"

using namespace wembed;
using Bytes = WasmBuilder::Bytes;

namespace {

// Writes down hooks with stack heights, and checks the promises of the interface on the way.
struct TraceSink : NullSink {
  using Walker = FunctionWalker<TraceSink>;
  static constexpr bool kActive = true;

  void on_start(const Walker& walker) { walker_ = &walker; }
  void note(const std::string& text) {
    trace += (trace.empty() ? "" : " ") + text + "/" + std::to_string(walker_->height());
  }
  void enter(const char* what, Control& control) {
    note(std::string(what) + (control.entry_reachable ? "" : "!"));
    CHECK_EQ(control.user, 0u);
    control.user = walker_->control_count();
    CHECK_EQ(walker_->height(), control.height + control.params().size());
  }
  void on_block(Control& control) { enter("block", control); }
  void on_loop(Control& control) { enter("loop", control); }
  void on_if(Control& control) { enter("if", control); }
  void on_else(Control& control) {
    note(control.reachable ? "else" : "else!");
    CHECK(control.kind == ControlKind::If);
  }
  void on_end(Control& control) {
    note(control.reachable ? "end" : "end!");
    if (control.kind != ControlKind::Function) CHECK_EQ(control.user, walker_->control_count());
    CHECK_EQ(walker_->height(), control.height + control.results().size());
    for (uint32_t i = 0; i < control.results().size(); i++) {
      CHECK(walker_->operand_type(i) == control.results()[control.results().size() - 1 - i]);
    }
  }
  void on_unreachable() { note("unreachable"); }
  void on_nop() { note("nop"); }
  void on_br(uint32_t depth) { note("br" + std::to_string(depth)); }
  void on_br_if(uint32_t depth) { note("br_if" + std::to_string(depth)); }
  void on_br_table(std::span<const uint32_t> labels) {
    std::string text = "br_table";
    for (uint32_t label : labels) text += ":" + std::to_string(label);
    note(text);
  }
  void on_return() { note("return"); }
  void on_call(uint32_t index, const TypeDef*) { note("call" + std::to_string(index)); }
  void on_drop(ValType) { note("drop"); }
  void on_select(ValType) { note("select"); }
  void on_local_get(uint32_t index) { note("get" + std::to_string(index)); }
  void on_local_set(uint32_t index) { note("set" + std::to_string(index)); }
  void on_local_tee(uint32_t index) { note("tee" + std::to_string(index)); }
  void on_load(Opcode opcode, const MemArg& arg) {
    note(std::string(opcode_text(opcode)) + "+" + std::to_string(arg.offset));
  }
  void on_store(Opcode opcode, const MemArg& arg) { on_load(opcode, arg); }
  void on_const(ValType, uint64_t bits) { note("const" + std::to_string(bits)); }
  void on_unary(Opcode opcode) { note(opcode_text(opcode)); }
  void on_binary(Opcode opcode) { note(opcode_text(opcode)); }

  std::string trace;
  const Walker* walker_ = nullptr;
};

struct Loaded {
  explicit Loaded(const Bytes& wasm) : bytes(wasm), types(memory.allocator()) {
    module = load_module(memory.allocator(), types, bytes, diagnostic);
    CHECK_EQ(std::string_view(diagnostic.message), "");
  }
  ~Loaded() {
    if (module != nullptr) module->release();
  }
  std::string walk(uint32_t function = 0) {
    Diagnostic found;
    WalkScratch scratch(memory.allocator());
    TraceSink sink;
    FunctionWalker<TraceSink> walker(*module, function, found, scratch, sink);
    return walker.walk() == Error::None ? sink.trace : found.message;
  }
  Bytes bytes;
  FailingAllocator memory;
  TypeRegistry types;
  Diagnostic diagnostic;
  Module* module;
};

std::string trace(std::initializer_list<ValType> params, std::initializer_list<ValType> results,
                  const Bytes& code) {
  WasmBuilder wasm;
  wasm.memory(1);
  wasm.function(wasm.type(params, results), code, {{1, kI64}});
  return Loaded(wasm.finish()).walk();
}

}  // namespace

TEST_CASE(walker_straight_code) {
  CHECK_EQ(trace({kI32}, {kI32}, {0x20, 0, 0x41, 0x7f, 0x6a, 0x28, 2, 0x80, 1, 0x0b}),
           "get0/1 const4294967295/2 i32.add/1 i32.load+128/1 end/1");
  CHECK_EQ(trace({}, {}, {0x42, 0x7f, 0x21, 0, 0x01, 0x0b}),
           "const18446744073709551615/1 set0/0 nop/0 end/0");
  CHECK_EQ(trace({}, {}, {0x41, 0, 0x43, 0, 0, 0x80, 0x3f, 0x38, 0, 4, 0x0b}),
           "const0/1 const1065353216/2 f32.store+4/0 end/0");
}

TEST_CASE(walker_blocks_and_branches) {
  CHECK_EQ(trace({kI32}, {kI32}, {0x20, 0, 0x04, 0x7f, 0x41, 1, 0x05, 0x41, 2, 0x0b, 0x0b}),
           "get0/1 if/0 const1/1 else/1 const2/1 end/1 end/1");
  CHECK_EQ(trace({kI32}, {}, {0x03, 0x40, 0x20, 0, 0x0d, 0, 0x0b, 0x0b}),
           "loop/0 get0/1 br_if0/0 end/0 end/0");
  CHECK_EQ(trace({kI32}, {kI32}, {0x41, 9, 0x20, 0, 0x0e, 1, 0, 0, 0x0b}),
           "const9/1 get0/2 br_table:0:0/1 end!/1");
}

TEST_CASE(walker_is_quiet_in_dead_code) {
  // The instructions behind the branch are checked, blocks among them reported as dead.
  CHECK_EQ(trace({}, {kI32}, {0x41, 5, 0x0f, 0x6a, 0x02, 0x40, 0x01, 0x0b, 0x0b}),
           "const5/1 return/1 block!/1 end!/1 end!/1");
  CHECK_EQ(trace({kI32}, {}, {0x20, 0, 0x04, 0x40, 0x00, 0x05, 0x01, 0x0b, 0x01, 0x0b}),
           "get0/1 if/0 unreachable/0 else!/0 nop/0 end/0 nop/0 end/0");
}

TEST_CASE(walker_slots_count_vectors_twice) {
  // Without simd instructions only locals and parameters can be vectors.
  WasmBuilder wasm;
  uint32_t type = wasm.type({kI32, kV128, kI64}, {});
  wasm.function(type, {0x0b}, {{2, kV128}});
  Bytes bytes = wasm.finish();
  FailingAllocator memory;
  TypeRegistry types(memory.allocator());
  Diagnostic diagnostic;
  Module* module = load_module(memory.allocator(), types, bytes, diagnostic,
                               static_cast<FeatureSet>(Feature::Simd));
  REQUIRE(module != nullptr);
  {
    WalkScratch scratch(memory.allocator());
    TraceSink sink;
    FunctionWalker<TraceSink> walker(*module, 0, diagnostic, scratch, sink);
    CHECK(walker.walk() == Error::None);
    CHECK_EQ(walker.local_count(), 5u);
    CHECK_EQ(walker.local_slot(1), 1u);
    CHECK_EQ(walker.local_slot(2), 3u);
    CHECK_EQ(walker.local_slot(4), 6u);
    CHECK_EQ(walker.local_slot(5), 8u);
  }
  module->release();
}

// The host writes into the bytes after load: each byte of the code takes each value.
TEST_CASE(changed_bytes_never_break_a_promise) {
  WasmBuilder wasm;
  uint32_t type = wasm.type({kI32}, {kI32});
  wasm.type({kI32, kI32}, {kI32, kI32});
  wasm.memory(1);
  wasm.table(kFuncRef, 1);
  wasm.global(kI32, true, WasmBuilder::i32_const(0));
  wasm.function(type,
                {0x02, 0x7f, 0x20, 0,    0x41, 0x80, 1,    0x6a, 0x20, 0, 0x0d, 0,    0x0c, 0,
                 0x0b, 0x28, 2,    8,    0x04, 0x7f, 0x20, 0,    0x10, 0, 0x05, 0x23, 0,    0x0b,
                 0x22, 0,    0x03, 0x40, 0x20, 0,    0x0e, 1,    0,    0, 0x0b, 0x0b});
  Loaded loaded(wasm.finish());
  REQUIRE(loaded.module != nullptr);
  ByteRange body = loaded.module->body(0);
  // Only the module's owner may write; the module itself sees its bytes as constant.
  uint32_t accepted = 0;
  for (uint32_t at = body.offset; at < body.offset + body.size; at++) {
    uint8_t before = loaded.bytes[at];
    for (uint32_t value = 0; value < 256; value++) {
      loaded.bytes[at] = static_cast<uint8_t>(value);
      Diagnostic slow;
      Diagnostic fast;
      WalkScratch scratch(loaded.memory.allocator());
      TraceSink sink;
      FunctionWalker<TraceSink> walker(*loaded.module, 0, slow, scratch, sink);
      Error walked = walker.walk();
      BodyValidator validator(*loaded.module, fast);
      CHECK(validator.validate(0) == walked);
      CHECK_EQ(std::string_view(slow.message), std::string_view(fast.message));
      CHECK_EQ(slow.offset, fast.offset);
      accepted += walked == Error::None;
    }
    loaded.bytes[at] = before;
  }
  CHECK(accepted > body.size);
}

TEST_CASE(body_at_the_very_end_of_the_module) {
  // No byte follows the code, so that nothing may be read behind it.
  for (const Bytes& code : {Bytes{0x42}, Bytes{0x41, 0xff}, Bytes{0x10}, Bytes{0x0e, 0x05, 0x00},
                            Bytes{0x02}, Bytes{0x44, 0, 0}, Bytes{0xfc}, Bytes{}}) {
    WasmBuilder wasm;
    wasm.function(wasm.type({}, {}), code);
    // An exact block, so that a sanitizer sees each byte too many.
    Bytes bytes = wasm.finish();
    bytes.shrink_to_fit();
    FailingAllocator memory;
    TypeRegistry types(memory.allocator());
    Diagnostic diagnostic;
    Module* module = load_module(memory.allocator(), types, bytes, diagnostic);
    CHECK(module == nullptr);
    CHECK(diagnostic.code != Error::None);
  }
}
