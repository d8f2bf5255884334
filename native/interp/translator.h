// Translates one function body to register operations, in one pass over the walker's hooks.
//
// Operands are descriptions until somebody needs their value: a home slot, a local that has not
// been read yet, a constant. Where control joins, all operands are in their homes.
//
// Each operation leaves its result in its slot and in the accumulator of its kind. The translator
// knows which slot's value an accumulator holds; an operation that takes it from there makes the
// producer's store needless when the value was an operand (it has exactly one reader).
//
// The last few operations are remembered, so that one can be taken back and merged into the next
// (fuse.cpp). A label ends that memory.
#pragma once

#include <cstdint>

#include "interp/emitter.h"
#include "module/function_walker.h"
#include "runtime/code.h"

namespace wembed {

// Which accumulator a value lives in.
enum class File : uint8_t { Int, F64, F32 };
constexpr int kFiles = 3;

enum class Place : uint8_t { Home, Local, Const };

// A body may put an operand there for every two of its bytes: these stay small.
struct Operand {
  Place place = Place::Home;
  char type = 'I';   // I L F D as in wasm_ops.def, R reference
  int32_t home = 0;  // slot of its position
  union {
    uint64_t bits = 0;  // Const
    int32_t slot;       // else: where the value is, home or the local's slot
  };

  [[nodiscard]] bool is_const() const { return place == Place::Const; }
};
static_assert(sizeof(Operand) == 16);

constexpr int32_t kNoSlot = INT32_MIN;

// What an accumulator holds. `producer`: the operation whose store to `slot` may still be dropped.
struct Held {
  int32_t slot = kNoSlot;
  uint32_t producer = kNoPosition;
  RegOp op{};
};

enum class Family : uint8_t { None, Unary, Binary, Compare, AddShl, Load };

// An operation that can be taken back.
struct Remembered {
  uint32_t position = kNoPosition;
  Family family = Family::None;
  Opcode opcode{};  // of the wasm instruction; AddShl: the shift in `shift`
  uint8_t shift = 0;
  int32_t destination = kNoSlot;
  Operand a, b;
  Held before[kFiles];  // accumulators before it
};

// A condition that is not computed yet.
struct Condition {
  bool compare = false;  // opcode over a, b; else: a is not zero
  Opcode opcode{};
  Operand a, b;
};

// The test a loop begins with, to be repeated at its end instead of jumping back to it.
struct LoopTest {
  uint32_t words = 0;  // of the operation
  bool leaves_when = false;
  bool to_else = false;  // leaves to the else of the label
  uint32_t label = 0;    // where it leaves to, by Label::id
  uint32_t place = 0;    // that label's place in the stack of labels
  Condition condition;
};

// Where the single result of a block was written before control went to the block's end: the last
// operation before each jump. All of them can be made to write somewhere else.
struct Writers {
  static constexpr uint32_t kMost = 4;
  uint32_t at[kMost] = {};
  uint32_t count = 0;
  bool complete = true;
};

struct Label {
  uint32_t id = 0;
  uint32_t references = kNoPosition;  // chain of displacements waiting for the label
  uint32_t else_reference = kNoPosition;
  uint32_t loop = kNoPosition;        // position of a loop's label
  uint32_t height = 0;                // operands below the construct's parameters
  int32_t home = 0;                   // slot of the first operand above them
  uint32_t table = 0;                 // br_table that last made a trampoline to it ...
  uint32_t trampoline = kNoPosition;  // ... and where
  uint32_t innermost_loop = 0;        // place of the innermost loop's label around it, plus one
  uint32_t test = 0;                  // place in the list of loops' tests, plus one; 0: none
  Writers writers;
};

// Position in the register code and the module's byte it comes from.
struct SourcePoint {
  uint32_t position;
  uint32_t offset;
};

class Translator : public NullSink {
 public:
  static constexpr bool kActive = true;
  using Walker = FunctionWalker<Translator>;

  // `points`, when given, receives the origin of each operation.
  Translator(const Code& code, Code* siblings, Vector<SourcePoint>* points, Allocator& allocator);

