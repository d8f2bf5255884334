#include "command/arguments.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "command/commands.h"

namespace wembed::command {

namespace {

struct Option {
  uint8_t commands;
  OptionId id;
  char letter;  // 0: none
  const char* name;
  const char* value;  // null: a switch
  const char* text;
};

constexpr Option kOptions[] = {
#define OPTION(commands, id, letter, name, value, text) \
  {commands, OptionId::id, letter, name, value, text},
#include "command/options.def"
#undef OPTION
};

constexpr Command kCommands[] = {
#define COMMAND(function, name, operands, summary) {&function, name, operands, summary},
#include "command/commands.def"
#undef COMMAND
};

bool takes(const Command& command, const Option& option) {
  const auto index = static_cast<unsigned>(&command - kCommands);
  return ((option.commands >> index) & 1) != 0;
}

// A number, with k, m or g behind it for sizes.
bool parse_number(const char* text, bool is_size, uint64_t& number) {
  if (*text < '0' || *text > '9') return false;
  char* end = nullptr;
  number = std::strtoull(text, &end, 10);
  const char* const units = "kmg";
  const char* unit = *end == 0 ? nullptr : std::strchr(units, *end | 0x20);
  if (is_size && unit != nullptr && number <= UINT32_MAX) {
    number <<= 10 * (unit - units + 1);
    end++;
  }
  return *end == 0;
}

// Why a value is none for the option; "" when it is one.
std::string value_problem(const Option& option, const char* value) {
  struct Range {
    OptionId id;
    uint64_t least;
    uint64_t most;
    bool is_size;
  };
  constexpr Range kRanges[] = {
      {OptionId::LogLevel, 0, 5, false},         {OptionId::StackSize, 0, UINT32_MAX, true},
      {OptionId::HeapSize, 0, UINT32_MAX, true}, {OptionId::MaxThreads, 0, 1'000'000, false},
      {OptionId::Timeout, 0, INT32_MAX, false},  {OptionId::Fuel, 1, INT32_MAX, false},
  };
  for (const Range& range : kRanges) {
    if (range.id != option.id) continue;
    uint64_t number = 0;
    if (parse_number(value, range.is_size, number) && number >= range.least &&
        number <= range.most) {
      return "";
    }
    return "a number from " + std::to_string(range.least) + " to " + std::to_string(range.most);
  }
  const bool names_variable = option.id != OptionId::Environment || std::strchr(value, '=');
  const bool maps = option.id != OptionId::MappedDirectory || std::strstr(value, "::");
  return *value != 0 && names_variable && maps ? "" : option.value;
}

// The option that a word names, and the value that stands in the same word (null: none does).
const Option* find_option(const Command& command, char* word, const char*& value) {
  value = nullptr;
  const bool is_long = word[1] == '-';
  const char* name = word + (is_long ? 2 : 1);
  const char* border = std::strchr(name, '=');
  const size_t length = border == nullptr ? std::strlen(name) : static_cast<size_t>(border - name);
  if (border != nullptr) value = border + 1;
  for (const Option& option : kOptions) {
    if (!takes(command, option)) continue;
    const bool is_it =
        is_long ? std::strlen(option.name) == length && std::strncmp(option.name, name, length) == 0
                : length == 1 && option.letter == *name;
    if (is_it) return &option;
  }
  return nullptr;
}

std::string quoted(const char* word) { return "\"" + std::string(word) + "\""; }

}  // namespace

std::span<const Command> commands() { return kCommands; }

const Command* find_command(const char* name) {
  for (const Command& command : kCommands) {
    if (std::strcmp(command.name, name) == 0) return &command;
  }
  return nullptr;
}

bool Arguments::has(OptionId id) const { return value(id) != nullptr; }

const char* Arguments::value(OptionId id) const {
  const char* last = nullptr;
  for (const Given& given : options) {
    if (given.id == id) last = given.value;
  }
  return last;
}

std::vector<const char*> Arguments::values(OptionId id) const {
  std::vector<const char*> all;
  for (const Given& given : options) {
    if (given.id == id) all.push_back(given.value);
  }
  return all;
}

uint64_t Arguments::number(OptionId id, uint64_t otherwise) const {
  const char* text = value(id);
  uint64_t number = 0;
  return text != nullptr && parse_number(text, true, number) ? number : otherwise;
}

bool parse(const Command& command, std::span<char*> words, bool ends_at_operand,
           Arguments& arguments, std::string& problem) {
  arguments.command = &command;
  bool are_options = true;
  for (size_t i = 0; i < words.size(); i++) {
    char* word = words[i];
    if (!are_options || word[0] != '-' || word[1] == 0) {
      arguments.operands.push_back(word);
      if (ends_at_operand) are_options = false;
      continue;
    }
    if (std::strcmp(word, "--") == 0) {
      are_options = false;
      continue;
    }
    const char* value = nullptr;
    const Option* option = find_option(command, word, value);
    if (option == nullptr) {
      problem = "there is no option " + quoted(word);
      return false;
    }
    if (option->value == nullptr) {
      if (value != nullptr) problem = "--" + std::string(option->name) + " takes no value";
    } else {
      if (value == nullptr && i + 1 < words.size()) value = words[++i];
      const std::string wanted = value == nullptr ? option->value : value_problem(*option, value);
      if (value == nullptr || !wanted.empty()) {
        problem = "--" + std::string(option->name) + " takes " + wanted +
                  (value == nullptr ? "" : ", not " + quoted(value));
      }
    }
    if (!problem.empty()) return false;
    arguments.options.push_back({option->id, value == nullptr ? "" : value});
  }
  return true;
}

std::string usage(const Command& command, const char* program) {
  std::string text = "Usage: " + std::string(program) + " [OPTION...] " + command.operands + "\n" +
                     "A file is a WebAssembly module in binary form, - is standard input.\n\n";
  for (const Option& option : kOptions) {
    if (!takes(command, option)) continue;
    std::string left = option.letter == 0 ? "      " : std::string("  -") + option.letter + ", ";
    left += std::string("--") + option.name;
    if (option.value != nullptr) left += std::string("=") + option.value;
    constexpr size_t kColumn = 32;
    if (left.size() + 2 > kColumn) {
      left += "\n" + std::string(kColumn, ' ');
    } else {
      left.append(kColumn - left.size(), ' ');
    }
    text += left + option.text + "\n";
  }
  return text;
}

std::string usage() {
  std::string text = "Usage: wembed [COMMAND] [OPTION...] FILE...\n\n";
  for (const Command& command : kCommands) {
    std::string left = std::string("  ") + command.name;
    left.append(14 - left.size(), ' ');
    text += left + command.summary + "\n";
  }
  return text + "\nA file without a command is run. wembed COMMAND --help tells more.\n";
}

}  // namespace wembed::command
