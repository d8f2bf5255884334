// Reading signature strings, and where each argument goes by the processor's convention.
#include "runtime/host_plan.h"
#include "platform/host_call.h"

#include <cstring>
#include <new>

#include "isa/limits.h"
#include "runtime/funcref.h"
#include "runtime/type_text.h"

namespace wembed {

namespace {

// The letter of a value type; 0: none fits.
char letter_of(ValType type, bool words) {
  if (type == kI32) return 'i';
  if (type == kI64) return 'I';
  if (type == kF32) return 'f';
  if (type == kF64) return 'F';
  if (type.is_ref() && type.with_null() == kExternRef) return 'r';
  return words && (type.is_any_ref() || refers_to_functions(type)) ? 'r' : 0;
}

bool has_c_form(ValType type, bool words) {
  return letter_of(type, words) != 0 || refers_to_functions(type);
}

// Raw natives take vectors and references to objects as well.
bool has_form(ValType type, bool raw, bool words) {
  return has_c_form(type, words) || (raw && (type == kV128 || type.is_any_ref()));
}

// How a value travels that no signature asks to convert. An unsigned native sees an externref as
// the host's pointer too: there is no number behind it that would mean anything to the host.
ArgKind plain_kind(ValType type, bool words) {
  if (type == kI32) return ArgKind::Word32;
  if (type == kI64) return ArgKind::Word64;
  if (type == kF32) return ArgKind::Float32;
  if (type == kF64) return ArgKind::Float64;
  if (type == kV128) return ArgKind::Vector;
  if (type.is_any_ref()) return ArgKind::Object;
  if (!refers_to_functions(type)) return ArgKind::Extern;
  return words ? ArgKind::Function : ArgKind::FunctionNumber;
}

bool is_float_kind(ArgKind kind) { return kind == ArgKind::Float32 || kind == ArgKind::Float64; }

// Walks a signature beside the parameters it describes.
class SignatureReader {
 public:
  SignatureReader(const char* text, const TypeDef* type, SignatureForm form)
      : at_(text), type_(type), words_(form.words), pointer_(form.wide_index ? kI64 : kI32) {}

  // Fills `kinds`, one per parameter. False: the signature does not fit the type.
  bool read(ArgKind* kinds) {
    if (*at_++ != '(') return false;
    auto params = type_->params();
    for (size_t i = 0; i < params.size(); i++) {
      char letter = *at_ == 0 ? 0 : *at_++;
      if (letter == '*' || letter == '$') {
        if (params[i] != pointer_) return false;
        kinds[i] = letter == '$' ? ArgKind::String : ArgKind::Pointer;
        if (letter == '*' && *at_ == '~') {
          if (i + 1 == params.size() || params[i + 1] != kI32) return false;
          at_++;
          kinds[i] = ArgKind::Sized;
          kinds[++i] = ArgKind::Word32;
        }
      } else if (letter != 0 && letter == letter_of(params[i], words_)) {
        kinds[i] = plain_kind(params[i], words_);
      } else {
        return false;
      }
    }
    return *at_++ == ')' && read_result();
  }

 private:
  bool read_result() {
    if (type_->result_count == 0) return *at_ == 0;
    return *at_ != 0 && *at_ == letter_of(type_->results()[0], words_) && at_[1] == 0;
  }

