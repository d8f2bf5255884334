// The loop that runs a body of the test tier. Its state is written back at every call out and trap:
// env.fp, env.place and env.instance, as the seam asks of native code.
#include "tier/run.h"

#include <algorithm>
#include <cstring>

#include "isa/wide.h"
#include "runtime/exec_env.h"
#include "runtime/native_stack.h"
#include "runtime/object_ops.h"
#include "runtime/operations.h"
#include "runtime/resumable_call.h"
#include "runtime/unwind.h"
#include "tier/engine.h"
#include "tier/numeric.h"
#include "tier/objects.h"

namespace wembed::test_tier {

void (*before_call)(Code& code) = [](Code&) {};

namespace {

class Frame {
 public:
  Frame(ExecEnv& env, Slot* link)
      : env_(env),
        fp_(link),
        code_(*reinterpret_cast<Code*>(link[kLinkCode])),
        instance_(*reinterpret_cast<Instance*>(link[kLinkInstance])),
        body_(static_cast<const TestBody&>(*code_.body_of(tier()))),
        locals_(link - body_.local_slots),
        sp_(link + kLinkSlots),
        at_(body_.code.data()) {
    std::fill(locals_ + body_.param_slots, fp_, 0);
  }

  Trap run() {
    while (at_->op != kReturn && !has_returned_) {
      const Instr& in = *at_++;
      Trap trap = Trap::None;
      if (!perform_numeric(in, instance_, sp_, trap) && !perform_vector(in, instance_, sp_, trap)) {
        trap = perform(in);
      }
      if (trap == Trap::Exception && !has_returned_) trap = catch_here(in);
      if (trap != Trap::None) {
        if (!is_placed_) save(in);
        return trap;
      }
    }
    std::copy_n(sp_ - body_.result_slots, body_.result_slots, locals_);
    return Trap::None;
  }

 private:
  void save(const Instr& in) {
    env_.fp = fp_;
    env_.place = &in;
    env_.instance = &instance_;
  }
  Trap catch_here(const Instr& in) {
    Landing landing;
    Trap trap = find_landing_here(env_, fp_, &in, false, landing);
    is_placed_ = trap != Trap::None;
    if (trap != Trap::None) return trap;
    at_ = static_cast<const Instr*>(landing.place);
    sp_ = landing.top;
    return Trap::None;
  }
  Trap throw_tag(const Instr& in) {
    sp_ -= reinterpret_cast<const TypeDef*>(in.wide)->param_slots;
    save(in);
    return op_throw(env_, *instance_.tags()[in.a], sp_);
  }
  Trap throw_reference(const Instr& in, Slot reference) {
    save(in);
    return op_throw_ref(env_, reference);
  }
  uint32_t pop() { return static_cast<uint32_t>(*--sp_); }
  // An address, a size or how much to grow.
  static Slot number(const Limits& limits, Slot slot) {
    return limits.is_64 ? slot : static_cast<uint32_t>(slot);
  }
  [[nodiscard]] const Limits& memory(uint32_t index) const {
    return instance_.module->memories()[index].limits;
  }
  [[nodiscard]] const Limits& table(uint32_t index) const {
    return instance_.module->tables()[index].type.limits;
  }
  // An element's number as tables take it: what is too large stays too large.
  static uint32_t element(const Limits& limits, Slot slot) {
    return static_cast<uint32_t>(std::min<Slot>(number(limits, slot), UINT32_MAX));
  }
  // The three operands of a bulk operation, the first pushed first.
  Slot* pop_three() { return sp_ -= 3; }
  static uint32_t low(Slot slot) { return static_cast<uint32_t>(slot); }

  Trap branch(uint32_t index) {
    const Branch& branch = body_.branches[index];
    Slot* to = fp_ + kLinkSlots + branch.height;
    std::copy_n(sp_ - branch.count, branch.count, to);
    sp_ = to + branch.count;
    at_ = body_.code.data() + branch.target;
    if (env_.interrupt.load(std::memory_order_relaxed) == 0) return Trap::None;
    save(*at_);
    Trap trap = op_interrupted(env_, instance_, nullptr);
    is_placed_ = trap != Trap::None;
    return trap;
  }

  Trap call(const Instr& in, const TypeDef* type, Code& code, Instance& instance) {
    Slot* args = sp_ - type->param_slots;
    save(in);
    before_call(code);
    Trap trap = code.entry.load(std::memory_order_acquire)(env_, code, instance, args, &in + 1);
    is_placed_ = trap != Trap::None;
    sp_ = args + type->result_slots;
    return trap;
  }

