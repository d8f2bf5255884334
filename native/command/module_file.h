// Modules in files.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "wembed.h"

namespace wembed::command {

// All of a file; "-" is standard input. False: it cannot be read, and `problem` says why.
bool read_file(const char* path, std::vector<uint8_t>& bytes, std::string& problem);

// How messages call it.
const char* name_of(const char* path);

// Where an error is, for people: ", function 3 (name), at offset 0x1f of the code section"; "": it
// is not known.
std::string place_of(const wembed_error_t& error);

// A name of a guest's, with what a terminal would take for a command written as an escape.
std::string printable(const char* name, size_t length);
std::string printable(const char* name);

// A line on standard error, after what was printed before.
void complain(const std::string& text);

}  // namespace wembed::command