  void restart(bool far);
  [[nodiscard]] Error error() const;
  // After the walk: what the frame needs, the word before the ops.
  uint64_t finish();
  Emitter& emitter() { return emitter_; }

  // Hooks of the walker; see NullSink.
  void on_instruction() { charged_++; }
  void on_fuel_block();
  void on_start(const Walker& walker);
  void on_unreachable();
  void on_block(Control& control);
  void on_loop(Control& control);
  void on_if(Control& control);
  void on_else(Control& control);
  void on_end(Control& control);
  void on_br(uint32_t depth);
  void on_br_if(uint32_t depth);
  void on_br_table(std::span<const uint32_t> depths);
  void on_return();
  void on_call(uint32_t function, const TypeDef* type);
  void on_call_indirect(const TypeDef* type, uint32_t table);
  void on_drop(ValType type);
  void on_select(ValType type);
  void on_local_get(uint32_t index);
  void on_local_set(uint32_t index);
  void on_local_tee(uint32_t index);
  void on_global_get(uint32_t index);
  void on_global_set(uint32_t index);
  void on_table_get(uint32_t table);
  void on_table_set(uint32_t table);
  void on_load(Opcode opcode, const MemArg& argument);
  void on_store(Opcode opcode, const MemArg& argument);
  void on_memory_size(uint32_t memory);
  void on_memory_grow(uint32_t memory);
  void on_memory_init(uint32_t segment, uint32_t memory);
  void on_data_drop(uint32_t segment);
  void on_memory_copy(uint32_t destination, uint32_t source);
  void on_memory_fill(uint32_t memory);
  void on_table_init(uint32_t segment, uint32_t table);
  void on_elem_drop(uint32_t segment);
  void on_table_copy(uint32_t destination, uint32_t source);
  void on_table_grow(uint32_t table);
  void on_table_size(uint32_t table);
  void on_table_fill(uint32_t table);
  void on_const(ValType type, uint64_t bits);
  void on_unary(Opcode opcode);
  void on_binary(Opcode opcode);
  void on_ref_null(ValType type);
  void on_ref_is_null();
  void on_ref_func(uint32_t function);

 private:
  // Where a load or store goes.
  struct Address {
    LoadVariant variant = kLoadS;
    Operand base, index;
    uint64_t constant = 0;  // K: the address; D, E: what is added
  };

  // operands.cpp: the operand stack and the accumulators
  [[nodiscard]] int32_t next_home() const;
  Operand push_home(char type);
  void push(const Operand& operand);
  void push_local(Operand operand, int32_t slot);
  void push_again(const Operand& operand);
  Operand pop();
  void cut(size_t height);
  [[nodiscard]] static File file_of(char type);
  [[nodiscard]] bool in_accumulator(const Operand& operand) const;
  void drop_store(const Operand& operand);
  void materialise(Operand& operand);
  void copy_to(const Operand& operand, int32_t slot);
  void copy_slot(int32_t to, int32_t from);
  void settle(const Operand& operand, int32_t slot);
  void flush(Operand& operand);
  void flush_top(uint32_t count);
  void flush_locals();
  [[nodiscard]] bool is_unread(int32_t slot) const;
  void overwritten(int32_t slot);
  void forget();
  void keep_stores();
  void barrier();
  bool save_references(int32_t slot, const Operand& value);
  void set_local(uint32_t index, bool tee);
  [[nodiscard]] int32_t local_slot(uint32_t index) const;

  // Emission: `plain` remembers nothing; `produce` makes the value of a fresh operand.
  enum class Twin : bool { No, Yes };  // whether the operation has a form without the store
  uint32_t plain(const Encoding& encoding);
  void produce(Encoding& encoding, char type, const Remembered& remembered, Twin twin);
  void note(uint32_t position);

  // numeric.cpp
  void binary(Opcode opcode, Operand a, Operand b);
  void compare(Opcode opcode, Operand a, Operand b);
  void value_operation(RegOp base, bool commutative, Operand a, Operand b, char type, char result,
                       const Remembered& remembered);
  void encode_immediate(Encoding& encoding, char type, uint64_t bits);

