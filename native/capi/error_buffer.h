// Texts for the error_buf parameters of WAMR's API.
#pragma once

#include <cstdint>

namespace wembed {

// Prefix and message, cut to the buffer; a null buffer or size 0 takes nothing.
void write_error(char* buffer, uint32_t size, const char* prefix, const char* message);

constexpr const char* kLoadFailed = "WASM module load failed: ";
constexpr const char* kInstantiateFailed = "WASM module instantiate failed: ";

}  // namespace wembed
