#include "jit/build/loop_locals.h"

#include "module/function_walker.h"

namespace wembed::jit {

class LoopLocals::Sink : public NullSink {
 public:
  static constexpr bool kActive = true;
  explicit Sink(LoopLocals& found) : found_(found) {}

  [[nodiscard]] Error error() const { return error_; }
  void on_loop(Control& control) {
    control.user = found_.loops_.size();
    if (!found_.loops_.push_back({here(), here()})) error_ = Error::OutOfMemory;
  }
  void on_end(Control& control) {
    if (control.kind == ControlKind::Loop) found_.loops_[control.user].end = here();
  }
  void on_local_set(uint32_t local) {
    if (!found_.sets_.push_back(local)) error_ = Error::OutOfMemory;
  }
  void on_local_tee(uint32_t local) { on_local_set(local); }

 private:
  [[nodiscard]] uint32_t here() const { return static_cast<uint32_t>(found_.sets_.size()); }

  LoopLocals& found_;
  Error error_ = Error::None;
};

Error LoopLocals::find(const Module& module, uint32_t function, WalkScratch& scratch) {
  Diagnostic diagnostic;
  Sink sink(*this);
  FunctionWalker<Sink> walker(module, function, diagnostic, scratch, sink);
  return walker.walk();
}

}  // namespace wembed::jit