  const char* at_;
  const TypeDef* type_;
  bool words_;
  ValType pointer_;
};

// Parameter kinds of most signatures fit here; longer lists are not worth a separate block.
struct Kinds {
  ArgKind items[kMaxParams];
};

bool read_kinds(const char* signature, const TypeDef* type, bool raw, SignatureForm form,
                Kinds& kinds) {
  // C returns one value; a raw native leaves as many as there are in its slots.
  if (type->param_count > kMaxParams || (type->result_count > 1 && !raw)) return false;
  for (ValType value : type->results()) {
    if (!has_form(value, raw, form.words)) return false;
  }
  if (signature != nullptr && *signature != 0) {
    return SignatureReader(signature, type, form).read(kinds.items);
  }
  for (uint32_t i = 0; i < type->param_count; i++) {
    if (!has_form(type->params()[i], raw, form.words)) return false;
    kinds.items[i] = plain_kind(type->params()[i], form.words);
  }
  return true;
}

// Gives every argument its register or its place on the stack.
class Placer {
 public:
  uint16_t place(ArgKind kind) {
    bool is_float = is_float_kind(kind);
    uint32_t& used = is_float ? floats_ : ints_;
    uint32_t available = is_float ? platform::kHostCallConvention.float_registers
                                  : platform::kHostCallConvention.int_registers;
    if (used < available) {
      return static_cast<uint16_t>((is_float ? platform::kMaxIntRegisters : 0) + used++);
    }
    uint32_t size = platform::kHostCallConvention.packed_stack ? packed_size(kind) : 8;
    uint32_t at = (bytes_ + size - 1) / size * size;
    bytes_ = at + size;
    return static_cast<uint16_t>(HostPlan::kFirstStackByte + at);
  }
  [[nodiscard]] uint32_t stack_words() const { return (bytes_ + 7) / 8; }

 private:
  uint32_t ints_ = 1;  // the exec_env
  uint32_t floats_ = 0;
  uint32_t bytes_ = 0;
};

void fill_args(HostPlan& plan, const Kinds& kinds, bool raw) {
  Placer placer;
  uint32_t slot = 0;
  for (uint32_t i = 0; i < plan.type->param_count; i++) {
    ArgKind kind = kinds.items[i];
    uint16_t place = placer.place(kind);
    const auto at = static_cast<uint16_t>(slot);
    slot += plan.type->params()[i].slots();
    bool converted = kind >= ArgKind::Extern;
    if (raw && !converted) continue;
    plan.args[plan.arg_count++] = {kind, at, place};
    if (i < 5) {
      plan.masks[i] = kind == ArgKind::Word32 ? UINT32_MAX : UINT64_MAX;
      if (converted) plan.converted |= 1 << i;
    }
  }
  plan.variant = raw ? nullptr : platform::host_call_variant(placer.stack_words());
}

}  // namespace

ResultKind result_kind(ValType type) {
  if (type == kI32) return ResultKind::Word32;
  if (type == kI64) return ResultKind::Word64;
  if (type == kF32) return ResultKind::Float32;
  if (type == kF64) return ResultKind::Float64;
  if (type == kV128) return ResultKind::Vector;
  return ResultKind::Reference;
}

bool write_signature(const TypeDef* type, SignatureForm form, char* text, size_t size) {
  TextBuffer out(text, size);
  out.add("(");
  for (ValType param : type->params()) {
    const char letter = letter_of(param, form.words);
    if (letter == 0) return false;
    out.add("%c", letter);
  }
  out.add(")");
  // As everywhere in signatures, the first result stands for all.
  if (type->result_count > 0) {
    const char letter = letter_of(type->results()[0], form.words);
    if (letter == 0) return false;
    out.add("%c", letter);
  }
  return out.size() < size;
}

bool signature_matches(const char* signature, const TypeDef* type, SignatureForm form) {
  Kinds kinds;
  return read_kinds(signature, type, false, form, kinds);
}

HostPlan* make_host_plan(Allocator& allocator, const char* signature, const TypeDef* type, bool raw,
                         SignatureForm form, bool& fits) {
  Kinds kinds;
  fits = read_kinds(signature, type, raw, form, kinds);
  if (!fits) return nullptr;
  void* block = allocator.allocate(HostPlan::bytes(type->param_count));
  if (block == nullptr) return nullptr;
  HostPlan* plan = ::new (block) HostPlan;
  plan->type = type;
  plan->wide_index = form.wide_index;
  fill_args(*plan, kinds, raw);
  if (type->result_count == 1) plan->result = result_kind(type->results()[0]);
  if (plan->result == ResultKind::Word32 || plan->result == ResultKind::Float32) {
    plan->result_mask = UINT32_MAX;
  } else if (plan->result == ResultKind::Word64 || plan->result == ResultKind::Float64) {
    plan->result_mask = UINT64_MAX;
  }
  if (!raw && plan->variant == nullptr) {
    fits = false;
    allocator.release(plan);
    return nullptr;
  }
  return plan;
}

}  // namespace wembed
