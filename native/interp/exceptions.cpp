// Translation of exceptions. Throwing is an operation; catching is none: where values and control
// go is in the handler table, and the code that a handler leads to finds everything in its home.
#include "interp/translator.h"

namespace wembed {

// --- regions -------------------------------------------------------------------------------------

// As a block begins. Nothing before the region may be merged with what is in it, nor the reverse:
// what may throw has to stand on the right side.
uint32_t Translator::open_region(const Control& control) {
  flush_locals();
  peephole_.forget_all();
  uint32_t region = handlers_.open(emitter_.size());
  push_label(control, static_cast<uint32_t>(control.params().size()));
  return region;
}

void Translator::close_region() {
  peephole_.forget_all();
  handlers_.close(emitter_.size());
}

// Handlers that lead to the label lead here.
void Translator::bind_handlers(const Label& label) {
  for (uint32_t at = label.handlers; at != kNoHandler && !out_of_memory_;) {
    uint32_t next = handlers_.target(at);
    handlers_.set_target(at, emitter_.size());
    at = next;
  }
}

// The body's end. Handlers that lead to the function's label find a return of their own, with the
// values as its operands.
void Translator::end_function(const Control& control, const Label& label) {
  if (control.reachable) emit_return();
  if (label.handlers == kNoHandler) return;
  barrier();
  stack_.cut(0);
  push_results(control.results());
  bind_handlers(label);
  emit_return();
}

// --- try_table, throw ----------------------------------------------------------------------------

void Translator::add_handler(uint32_t region, const CatchClause& clause) {
  const uint32_t depth = clause.label + 1;  // from inside of the try_table
  Label& label = labels_.at(depth);
  const bool returns = depth + 1 == walker_->control_count();
  label.writers.complete = false;
  Handler handler;
  handler.home = returns ? kLinkSlots : label.home;
  uint32_t slots = 0;
  if (takes_tag(clause.kind)) {
    handler.tag = clause.tag;
    slots = walker_->module().tags()[clause.tag]->param_slots;
  }
  if (takes_reference(clause.kind)) {
    handler.reference = handler.home + static_cast<int32_t>(slots);
    handler.keeps = true;
  }
  const bool bound = label.loop != kNoPosition;
  handler.target = bound ? label.loop : label.handlers;
  const uint32_t number = handlers_.add(region, handler);
  if (!bound) label.handlers = number;
}

void Translator::on_try_table(Control& control, std::span<const CatchClause> clauses) {
  if (!control.entry_reachable) return push_label(control, 0);
  const uint32_t region = open_region(control);
  for (const CatchClause& clause : clauses) {
    if (out_of_memory_) return;
    add_handler(region, clause);
  }
}

void Translator::on_throw(uint32_t tag, const TypeDef* type) {
  int32_t first;
  arguments(type, first);
  plain(Encoding(RegOp::Throw).imm(static_cast<uint32_t>(first)).wide(tag));
}

void Translator::on_throw_ref() {
  Operand reference = pop();
  materialise(reference);
  plain(Encoding(RegOp::ThrowRef).from(0, reference.slot));
}

// --- legacy --------------------------------------------------------------------------------------

// Control::user is the region, plus one.
void Translator::on_try(Control& control) {
  if (!control.entry_reachable) return push_label(control, 0);
  control.user = uint64_t{open_region(control)} + 1;
  if (!labels_.empty()) labels_.innermost().writers.complete = false;
}

// An arm has the exception below its values, in an operand that the walker does not know: it stands
// where the block's results go, which only leave the arm.
void Translator::on_catch(Control& control, uint32_t tag, const TypeDef* type) {
  if (!control.entry_reachable || labels_.empty()) return;
  if (control.reachable) {
    branch_values(control, labels_.innermost().home);
    labels_.refer(plain(Encoding(RegOp::Br).imm(0)) + 1, labels_.innermost());
  }
  if (control.kind == ControlKind::Try) close_region();
  Label& label = labels_.innermost();
  label.region = handlers_.current();
  barrier();
  stack_.cut(label.height);
  push_home(ValueClass::Ref);
  Handler handler;
  handler.tag = type == nullptr ? kAnyTag : tag;
  handler.target = emitter_.size();
  handler.home = label.home + 1;
  handler.reference = label.home;
  label.arm = handlers_.add(static_cast<uint32_t>(control.user - 1), handler);
  if (type != nullptr) push_results(type->params());
}

void Translator::on_delegate(Control& control, uint32_t depth) {
  if (!control.entry_reachable || labels_.empty()) return on_end(control);
  const uint32_t to = labels_.at(depth + 1).region;
  on_end(control);
  handlers_.delegate(static_cast<uint32_t>(control.user - 1), to);
}

void Translator::on_rethrow(uint32_t depth) {
  const Label& label = labels_.at(depth);
  handlers_.keep(label.arm, label.home);
  plain(Encoding(RegOp::ThrowRef).from(0, label.home));
}

}  // namespace wembed
