// An instance as JavaScript holds it: from the moment its imports are being linked, so that host
// functions called by its start function have it, until it is closed.
#pragma once

#include <memory>
#include <unordered_map>

#include "addon/environment.h"
#include "addon/link_group.h"
#include "addon/owned_handle.h"

namespace wembed::addon {

struct InstanceState : std::enable_shared_from_this<InstanceState> {
  std::shared_ptr<Environment> environment;
  std::shared_ptr<ModuleState> module;
  std::shared_ptr<NativeModule> native;
  std::shared_ptr<LinkGroup> group;
  std::unique_ptr<Belongings> own;        // null: the native instance is not its any more
  wasm_module_inst_t instance = nullptr;  // null: not there yet, or closed
  wasm_exec_env_t exec_env = nullptr;     // its own, once made; or the one that starts it
  uint32_t stack_size = 0;                // bytes of wasm stack, for each exec_env
  double serial = 0;                      // JavaScript's name for it
  uint32_t active = 0;                    // calls into it from JavaScript that are under way
  bool starting = false;
  std::unordered_map<wasm_function_inst_t, uint32_t> functions;  // entries in the table

  ~InstanceState() { close(); }
  // False: it is running and was not closed.
  bool close();
  void abandon();
  [[nodiscard]] bool idle() const { return active == 0 && !starting && group->running == nullptr; }

  // The native instance became known, or is not to be used any more.
  void enter(wasm_module_inst_t made, wasm_exec_env_t env);
  void leave();
  // Ends a native instance of its own; null: none.
  void end(wasm_module_inst_t ending);
};

// What a function of the binding works on: argument 0. Null, with the reason in the cell's status
// or a TypeError pending, when the instance cannot be used now. Sets the status to kCallOk else.
std::shared_ptr<InstanceState> usable_instance(const Napi::CallbackInfo& info);

// A piece of work on an instance that may run guest code: it cannot be closed meanwhile, and
// stale buffers are detached at the end. Use it in a function of the binding.
class GuestScope {
 public:
  explicit GuestScope(InstanceState& instance) : instance_(instance) { ++instance_.active; }
  ~GuestScope() {
    --instance_.active;
    instance_.group->refresh(instance_.environment->env);
  }
  GuestScope(const GuestScope&) = delete;
  GuestScope& operator=(const GuestScope&) = delete;

 private:
  InstanceState& instance_;
};

// Takes the pending error, as take_error(); it may have been left in another instance.
napi_value error_of(const InstanceState& state);

// Adds instanceNew, instantiate, instanceClose, instancesGone, instanceFunctions, link and
// takeError.
void define_instance(Napi::Object binding);

}  // namespace wembed::addon
