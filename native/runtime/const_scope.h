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
  Result<uint64_t> new_struct(const TypeDef& type, const ConstOperand* fields) override;
  Result<uint64_t> new_array(const TypeDef& type, uint32_t length, const ConstOperand* elements,
                             bool one_for_all) override;

 private:
  Instance& instance_;
};

// The value of the expression in `range` of the module's bytes.
Error evaluate_in(Instance& instance, ByteRange range, ValType expected, GlobalCell& value,
                  Diagnostic& diagnostic);

}  // namespace wembed
