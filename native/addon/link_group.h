// Instances that can reach each other: linked by imports, or by a function that was passed from
// one to the other. A member that JavaScript closed cannot be used any more, but its native
// instance is only retired: it stays as long as another member reaches a function, table or memory
// of it.
#pragma once

#include <memory>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "addon/belongings.h"
#include "addon/epoch_words.h"
#include "addon/napi_setup.h"
#include "wembed.h"

namespace wembed::addon {

class Environment;
struct AsyncCall;
struct LoadedModule;
class TrapRegistry;

// What one environment has of a loaded module, until its last user there is gone.
struct NativeModule {
  std::shared_ptr<LoadedModule> loaded;
  std::shared_ptr<TrapRegistry> traps;
  wasm_module_t module = nullptr;  // of `loaded`
  ~NativeModule();
};

// What an ArrayBuffer over guest memory keeps that. JavaScript can move it to another ArrayBuffer,
// which nobody can detach: a byte stream's read(view) does, and ArrayBuffer.prototype.transfer.
struct BufferStorage {
  bool gone = false;           // no ArrayBuffer has it any more
  std::shared_ptr<void> kept;  // what may not end before
};

// The ArrayBuffer over one generation of a memory. Detached before JavaScript can see the next.
struct GenerationBuffer {
  wasm_memory_inst_t memory = nullptr;
  const volatile uint32_t* epoch = nullptr;
  uint32_t generation = 0;                 // value of the epoch word the buffer was made under
  napi_ref buffer = nullptr;               // weak: the instance holds it in JavaScript
  std::shared_ptr<BufferStorage> storage;  // of that buffer
  EpochWord word;                          // tells JavaScript, once it has asked
};

struct LinkGroup {
  ~LinkGroup();

  std::unordered_set<InstanceState*> open;
  // Closed by JavaScript. Retired: until the runtime tells that nobody can reach it. Kept: until
  // the group ends, because JavaScript may see its memory.
  std::unordered_map<Belongings*, std::unique_ptr<Belongings>> retired;
  std::vector<std::unique_ptr<Belongings>> kept;
  std::vector<std::unique_ptr<Belongings>> ended;  // told of, and still to be forgotten
  std::vector<double> gone;                        // forgotten, and not yet told to lib/
  std::vector<GenerationBuffer> views;
  std::vector<std::shared_ptr<BufferStorage>> strayed;  // moved to where they cannot be detached
  bool linked = false;                                  // there is, or was, more than one member
  AsyncCall* running = nullptr;                         // the asynchronous call that has the group
  bool lent = false;                                    // while that call waits for a host function
  uint32_t lease = 0;  // number of the host call whose promise it waits for; 0: none

  [[nodiscard]] bool busy() const { return running != nullptr && !lent; }

  // Detaches every buffer whose memory has moved or grown. Called on each way back to JavaScript.
  void refresh(napi_env env) {
    for (GenerationBuffer& view : views) {
      if (*view.epoch != view.generation) [[unlikely]]
        begin_generation(env, view);
    }
  }
  void detach_all(napi_env env);
  // The memory has moved or grown: its views are stale.
  void begin_generation(napi_env env, GenerationBuffer& view);
  // Does not touch the memory, which may be gone already.
  void detach(napi_env env, GenerationBuffer& view);
  // The view's buffer; null: there is none, or it was moved, or collected (perhaps after that).
  napi_value buffer_of(napi_env env, GenerationBuffer& view);
  // Whether JavaScript sees memories through buffers that nobody can detach: as far as is known,
  // and after another look.
  [[nodiscard]] bool strays();
  [[nodiscard]] bool strays(napi_env env);

  // How much there is to be moved when it is merged with another.
  [[nodiscard]] size_t size() const {
    return open.size() + retired.size() + kept.size() + views.size();
  }

  // Ends a native instance that JavaScript cannot use any more. `is_kept`: not before the group.
  void retire(napi_env env, std::unique_ptr<Belongings> closed, bool is_kept);
  // Once no member is open, ends what is kept.
  void end_if_closed(napi_env env);

  // The same as of one of its own thread, but later.
  void was_told_of_late(napi_env env, Belongings& member) {
    was_told_of(member);
    if (env != nullptr) forget_ended(env);
  }

 private:
  void was_told_of(Belongings& member);
  void forget_ended(napi_env env);
};

// Makes one group of two, the smaller going into the larger; both members' state then points to the
// same. Neither is busy.
void merge_groups(const std::shared_ptr<LinkGroup>& one, const std::shared_ptr<LinkGroup>& other);

}  // namespace wembed::addon
