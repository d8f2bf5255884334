// A sink that refuses what the native tier does not know.
#pragma once

#include <span>

#include "jit/build/build.h"
#include "module/walk_sink.h"

namespace wembed::jit {

class RefusingSink : public NullSink {
 public:
  // Why, the first time; None: it was all known so far.
  [[nodiscard]] Refusal refusal() const { return refusal_; }

  void on_try_table(Control&, std::span<const CatchClause>) { refuse(Refusal::Exceptions); }
  void on_throw(uint32_t, const TypeDef*) { refuse(Refusal::Exceptions); }
  void on_throw_ref() { refuse(Refusal::Exceptions); }
  void on_try(Control&) { refuse(Refusal::Exceptions); }
  void on_catch(Control&, uint32_t, const TypeDef*) { refuse(Refusal::Exceptions); }
  void on_delegate(Control&, uint32_t) { refuse(Refusal::Exceptions); }
  void on_rethrow(uint32_t) { refuse(Refusal::Exceptions); }
  void on_br_on_null(uint32_t) { refuse(Refusal::References); }
  void on_br_on_non_null(uint32_t) { refuse(Refusal::References); }
  void on_call_ref(const TypeDef*) { refuse(Refusal::References); }
  void on_ref_as_non_null() { refuse(Refusal::References); }
  void on_return_call(uint32_t, const TypeDef*) { refuse(Refusal::TailCalls); }
  void on_return_call_indirect(const TypeDef*, uint32_t) { refuse(Refusal::TailCalls); }
  void on_return_call_ref(const TypeDef*) { refuse(Refusal::TailCalls); }
  void on_wide(Opcode) { refuse(Refusal::WideArithmetic); }
  void on_vector(Opcode, const VectorArg&) { refuse(Refusal::Vectors); }
  void on_atomic(Opcode, const MemArg&) { refuse(Refusal::Atomics); }
  void on_atomic_fence() { refuse(Refusal::Atomics); }
  void on_struct_new(const TypeDef*, bool) { refuse(Refusal::Objects); }
  void on_struct_get(Opcode, const TypeDef*, uint32_t) { refuse(Refusal::Objects); }
  void on_struct_set(const TypeDef*, uint32_t) { refuse(Refusal::Objects); }
  void on_array_new(const TypeDef*, bool) { refuse(Refusal::Objects); }
  void on_array_new_fixed(const TypeDef*, uint32_t) { refuse(Refusal::Objects); }
  void on_array_new_segment(Opcode, const TypeDef*, uint32_t) { refuse(Refusal::Objects); }
  void on_array_init_segment(Opcode, const TypeDef*, uint32_t) { refuse(Refusal::Objects); }
  void on_array_get(Opcode, const TypeDef*) { refuse(Refusal::Objects); }
  void on_array_set(const TypeDef*) { refuse(Refusal::Objects); }
  void on_array_len() { refuse(Refusal::Objects); }
  void on_array_fill(const TypeDef*) { refuse(Refusal::Objects); }
  void on_array_copy(const TypeDef*, const TypeDef*) { refuse(Refusal::Objects); }
  void on_ref_test(ValType) { refuse(Refusal::Objects); }
  void on_ref_cast(ValType) { refuse(Refusal::Objects); }
  void on_br_on_cast(uint32_t, ValType, bool) { refuse(Refusal::Objects); }
  void on_ref_eq() { refuse(Refusal::Objects); }
  void on_ref_i31() { refuse(Refusal::Objects); }
  void on_i31_get(Opcode) { refuse(Refusal::Objects); }
  void on_convert(Opcode) { refuse(Refusal::Objects); }

 protected:
  void refuse(Refusal reason) {
    if (refusal_ == Refusal::None) refusal_ = reason;
  }

 private:
  Refusal refusal_ = Refusal::None;
};

}  // namespace wembed::jit