  Trap call_host(const Instr& in, const Function& function) {
    const TypeDef* type = function.type;
    Slot* args = sp_ - type->param_slots;
    Slot* top = args + std::max(type->param_slots, type->result_slots);
    save(in);
    Trap trap = op_call_host(env_, function, args, top);
    is_placed_ = trap != Trap::None;
    sp_ = args + type->result_slots;
    return trap;
  }

  // Leaves the call to whoever called this function.
  Trap leave(const Instr& in, const TypeDef* type, Code& code, Instance& instance) {
    save(in);
    is_placed_ = true;
    env_.tail.code = &code;
    env_.tail.instance = &instance;
    env_.tail.arguments = sp_ - type->param_slots;
    return Trap::TailCall;
  }

  Trap call_or_leave(const Instr& in, bool is_tail, const TypeDef* type, Code& code,
                     Instance& instance) {
    return is_tail ? leave(in, type, code, instance) : call(in, type, code, instance);
  }

  // The host's function is called, whichever it is: then its results are returned.
  Trap call_function(const Instr& in, bool is_tail, const Function& function) {
    if (function.host == nullptr) {
      Instance& other = *function.instance;
      Code* table = code_.variant().metered ? other.metered_code : other.code;
      return call_or_leave(in, is_tail, function.type, table[function.defined], other);
    }
    has_returned_ = is_tail;
    return call_host(in, function);
  }

  Trap call_direct(const Instr& in, bool is_tail) {
    uint32_t imported = instance_.module->imported_function_count();
    if (in.a < imported) return call_function(in, is_tail, *instance_.imported_functions[in.a]);
    Code* table = code_.variant().metered ? instance_.metered_code : instance_.code;
    return call_or_leave(in, is_tail, reinterpret_cast<const TypeDef*>(in.wide),
                         table[in.a - imported], instance_);
  }

  Trap call_indirect(const Instr& in, bool is_tail) {
    uint32_t index = element(table(in.a), *--sp_);
    save(in);
    Trap trap = op_callee(instance_, in.a, index);
    if (trap != Trap::None) return trap;
    Slot element = 0;
    trap = op_table_get(instance_, in.a, index, element);
    if (trap != Trap::None) return trap;
    const auto& function = *reinterpret_cast<const Function*>(element);
    if (!is_subtype(function.type, reinterpret_cast<const TypeDef*>(in.wide))) {
      return Trap::IndirectCallType;
    }
    return call_function(in, is_tail, function);
  }

  Trap call_ref(const Instr& in, bool is_tail) {
    const auto* function = reinterpret_cast<const Function*>(*--sp_);
    return function == nullptr ? Trap::NullReference : call_function(in, is_tail, *function);
  }

  // Without the reference when it is null, with it when it is not: as the label wants it.
  Trap branch_on_null(const Instr& in) {
    if (sp_[-1] != 0) return Trap::None;
    sp_--;
    return branch(in.a);
  }
  Trap branch_on_non_null(const Instr& in) {
    if (sp_[-1] != 0) return branch(in.a);
    sp_--;
    return Trap::None;
  }

  Trap grow_memory(const Instr& in) {
    Slot delta = number(memory(in.a), *--sp_);
    save(in);
    int64_t old = 0;
    Trap trap = op_memory_grow(env_, instance_, in.a, delta, sp_ + 1, old);
    *sp_++ = number(memory(in.a), static_cast<Slot>(old));
    return trap;
  }

  Trap grow_table(const Instr& in) {
    Slot delta = number(table(in.a), *--sp_);
    save(in);
    int64_t old = 0;
    Trap trap = op_table_grow(env_, instance_, in.a, sp_[-1], delta, old);
    sp_[-1] = number(table(in.a), static_cast<Slot>(old));
    return trap;
  }

  void wide(Opcode opcode) {
    sp_ -= opcode <= Opcode::I64Sub128 ? 4 : 2;
    isa::Wide result;
    switch (opcode) {
      case Opcode::I64Add128: result = isa::add128({sp_[0], sp_[1]}, {sp_[2], sp_[3]}); break;
      case Opcode::I64Sub128: result = isa::sub128({sp_[0], sp_[1]}, {sp_[2], sp_[3]}); break;
      case Opcode::I64MulWideS: result = isa::mul_wide_s(sp_[0], sp_[1]); break;
      default: result = isa::mul_wide_u(sp_[0], sp_[1]); break;
    }
    *sp_++ = result.low;
    *sp_++ = result.high;
  }

  void select(uint32_t slots) {
    bool first = pop() != 0;
    sp_ -= slots;
    if (!first) std::copy_n(sp_, slots, sp_ - slots);
  }

