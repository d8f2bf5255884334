#include "runtime/host_function.h"
#include "platform/host_call.h"

#include "runtime/exec_env.h"
#include "runtime/funcref.h"
#include "runtime/instance.h"
#include "runtime/type_text.h"

namespace wembed {

namespace {

// "failed to call unlinked import function (<module>, <name>)", cut to the buffer.
void format_unlinked(const Module& module, uint32_t function, TextBuffer& text) {
  text.add("failed to call unlinked import function");
  uint32_t index = 0;
  for (const Import& import : module.imports()) {
    if (import.kind != ExternKind::Func || index++ != function) continue;
    return text.add(" %s", ImportNames(module, import).text);
  }
}

Trap invoke_unlinked(ExecEnv&, const Function& function, Slot*) {
  const Module& module = *function.instance->module;
  char text[128];
  TextBuffer buffer(text, sizeof(text));
  format_unlinked(module, function.index, buffer);
  function.instance->set_exception(text);
  return Trap::UnlinkedImport;
}

Trap invoke_closed(ExecEnv&, const Function& function, Slot*) {
  function.instance->set_exception("host function of an instance that was closed");
  return Trap::HostException;
}

}  // namespace

const HostFunction kClosedFunction = {&invoke_closed, nullptr, nullptr, {}};

const HostFunction kUnlinkedFunction = {&invoke_unlinked, nullptr, nullptr, {}};

WEMBED_ANY_FUNCTION_TYPE Trap invoke_callback(ExecEnv& env, const Function& function, Slot* slots) {
  auto callback = reinterpret_cast<SlotCallback>(function.host->target);
  if (callback(&env, function.host->attachment, slots)) [[likely]] {
    return adopt_results(*function.instance, *function.type, slots);
  }
  if (!function.instance->has_exception()) {
    function.instance->set_exception("host function failed");
  }
  return Trap::HostException;
}

HostFunction slot_callback(SlotCallback callback, void* data) {
  return {&invoke_callback, reinterpret_cast<void*>(callback), data, {}};
}

}  // namespace wembed
