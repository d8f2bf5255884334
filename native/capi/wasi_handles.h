// Handles of wembed_wasi.h and the objects behind them.
#pragma once

#include "capi/handles.h"
#include "wasi/settings.h"
#include "wembed_wasi.h"

namespace wembed {

inline wasi::File* unwrap(wembed_wasi_file_t file) { return reinterpret_cast<wasi::File*>(file); }
inline wembed_wasi_file_t wrap(const wasi::File* file) {
  return reinterpret_cast<wembed_wasi_file_t>(const_cast<wasi::File*>(file));
}
inline wasi::Settings* unwrap(wembed_wasi_t wasi) {
  return reinterpret_cast<wasi::Settings*>(wasi);
}
inline wembed_wasi_t wrap(const wasi::Settings* settings) {
  return reinterpret_cast<wembed_wasi_t>(const_cast<wasi::Settings*>(settings));
}

// Null, with the error said.
std::nullptr_t refuse_wasi(wembed_error_t* error, Error code, const char* format, ...)
    __attribute__((format(printf, 3, 4)));

}  // namespace wembed
