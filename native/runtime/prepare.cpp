#include "runtime/prepare.h"

#include "base/result.h"
#include "runtime/engine.h"
#include "runtime/instance_cold.h"
#include "runtime/store.h"
#include "runtime/trap_record.h"

namespace wembed {

namespace {

Error prepare_codes(Instance& instance, Code* codes, const Poll& poll, Diagnostic& diagnostic,
                    Trap& trap) {
  const Module& module = *instance.module;
  uint32_t imports = module.imported_function_count();
  for (uint32_t i = 0; imports + i < module.function_count(); i++) {
    Trap found = instance.runtime->engine().prepare(codes[i], poll);
    if (found == Trap::None) continue;
    diagnostic.function = imports + i;
    if (found == Trap::Deadline || found == Trap::Terminated) {
      trap = found;
      return diagnostic.fail(Error::Uninstantiable, "%s", trap_text(found));
    }
    return diagnostic.fail(found == Trap::OutOfMemory ? Error::OutOfMemory : Error::Invalid, "%s",
                           trap_text(found));
  }
  return Error::None;
}

}  // namespace

Error prepare_instance(Instance& instance, const Prepare& wish, const Poll& poll,
                       Diagnostic& diagnostic, Trap& trap) {
  if (!wish.any()) return Error::None;
  const Module& module = *instance.module;
  for (uint32_t i = module.imported_function_count(); i < module.function_count();
       i += kFunctionChunk) {
    if (instance.function(i) == nullptr) return diagnostic.fail(Error::OutOfMemory);
  }
  for (uint32_t i = 0; i < instance.cold->own_table_count; i++) {
    if (!instance.cold->own_tables[i].make()) return diagnostic.fail(Error::OutOfMemory);
  }
  if (!make_trap_record(instance)) return diagnostic.fail(Error::OutOfMemory);
  if (wish.plain) WEMBED_CHECK(prepare_codes(instance, instance.code, poll, diagnostic, trap));
  if (!wish.metered) return Error::None;
  if (!meter(instance)) return diagnostic.fail(Error::OutOfMemory);
  return prepare_codes(instance, instance.metered_code, poll, diagnostic, trap);
}

}  // namespace wembed
