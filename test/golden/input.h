// What the programs of this folder have in common: which variant of code is asked for, and the
// module of a file.
#pragma once

#include <cstdio>
#include <string_view>
#include <vector>

#include "failing_allocator.h"
#include "runtime/code_table.h"
#include "tiers/engines.h"
#include "wasm_builder.h"

namespace wembed::golden {

// False: the word is another option.
inline bool set_variant(std::string_view word, Variant& variant) {
  if (word == "--checked") {
    variant.guarded = false;
  } else if (word == "--metered") {
    variant.metered = true;
  } else {
    return false;
  }
  return true;
}

// False: there is no such file.
inline bool read_file(const char* path, std::vector<uint8_t>& bytes) {
  std::FILE* file = path == nullptr ? nullptr : std::fopen(path, "rb");
  if (file == nullptr) return false;
  uint8_t buffer[65536];
  for (size_t n; (n = std::fread(buffer, 1, sizeof buffer, file)) > 0;) {
    bytes.insert(bytes.end(), buffer, buffer + n);
  }
  std::fclose(file);
  return true;
}

// What a program ends with: 2 when there is no such file, 1 when it is no module or when `print`,
// which gets the module, its functions and the allocator, says that something is wrong.
template <class Print>
int print_module(const char* path, const char* usage, Variant variant, Print&& print) {
  std::vector<uint8_t> bytes;
  if (!read_file(path, bytes)) {
    std::fprintf(stderr, "usage: %s\n", usage);
    return 2;
  }
  FailingAllocator memory;  // that does not fail
  Allocator& allocator = memory.allocator();
  TypeRegistry types(allocator);
  Diagnostic diagnostic;
  Module* module = load_module(allocator, types, bytes, diagnostic, kImplementedFeatures);
  if (module == nullptr) {
    std::fprintf(stderr, "%s\n", diagnostic.message);
    return 1;
  }
  Code* codes = code_for(*module, interpreted_engine(), variant);
  const bool is_right = codes != nullptr && print(*module, codes, allocator);
  module->release();
  return is_right ? 0 : 1;
}

}  // namespace wembed::golden
