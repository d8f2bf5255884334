// Which functions a file uses: object files, archives of them, programs and libraries (ELF), and
// source texts. Whatever bytes there are, they are only read.
#pragma once

#include <cstdint>
#include <set>
#include <span>
#include <string>

namespace wembed::command {

struct ApiUses {
  std::set<std::string> names;             // that WAMR's library may have
  std::set<std::string> internal_headers;  // of source texts
  bool has_wamr = false;                   // its functions are in there
  const char* kind = nullptr;              // for people; null: of no form that is known here
};

ApiUses api_uses(std::span<const uint8_t> bytes);

// Parts of it, in files of their own.
bool is_elf(std::span<const uint8_t> bytes);
void add_uses_of_elf(std::span<const uint8_t> bytes, ApiUses& uses);
void add_uses_of_source(std::span<const uint8_t> bytes, ApiUses& uses);

}  // namespace wembed::command
