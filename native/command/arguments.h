// The command line, by the tables commands.def and options.def.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace wembed::command {

enum class OptionId : uint8_t {
#define OPTION(commands, id, letter, name, value, text) id,
#include "command/options.def"
#undef OPTION
};

// Sets of commands, as bits, by the order of commands.def.
enum Commands : uint8_t {
  kRun = 1 << 0,
  kValidate = 1 << 1,
  kInspect = 1 << 2,
  kCheckPort = 1 << 5,
  kAll = 0xff
};

struct Arguments;

struct Command {
  int (*run)(const Arguments& arguments);
  const char* name;
  const char* operands;
  const char* summary;
};
std::span<const Command> commands();
// Null: there is none of that name.
const Command* find_command(const char* name);

// A command line that was understood.
struct Arguments {
  const Command* command;
  std::vector<char*> operands;
  struct Given {
    OptionId id;
    const char* value;  // "" for a switch
  };
  std::vector<Given> options;  // in their order

  [[nodiscard]] bool has(OptionId id) const;
  // The last one given; null: none was.
  [[nodiscard]] const char* value(OptionId id) const;
  [[nodiscard]] std::vector<const char*> values(OptionId id) const;
  // The last one as a number, `otherwise` where none was given. The parser has seen that it is one.
  [[nodiscard]] uint64_t number(OptionId id, uint64_t otherwise) const;
};

// Reads `words`, what follows the command's name. With `ends_at_operand` what follows the first
// operand is not looked at. False: they make no sense, and `problem` says why.
bool parse(const Command& command, std::span<char*> words, bool ends_at_operand,
           Arguments& arguments, std::string& problem);

// How a command is used, a line each.
std::string usage(const Command& command, const char* program);
std::string usage();

}  // namespace wembed::command
