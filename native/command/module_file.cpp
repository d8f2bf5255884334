#include "command/module_file.h"

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace wembed::command {

bool read_file(const char* path, std::vector<uint8_t>& bytes, std::string& problem) {
  const bool is_input = std::strcmp(path, "-") == 0;
  std::FILE* file = is_input ? stdin : std::fopen(path, "rb");
  bool good = file != nullptr;
  if (good && std::fseek(file, 0, SEEK_END) == 0) {
    const long size = std::ftell(file);
    if (size > 0 && size < INT32_MAX) bytes.reserve(static_cast<size_t>(size) + 1);
    std::rewind(file);
  }
  while (good) {
    const size_t had = bytes.size();
    if (had > UINT32_MAX) {
      errno = EFBIG;
      good = false;
      break;
    }
    bytes.resize(had < bytes.capacity() ? bytes.capacity() : had + 65536);
    const size_t read = std::fread(bytes.data() + had, 1, bytes.size() - had, file);
    bytes.resize(had + read);
    good = std::ferror(file) == 0;
    if (std::feof(file) != 0) break;
  }
  if (!good) problem = std::string(name_of(path)) + " cannot be read: " + std::strerror(errno);
  if (file != nullptr && !is_input) std::fclose(file);
  return good;
}

const char* name_of(const char* path) {
  return std::strcmp(path, "-") == 0 ? "standard input" : path;
}

std::string place_of(const wembed_error_t& error) {
  std::string place;
  if (error.function_index != UINT32_MAX) {
    place += ", function " + std::to_string(error.function_index);
    if (error.function_name[0] != 0) place += " (" + printable(error.function_name) + ")";
  }
  if (error.offset != UINT64_MAX) {
    char offset[32];
    std::snprintf(offset, sizeof(offset), ", at offset 0x%llx",
                  static_cast<unsigned long long>(error.offset));
    place += offset;
    if (error.section[0] != 0) place += " in the section " + std::string(error.section);
  }
  return place;
}

std::string printable(const char* name, size_t length) {
  std::string text;
  for (size_t i = 0; i < length; i++) {
    const auto byte = static_cast<unsigned char>(name[i]);
    // Of two bytes in UTF-8, what is a control character begins with 0xc2 and is below 0xa0.
    const bool is_wide_control = byte == 0xc2 && i + 1 < length &&
                                 static_cast<unsigned char>(name[i + 1]) >= 0x80 &&
                                 static_cast<unsigned char>(name[i + 1]) < 0xa0;
    if (byte >= 0x20 && byte != 0x7f && !is_wide_control) {
      text += name[i];
      continue;
    }
    char escape[8];
    std::snprintf(escape, sizeof(escape), "\\x%02x", byte);
    text += escape;
    if (!is_wide_control) continue;
    i++;
    std::snprintf(escape, sizeof(escape), "\\x%02x", static_cast<unsigned char>(name[i]));
    text += escape;
  }
  return text;
}

std::string printable(const char* name) { return printable(name, std::strlen(name)); }

void complain(const std::string& text) {
  std::fflush(stdout);
  std::fprintf(stderr, "wembed: %s\n", text.c_str());
}

}  // namespace wembed::command
