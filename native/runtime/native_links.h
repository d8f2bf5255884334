// The registered natives that a module's function imports are linked to.
#pragma once

#include <atomic>
#include <cstdint>

#include "base/allocator.h"
#include "module/module.h"
#include "runtime/host_function.h"
#include "runtime/log.h"
#include "runtime/natives.h"

namespace wembed {

struct HostPlan;

// Immutable, shared by the module's host state and the instances made with it.
class NativeLinks {
 public:
  // Looks up every function import that `previous` (or null) has not linked. A native whose
  // signature does not fit is reported to `log` and not linked. `words`: as in ReferenceForm.
  // Null: no memory.
  static NativeLinks* create(Allocator& allocator, const Module& module, NativeRegistry& natives,
                             bool words, NativeLinks* previous, const LogSink& log);

  void retain() { references_.fetch_add(1, std::memory_order_relaxed); }
  void release();

  // By function index; null: not linked.
  [[nodiscard]] const HostFunction* find(uint32_t import) const {
    return functions_[import].invoke == nullptr ? nullptr : &functions_[import];
  }
  [[nodiscard]] bool complete() const { return linked_ == count_; }
  [[nodiscard]] uint32_t linked() const { return linked_; }
  // Something is of a library that serves only instances with a LibraryState.
  [[nodiscard]] bool needs_state() const { return needs_state_; }

 private:
  NativeLinks(Allocator& allocator, NativeLinks* previous);
  ~NativeLinks() = default;
  bool link(const Module& module, const Import& import, NativeRegistry& natives, bool words,
            const LogSink& log);

  Allocator* allocator_;
  NativeLinks* previous_;  // owns the plans of what it linked
  std::atomic<uint32_t> references_{1};
  uint32_t linked_ = 0;
  uint32_t count_ = 0;
  bool needs_state_ = false;
  HostPlan** plans_ = nullptr;  // own ones
  HostFunction* functions_ = nullptr;
};

}  // namespace wembed
