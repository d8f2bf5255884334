// What the addon has for one native instance: as long as that is there, which may be longer than
// JavaScript can use it, for others of its group may still reach it.
#pragma once

#include <memory>
#include <vector>

#include "addon/napi_setup.h"
#include "wembed.h"

namespace wembed::addon {

class HostBuffer;
struct HostFunction;
struct InstanceState;
struct LinkGroup;
struct NativeModule;

struct Belongings {
  Belongings();
  ~Belongings();
  Belongings(const Belongings&) = delete;
  Belongings& operator=(const Belongings&) = delete;

  HostFunction& add(std::unique_ptr<HostFunction> host);
  // Nobody calls it any more; all of them.
  void drop(napi_env env, HostFunction& host);
  void drop_all(napi_env env);

  LinkGroup* group = nullptr;      // null: it has ended
  InstanceState* owner = nullptr;  // null: closed
  double serial = 0;               // JavaScript's name for it
  // Of a closed one.
  wasm_module_inst_t instance = nullptr;
  std::shared_ptr<NativeModule> module;

  std::vector<std::unique_ptr<HostFunction>> hosts;  // guest code of others may call them
  std::vector<std::shared_ptr<HostBuffer>> buffers;  // hold its memory
};

}  // namespace wembed::addon