  Trap perform(const Instr& in) {
    switch (in.op) {
      case kCharge: env_.fuel -= in.a; return env_.fuel < 0 ? Trap::InstructionLimit : Trap::None;
      case kJump: return branch(in.a);
      case kRethrow: return throw_reference(in, locals_[in.a]);
      case kJumpUnless: return pop() == 0 ? branch(in.a) : Trap::None;
      default: return perform(in, static_cast<Opcode>(in.op));
    }
  }

  Trap perform(const Instr& in, Opcode opcode) {
    switch (opcode) {
      case Opcode::Throw: return throw_tag(in);
      case Opcode::ThrowRef: return throw_reference(in, *--sp_);
      case Opcode::Unreachable: return Trap::Unreachable;
      case Opcode::BrIf: return pop() != 0 ? branch(in.a) : Trap::None;
      case Opcode::BrTable: return branch(in.a + std::min(pop(), in.b));
      case Opcode::Call: return call_direct(in, false);
      case Opcode::CallIndirect: return call_indirect(in, false);
      case Opcode::CallRef: return call_ref(in, false);
      case Opcode::ReturnCall: return call_direct(in, true);
      case Opcode::ReturnCallIndirect: return call_indirect(in, true);
      case Opcode::ReturnCallRef: return call_ref(in, true);
      case Opcode::BrOnNull: return branch_on_null(in);
      case Opcode::BrOnNonNull: return branch_on_non_null(in);
      case Opcode::BrOnCast: return branch_on_cast(in);
      case Opcode::Drop: sp_ -= in.a; return Trap::None;
      case Opcode::Select: select(in.a); return Trap::None;
      case Opcode::LocalGet: sp_ = std::copy_n(locals_ + in.a, in.b, sp_); return Trap::None;
      case Opcode::LocalSet: sp_ -= in.b; [[fallthrough]];
      case Opcode::LocalTee:
        std::copy_n(opcode == Opcode::LocalSet ? sp_ : sp_ - in.b, in.b, locals_ + in.a);
        return Trap::None;
      default: return perform_other(in, opcode);
    }
  }

  Trap perform_other(const Instr& in, Opcode opcode) {
    switch (opcode) {
      case Opcode::GlobalGet: sp_ = std::copy_n(instance_.global(in.a)->slots, in.b, sp_); break;
      case Opcode::GlobalSet:
        sp_ -= in.b;
        std::copy_n(sp_, in.b, instance_.global(in.a)->slots);
        break;
      case Opcode::TableGet:
        return op_table_get(instance_, in.a, element(table(in.a), sp_[-1]), sp_[-1]);
      case Opcode::TableSet:
        sp_ -= 2;
        return op_table_set(instance_, in.a, element(table(in.a), sp_[0]), sp_[1]);
      case Opcode::TableSize: *sp_++ = low(instance_.tables[in.a]->length()); break;
      case Opcode::TableGrow: return grow_table(in);
      case Opcode::RefAsNonNull: return sp_[-1] == 0 ? Trap::NullReference : Trap::None;
      case Opcode::I64Add128:
      case Opcode::I64Sub128:
      case Opcode::I64MulWideS:
      case Opcode::I64MulWideU: wide(opcode); break;
      case Opcode::RefIsNull: sp_[-1] = sp_[-1] == 0; break;
      case Opcode::RefFunc: {
        const Function* function = op_ref_func(instance_, in.a);
        if (function == nullptr) return Trap::OutOfMemory;
        *sp_++ = reinterpret_cast<Slot>(function);
        break;
      }
      case Opcode::MemorySize: *sp_++ = instance_.memories[in.a]->pages; break;
      case Opcode::MemoryGrow: return grow_memory(in);
      case Opcode::DataDrop: op_data_drop(instance_, in.a); break;
      case Opcode::ElemDrop: op_elem_drop(instance_, in.a); break;
      default: return perform_bulk(in, opcode);
    }
    return Trap::None;
  }

  Trap perform_atomic(const Instr& in, Opcode opcode) {
    const Signature& signature = opcode_info(opcode).signature;
    sp_ -= signature.count;
    save(in);
    Trap trap = op_atomic(env_, instance_, opcode, in.a, in.wide, sp_);
    if (signature.result != 0) sp_++;
    return trap;
  }

  Trap branch_on_cast(const Instr& in) {
    const ValType target(static_cast<uint32_t>(in.wide));
    const bool is_one = is_of_reference_type(instance_.module->registry(), sp_[-1], target);
    return is_one == (in.b == 0) ? branch(in.a) : Trap::None;
  }

