// What can be seen as a wasm_ref_t: handles on externals, traps, foreign objects and instances.
#pragma once

#include "wasm_c_api.h"
#include "wasm_c_api/store.h"

namespace wembed::c_api {

// Externals are numbered as wasm_externkind_t.
enum class RefKind : uint8_t { Func, Global, Table, Memory, Trap, Foreign, Instance };

struct TrapData;

}  // namespace wembed::c_api

struct wasm_ref_t {
  wembed::c_api::RefKind kind;
  wasm_store_t* store;
  void* host_info = nullptr;
  void (*finalizer)(void*) = nullptr;
};

struct wasm_instance_t : wasm_ref_t {
  enum class State : uint8_t {
    Alive,
    Waiting,  // to be retired when the calls that run have ended
    Retired,  // the host is done with it, others may get at it
    Gone,     // nobody can; to be freed by sweep()
    Freed     // only handles are left, which do nothing
  };
  size_t references = 1;  // handles, externals that are exports of it, frames
  State state = State::Alive;
  wasm_module_inst_t native = nullptr;  // until it is gone
  wembed::c_api::ModuleCore* module = nullptr;
  wembed::c_api::HostCallback host{};  // of a host function's instance
  wasm_instance_t* next = nullptr;
  wasm_instance_t** link = nullptr;
};

// One export of an instance, or a function of some instance that `home` can get at. Without a home
// it stands for an import that registered natives satisfy.
struct wasm_extern_t : wasm_ref_t {
  wasm_instance_t* home = nullptr;
  uint32_t export_index = 0;
  wasm_function_inst_t function = nullptr;  // of a function
};
struct wasm_func_t : wasm_extern_t {};
struct wasm_global_t : wasm_extern_t {};
struct wasm_table_t : wasm_extern_t {};
struct wasm_memory_t : wasm_extern_t {};

struct wasm_trap_t : wasm_ref_t {
  wembed::c_api::TrapData* data;  // shared with its copies
};

struct wasm_foreign_t : wasm_ref_t {
  size_t* identity;  // shared with its copies: how many there are
};

namespace wembed::c_api {

wasm_instance_t* retain(wasm_instance_t* instance);
void release(wasm_instance_t* instance);

// A handle on that export, which takes one of the instance's counts. Null, and the count is given
// back: no memory, or a kind this API has not.
wasm_extern_t* export_handle(wasm_instance_t* counted, uint32_t export_index);

// A handle on any function that `near` can get at now. Null: no memory.
wasm_func_t* function_handle(wasm_instance_t& near, wasm_function_inst_t function);

// Calls the finalizer, if there is one.
void drop_host_info(wasm_ref_t& reference);

// A pending exception of the instance as a trap, with its frames. Null: no memory.
wasm_trap_t* pending_trap(wasm_instance_t& instance);
// A trap of our own with this text. Null: no memory.
wasm_trap_t* new_trap(wasm_store_t* store, const char* text);

// The rest is behind wasm_ref_delete and wasm_ref_copy.
void delete_trap(wasm_ref_t* trap);
wasm_ref_t* copy_trap(const wasm_ref_t* trap);
void delete_foreign(wasm_ref_t* foreign);
wasm_ref_t* copy_foreign(const wasm_ref_t* foreign);
bool is_same_trap(const wasm_ref_t* a, const wasm_ref_t* b);
bool is_same_foreign(const wasm_ref_t* a, const wasm_ref_t* b);

}  // namespace wembed::c_api
