// The engine, its stores, and who keeps what alive.
//
// A store lists its instances. Handles count the instance that has what they stand for; without
// handles an instance is retired, which ends it as soon as no other instance can get at it. Objects
// made by the host (functions, globals, tables, memories) are instances of tiny modules that
// import and export one thing, so that all of this holds for them as well.
#pragma once

#include <atomic>
#include <cstddef>

#include "wasm_c_api.h"
#include "wasm_c_api/types.h"

namespace wembed::c_api {

// A loaded module, shared by handles in any stores and by instances. Any thread.
struct ModuleCore {
  wasm_module_t native = nullptr;
  std::atomic<size_t> references{1};
};

ModuleCore* retain(ModuleCore* core);
void release(ModuleCore* core);

// What wasm_module_t* points to: its first member is the module as wasm_export.h has it.
struct ModuleHandle {
  wasm_module_t native = nullptr;
  ModuleCore* core = nullptr;
  wasm_store_t* store = nullptr;  // null: a shared module
  ModuleHandle* next = nullptr;   // in its store
  ModuleHandle** link = nullptr;
};

// Lists whose members know what points to them, and leave by themselves.
template <class T> void enlist(T*& list, T& item) {
  item.next = list;
  item.link = &list;
  if (list != nullptr) list->link = &item.next;
  list = &item;
}
template <class T> void delist(T& item) {
  if (item.link == nullptr) return;
  *item.link = item.next;
  if (item.next != nullptr) item.next->link = item.link;
  item.next = nullptr;
  item.link = nullptr;
}

inline ModuleHandle* unwrap(wasm_module_t* module) {
  return reinterpret_cast<ModuleHandle*>(module);
}
inline const ModuleHandle* unwrap(const wasm_module_t* module) {
  return reinterpret_cast<const ModuleHandle*>(module);
}
void destroy_handle(ModuleHandle* handle);

// What a host function does.
struct HostCallback {
  wasm_func_callback_t plain = nullptr;
  wasm_func_callback_with_env_t with_env = nullptr;
  void* env = nullptr;
  void (*finalizer)(void*) = nullptr;
};

}  // namespace wembed::c_api

struct wasm_store_t {
  size_t references = 1;  // the host's, and one for each reference handle and instance
  bool is_closed = false;
  uint32_t calls = 0;  // that are running
  // Every instance is in one of these, by its state.
  wasm_instance_t* alive = nullptr;
  wasm_instance_t* waiting = nullptr;
  wasm_instance_t* retired = nullptr;
  wasm_instance_t* gone = nullptr;
  wembed::c_api::ModuleHandle* modules = nullptr;
  wasm_store_t* next = nullptr;  // of the engine's
  wasm_store_t** link = nullptr;
};

namespace wembed::c_api {

// For a new handle in the store, and when it goes.
inline wasm_store_t* retain(wasm_store_t* store) {
  store->references++;
  return store;
}
void release(wasm_store_t* store);

// Frees what nobody can get at any more and tells the host so. At the end of whatever may have
// ended instances.
void sweep(wasm_store_t& store);

}  // namespace wembed::c_api
