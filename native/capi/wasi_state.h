// From a host's settings to what an instance has of WASI.
#pragma once

#include "capi/module_handle.h"
#include "capi/wasi_settings.h"
#include "runtime/library_state.h"

namespace wembed {

// Why there is none, as hosts read it: without a prefix.
using WasiError = char[256];

#ifdef WEMBED_WITHOUT_WASI
inline bool make_wasi_state(ModuleHandle&, const WasiSettings&, LibraryState*&, WasiError&) {
  return true;
}
inline uint32_t wasi_exit_code(const Instance&) { return 0; }
inline LibraryState* wasi_state_of(Allocator&, struct wembed_wasi*) { return nullptr; }
constexpr bool kHasWasi = false;
#else
// None is made for a module that does not call WASI and was told nothing. False with an error.
[[nodiscard]] bool make_wasi_state(ModuleHandle& module, const WasiSettings& settings,
                                   LibraryState*& state, WasiError& error);
uint32_t wasi_exit_code(const Instance& instance);
// Instances that have it can start threads, all of which end when one ends itself.
void serve_threads(LibraryState& state);
// Of settings that the host has made. The caller's; null: no memory.
LibraryState* wasi_state_of(Allocator& allocator, struct wembed_wasi* settings);
constexpr bool kHasWasi = true;
#endif

// What WAMR refuses modules for that break WASI's conventions; null: nothing.
const char* wasi_problem(const Runtime& runtime, const Module& module);

}  // namespace wembed