  // fuse.cpp
  [[nodiscard]] bool made_by_last(const Operand& operand) const;
  Remembered take_back();
  void start_remembering(Remembered& remembered, Family family, Opcode opcode, const Operand& a,
                         const Operand& b);
  bool fuse_shifted_add(const Operand& a, const Operand& b);
  bool fuse_product(Opcode opcode, const Operand& product, const Operand& other);
  bool fuse_post_add(int32_t slot, const Operand& value);
  bool fuse_copy_add(int32_t slot, const Operand& value);
  void post_add(int32_t old, int32_t slot, uint32_t step);
  void add_writer(Label& label);
  bool redirect_writers(int32_t slot, const Operand& value);
  bool take_scaled(Address& address, uint32_t scale);
  Address address_of(const Operand& operand, uint32_t scale, uint64_t offset);
  void take_address(Encoding& encoding, const Address& address, uint64_t offset, int first_field);

  bool fuse_choice(const Operand& condition, const Operand& a, const Operand& b);

  // control.cpp
  Condition take_condition(const Operand& operand);
  uint32_t branch(const Condition& condition, bool when_true);
  bool step_and_branch(const Condition& condition, Opcode opcode, uint32_t& ref);
  void remember_test(const Condition& condition, uint32_t ref, bool when, Label& target,
                     bool to_else);
  void jump(Label& label);
  void refer(uint32_t ref, Label& label);
  void bind(uint32_t& references);
  Label& label(uint32_t depth) { return labels_[labels_.size() - 1 - depth]; }
  void push_label(const Control& control, uint32_t parameters);
  void push_results(std::span<const ValType> types);
  void branch_values(uint32_t count, int32_t home);
  void emit_return();

  // calls.cpp
  void arguments(const TypeDef* type, int32_t& first);
  void results(const TypeDef* type, bool any_callee);
  void operation(RegOp op, uint32_t operands, bool result, uint32_t i32, bool wide, int32_t low,
                 int32_t high);

  const Code& code_;
  Code* siblings_;  // all code of the module's variant
  Vector<SourcePoint>* points_;
  Emitter emitter_;
  Vector<Operand> stack_;
  Vector<Label> labels_;
  Vector<LoopTest> tests_;  // of loops that have one, innermost last
  const Walker* walker_ = nullptr;
  Held held_[kFiles];
  static constexpr int kMemory = 4;
  Remembered memory_[kMemory];  // the last operations, oldest first
  int remembered_ = 0;
  // Positions of the operands that are Place::Local, ascending. Few, so that each local.set can
  // look through them.
  static constexpr uint32_t kMaxUnread = 32;
  uint32_t unread_[kMaxUnread];
  uint32_t unread_count_ = 0;
  // Operands from .. to are known to be Place::Home: need not be looked at again and again.
  size_t home_from_ = 0;
  size_t home_to_ = 0;
  int32_t local_slots_ = 0;
  int32_t operands_end_ = 0;  // first slot above all operand homes
  uint32_t tables_ = 0;       // br_tables seen
  uint32_t label_ids_ = 0;
  uint32_t charge_ = kNoPosition;  // Charge of the current block, metered code
  uint32_t charged_ = 0;
  // The last operation, if all it does is to write one slot, and that slot.
  uint32_t written_at_ = kNoPosition;
  int32_t written_to_ = kNoSlot;
  // The last operation, if it was a copy of a local to a local.
  uint32_t copied_at_ = kNoPosition;
  int32_t copied_to_ = 0;
  int32_t copied_from_ = 0;
  uint32_t paired_at_ = kNoPosition;  // the last operation, if it is a Copy
  // The block that ended last, while nothing has been emitted since.
  Writers joined_;
  int32_t joined_home_ = kNoSlot;
  uint32_t joined_at_ = kNoPosition;
  bool stepped_ = false;  // the last branch is a step as well
  bool out_of_memory_ = false;
};

}  // namespace wembed
