// From a registered native and an import's type to something that can be called: signature
// strings, the conversions they ask for, and the ways to enter a host function.
#pragma once

#include <atomic>
#include <cstdint>

#include "base/allocator.h"
#include "module/module.h"
#include "runtime/function.h"
#include "runtime/log.h"
#include "runtime/natives.h"

namespace wembed {

// How one argument travels.
enum class ArgKind : uint8_t {
  Word32,  // zero-extended
  Word64,
  Float32,
  Float64,
  Extern,   // the host's pointer
  Func,     // function index
  Pointer,  // checked for one byte, becomes a native address
  Sized,    // checked for the length in the next argument, becomes a native address
  String,   // checked for its NUL, becomes a native address
};

struct HostArg {
  ArgKind kind;
  uint16_t slot;   // where the argument is
  uint16_t place;  // word of HostCallFrame, or kFirstStackByte + offset in bytes
};

enum class ResultKind : uint8_t { None, Word32, Word64, Float32, Float64, Extern, Func };

// Everything about one import that a call needs, made once when it is linked.
struct HostPlan {
  static constexpr uint16_t kFirstStackByte = 16;

  const TypeDef* type = nullptr;
  const struct HostCallVariant* variant = nullptr;
  ResultKind result = ResultKind::None;
  bool wide_index = false;  // pointers are i64
  uint16_t arg_count = 0;
  uint8_t converted = 0;   // bit i: argument i of the fast path is converted
  uint64_t masks[5] = {};  // of the arguments of the fast path
  uint64_t result_mask = 0;
  HostArg args[1];  // arg_count of them; only converted ones for raw functions

  static size_t bytes(uint32_t args) { return sizeof(HostPlan) + args * sizeof(HostArg); }
};

// True when `signature` can be used for a function of type `type`. An empty or null signature fits
// all types that have a C form.
bool signature_matches(const char* signature, const TypeDef* type, bool wide_index);

// The natives a module's function imports are linked to. Immutable, shared by the module's host
// state and the instances made with it.
class NativeLinks {
 public:
  // Looks up every function import that `previous` (or null) has not linked. A native whose
  // signature does not fit is reported to `log` and not linked. Null: no memory.
  static NativeLinks* create(Allocator& allocator, const Module& module, NativeRegistry& natives,
                             NativeLinks* previous, const LogSink& log);

  void retain() { references_.fetch_add(1, std::memory_order_relaxed); }
  void release();

  // By function index; null: not linked.
  [[nodiscard]] const HostFunction* find(uint32_t import) const {
    return functions_[import].invoke == nullptr ? nullptr : &functions_[import];
  }
  [[nodiscard]] bool complete() const { return linked_ == count_; }
  [[nodiscard]] uint32_t linked() const { return linked_; }

 private:
  NativeLinks(Allocator& allocator, NativeLinks* previous);
  ~NativeLinks() = default;
  bool link(const Module& module, const Import& import, NativeRegistry& natives,
            const LogSink& log);

  Allocator* allocator_;
  NativeLinks* previous_;  // owns the plans of what it linked
  std::atomic<uint32_t> references_{1};
  uint32_t linked_ = 0;
  uint32_t count_ = 0;
  HostPlan** plans_ = nullptr;  // own ones
  HostFunction* functions_ = nullptr;
};

// A host function that takes slots: returns false to stop the guest.
using SlotCallback = bool (*)(ExecEnv* env, void* data, uint64_t* slots);
HostFunction slot_callback(SlotCallback callback, void* data);

// What an import is bound to that nobody provides: calling it traps.
extern const HostFunction kUnlinkedFunction;

// What a closed instance's imports from the host become: calling one traps.
extern const HostFunction kClosedFunction;

}  // namespace wembed