  Trap perform_bulk(const Instr& in, Opcode opcode) {
    if (opcode == Opcode::AtomicFence) return Trap::None;
    if (opcode_info(opcode).prefix == 0xfb || opcode == Opcode::RefEq) {
      save(in);
      return perform_object(in, env_, instance_, sp_);
    }
    if (opcode_info(opcode).prefix == 0xfe) return perform_atomic(in, opcode);
    Slot* x = pop_three();
    save(in);
    switch (opcode) {
      case Opcode::MemoryInit:
        return op_memory_init(env_, instance_, in.a, in.b, number(memory(in.b), x[0]), low(x[1]),
                              low(x[2]));
      case Opcode::MemoryCopy: {
        const Limits &to = memory(in.a), &from = memory(in.b);
        return op_memory_copy(env_, instance_, in.a, in.b, number(to, x[0]), number(from, x[1]),
                              number(to, number(from, x[2])));
      }
      case Opcode::MemoryFill:
        return op_memory_fill(env_, instance_, in.a, number(memory(in.a), x[0]),
                              static_cast<uint8_t>(x[1]), number(memory(in.a), x[2]));
      case Opcode::TableInit:
        return op_table_init(env_, instance_, in.a, in.b, number(table(in.b), x[0]), low(x[1]),
                             low(x[2]));
      case Opcode::TableCopy: {
        const Limits &to = table(in.a), &from = table(in.b);
        return op_table_copy(env_, instance_, in.a, in.b, number(to, x[0]), number(from, x[1]),
                             number(to, number(from, x[2])));
      }
      case Opcode::TableFill:
        return op_table_fill(env_, instance_, in.a, number(table(in.a), x[0]), x[1],
                             number(table(in.a), x[2]));
      default: return Trap::InvalidCode;  // the walker knows more than this tier
    }
  }

  ExecEnv& env_;
  Slot* fp_;
  Code& code_;
  Instance& instance_;
  const TestBody& body_;
  Slot* locals_;
  Slot* sp_;
  const Instr* at_;
  bool has_returned_ = false;  // the last call was the host's
  bool is_placed_ = false;     // whoever trapped has said where already
};

}  // namespace

Trap run(ExecEnv& env, Slot* link) {
  const Unleavable while_it_runs(env);
  return Frame(env, link).run();
}

namespace {

// One function; its last call is left in env.tail.
Trap enter_one(ExecEnv& env, Code& code, Instance& instance, Slot* args, const void* back) {
  if (!native_stack_ok(env)) return Trap::NativeStackOverflow;
  const auto& body = static_cast<const TestBody&>(*code.body_of(tier()));
  Slot* end = args + body.slots;
  while (end > env.stack_limit.load(std::memory_order_relaxed)) {
    Trap trap = op_interrupted(env, instance, end);
    if (trap != Trap::None) return trap;
  }
  Slot* link = args + body.local_slots;
  link[kLinkReturn] = reinterpret_cast<Slot>(back);
  link[kLinkCaller] = reinterpret_cast<Slot>(env.fp);
  link[kLinkCode] = reinterpret_cast<Slot>(&code);
  link[kLinkInstance] = reinterpret_cast<Slot>(&instance);
  return run(env, link);
}

}  // namespace

// Behind the first function its last call is made, and so on: by the caller, at whose call there
// may be a collection. So what the caller has as arguments stays, and others get theirs above.
Trap enter(ExecEnv& env, Code& code, Instance& instance, Slot* args, const void* back) {
  Slot* const fp = env.fp;
  const void* const place = env.place;
  Instance* const caller = env.instance;
  Trap trap = enter_one(env, code, instance, args, back);
  if (trap != Trap::TailCall) return trap;
  Slot* const later = args + code.type()->most_slots;
  while (trap == Trap::TailCall) {
    const TailCall tail = env.tail;
    const uint32_t count = tail.code->type()->param_slots;
    if (later + count > env.stack_end) return Trap::StackOverflow;
    std::memmove(later, tail.arguments, count * sizeof(Slot));
    // From here on the function that left the call is no more.
    env.fp = fp;
    env.place = place;
    env.instance = caller;
    before_call(*tail.code);
    const CodeEntry next = tail.code->entry.load(std::memory_order_acquire);
    trap = next == &enter ? enter_one(env, *tail.code, *tail.instance, later, back)
                          : next(env, *tail.code, *tail.instance, later, back);
  }
  if (trap == Trap::None) std::copy_n(later, code.type()->result_slots, args);
  return trap;
}

}  // namespace wembed::test_tier
