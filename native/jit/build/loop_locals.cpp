#include "jit/build/loop_locals.h"

#include <algorithm>

#include "module/function_walker.h"

namespace wembed::jit {

class LoopLocals::Sink : public NullSink {
 public:
  static constexpr bool kActive = true;
  explicit Sink(LoopLocals& found) : found_(found) {}

  [[nodiscard]] Error error() const { return error_; }
  void on_start(const FunctionWalker<Sink>& walker) { walker_ = &walker; }
  void on_loop(Control& control) {
    control.user = found_.loops_.size();
    const Range range = {here(), here(), walker_->offset(), 0};
    if (!found_.loops_.push_back(range)) error_ = Error::OutOfMemory;
  }
  void on_end(Control& control) {
    if (control.kind != ControlKind::Loop || error_ != Error::None) return;
    Range& range = found_.loops_[control.user];
    range.end = here();
    range.end_loop = static_cast<uint32_t>(found_.loops_.size());
  }
  void on_local_set(uint32_t local) {
    if (!found_.sets_.push_back(local)) error_ = Error::OutOfMemory;
  }
  void on_local_tee(uint32_t local) { on_local_set(local); }

 private:
  [[nodiscard]] uint32_t here() const { return static_cast<uint32_t>(found_.sets_.size()); }

  LoopLocals& found_;
  const FunctionWalker<Sink>* walker_ = nullptr;
  Error error_ = Error::None;
};

Error LoopLocals::find(const Module& module, uint32_t function, WalkScratch& scratch) {
  Diagnostic diagnostic;
  Sink sink(*this);
  FunctionWalker<Sink> walker(module, function, diagnostic, scratch, sink);
  return walker.walk();
}

uint32_t LoopLocals::loop_at(uint32_t offset) const {
  const auto* found = std::find_if(loops_.begin(), loops_.end(),
                                   [&](const Range& loop) { return loop.offset == offset; });
  return found == loops_.end() ? kNone : static_cast<uint32_t>(found - loops_.begin());
}

}  // namespace wembed::jit
