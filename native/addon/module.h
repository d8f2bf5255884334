// A loaded module as JavaScript holds it, and reflection on it.
#pragma once

#include <memory>
#include <unordered_set>

#include "addon/environment.h"
#include "addon/held_bytes.h"
#include "addon/link_group.h"
#include "addon/owned_handle.h"

namespace wembed::addon {

struct ModuleState {
  std::shared_ptr<Environment> environment;
  std::shared_ptr<RuntimeState> runtime;
  std::shared_ptr<NativeModule> native;          // null: closed
  HeldBytes* bytes = nullptr;                    // as long as `native`; null: none are held
  std::unordered_set<InstanceState*> instances;  // open ones

  ~ModuleState() { close(); }
  // Closes its instances too. False: one of them is running, nothing was closed.
  bool close();
  void abandon();
  [[nodiscard]] bool idle() const;
};

// Adds moduleLoad, moduleLoadFile, moduleKeep, moduleShare, moduleOpen, moduleClose, moduleImports,
// moduleExports and moduleCustomSections.
void define_module(Napi::Object binding);

}  // namespace wembed::addon
