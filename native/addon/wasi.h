// WASI for JavaScript: files, settings of them, and what directories have.
#pragma once

#include "addon/napi_setup.h"
#include "addon/runtime.h"
#include "wembed_wasi.h"

namespace wembed::addon {

// A file that can be given to guests; null: closed.
struct WasiFileState final : Belonging {
  wembed_wasi_file_t file = nullptr;

  ~WasiFileState() override { close(); }
  void close() override;
};

// What guests are given.
struct WasiState final : Belonging {
  wembed_wasi_t wasi = nullptr;

  ~WasiState() override { close(); }
  void close() override;
};

class WasiSource;

// A directory of which the function of JavaScript's is asked. `has`: see wasiDirectory in
// lib/raw/binding.ts. Null with an error; the source is the caller's then.
wembed_wasi_file_t make_wasi_directory(wembed_runtime_t runtime, WasiSource* source,
                                       const Napi::Array& has, wembed_error_t* error);

// Adds functions whose results are a handle, or an object that describes an error:
//   wasiHostDirectory(runtime, path), wasiMemoryDirectory(runtime, shared, bytes),
//   wasiDescriptor(runtime, number), wasiInput(runtime, bytes),
//   wasiStream(runtime, function, terminal, reads, writes): see WasiQuestion for the function,
//   wasiDirectory(runtime, function, has),
//   wasiNew(runtime, options): see RawWasiOptions in lib/raw/binding.ts
// and
//   wasiWake(stream)
//   wasiEndThreads(instance)
//   wasiExited(instance): the code; undefined: it has not ended itself
//   wasiPreopened(instance, name): the file; undefined: there is none
//   wasiErrorName(number)
void define_wasi(Napi::Object binding);

// Adds wasiGet(directory, path): the bytes, wasiPut(directory, path, bytes), wasiMakeDirectory,
// wasiMakeLink(directory, path, text), wasiRemove, wasiStatus(directory, path, follow): kind,
// bytes, milliseconds, wasiList(directory, path): names and kinds in turn. A number is WASI's of an
// error, or 0.
void define_wasi_files(Napi::Object binding);

}  // namespace wembed::addon
