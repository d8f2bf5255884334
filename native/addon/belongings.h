// What the addon has for one native instance: as long as that is there, which may be longer than
// JavaScript can use it, for others of its group may still reach it.
#pragma once

#include <memory>
#include <vector>

#include "addon/napi_setup.h"
#include "wembed.h"

namespace wembed::addon {

class Environment;
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

  std::shared_ptr<Environment> environment;
  LinkGroup* group = nullptr;      // null: it has ended
  InstanceState* owner = nullptr;  // null: closed
  double serial = 0;               // JavaScript's name for it
  // Of a closed one.
  wasm_module_inst_t instance = nullptr;
  std::shared_ptr<NativeModule> module;

  std::vector<std::unique_ptr<HostFunction>> hosts;  // guest code of others may call them
  std::vector<std::shared_ptr<HostBuffer>> buffers;  // hold its memory
};

// Instances on a shared memory are one group to the runtime, whatever environments they are of: so
// on any thread one may learn that nobody reaches another environment's retired instance any more.
// It tells that environment, or, when that has ended, puts aside what is left.
//
// In the callback of wembed_instance_retire. True: of this thread's environment, to be dealt with.
bool is_told_here(Belongings& member);
// The group ends, but the native instance has not: it is nobody's until it does.
void leave_to_others(std::unique_ptr<Belongings> member);
// Destroys what has been put aside. Not in the callback.
void drop_put_aside();

}  // namespace wembed::addon
