// Where constant expressions of an instance get globals and functions from.
#pragma once

#include "module/const_expr.h"
#include "runtime/instance.h"

namespace wembed {

class InstanceScope final : public ConstScope {
 public:
  explicit InstanceScope(Instance& instance) : instance_(instance) {}
  bool global(uint32_t index, ConstValue& value) override;
  Result<uint64_t> function(uint32_t index) override;

 private:
  Instance& instance_;
};

// The value of the expression in `range` of the module's bytes.
Error evaluate_in(Instance& instance, ByteRange range, ValType expected, GlobalCell& value,
                  Diagnostic& diagnostic);

}  // namespace wembed
