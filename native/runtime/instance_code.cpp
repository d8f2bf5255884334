#include "runtime/instance_code.h"

#include "runtime/code_table.h"
#include "runtime/runtime.h"

namespace wembed {

namespace {

Variant metered(Variant variant) {
  variant.metered = true;
  return variant;
}

}  // namespace

Code* code_of(const Instance& instance, Variant variant) {
  return code_for(*instance.module, instance.runtime->engine(), variant);
}

bool make_code(const Instance& instance, Variant variant) {
  return code_of(instance, variant) != nullptr &&
         (instance.metered_code == nullptr || code_of(instance, metered(variant)) != nullptr);
}

void take_code(Instance& instance, Variant variant) {
  instance.code = code_of(instance, variant);
  if (instance.metered_code != nullptr) instance.metered_code = code_of(instance, metered(variant));
  instance.variant = variant;
}

}  // namespace wembed
