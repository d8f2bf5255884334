// `wembed run`: what WAMR's iwasm does, by its options, with its texts and exit status.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iterator>

#include "command/commands.h"
#include "command/interruption.h"
#include "command/module_file.h"
#include "command/native_libraries.h"
#include "command/program.h"
#include "command/runtime.h"

namespace wembed::command {

namespace {

// Where modules are that others import from. Set once, before any is asked for.
const char* module_path = ".";

// Names come from the guest: only what is in that folder.
bool read_module(package_type_t, const char* name, uint8_t** bytes, uint32_t* size) {
  std::vector<uint8_t> content;
  std::string problem;
  if (std::strchr(name, '/') != nullptr || *name == 0) return false;
  const std::string path = std::string(module_path) + "/" + name + ".wasm";
  if (!read_file(path.c_str(), content, problem)) return false;
  auto* copy = static_cast<uint8_t*>(std::malloc(content.size() + 1));
  if (copy == nullptr) return false;
  std::memcpy(copy, content.data(), content.size());
  *bytes = copy;
  *size = static_cast<uint32_t>(content.size());
  return true;
}

void free_module(uint8_t* bytes, uint32_t) { std::free(bytes); }

// False: there is no such mode.
bool read_tier(const Arguments& arguments, uint32_t& tier) {
  constexpr const char* kModes[] = {"off", "first_call", "sampled", "all"};
  tier = arguments.has(OptionId::Interpreter) ? WEMBED_TIER_OFF : WEMBED_TIER_DEFAULT;
  const char* given = arguments.value(OptionId::Tier);
  if (given == nullptr) return true;
  for (uint32_t i = 0; i < std::size(kModes); i++) {
    if (std::strcmp(given, kModes[i]) != 0) continue;
    tier = WEMBED_TIER_OFF + i;
    return true;
  }
  complain(std::string("there is no tier ") + given + ": off, first_call, sampled, all");
  return false;
}

}  // namespace

int run_command(const Arguments& arguments) {
  watch_signals();
  uint32_t tier;
  if (!read_tier(arguments, tier)) return kNotStarted;
  const auto log_level = static_cast<uint32_t>(arguments.number(OptionId::LogLevel, 2));
  if (!start_runtime(log_level, tier)) return kNotStarted;
  const char* path = arguments.value(OptionId::ModulePath);
  if (path != nullptr) module_path = path;
  wasm_runtime_set_module_reader(&read_module, &free_module);
  wasm_runtime_set_max_thread_num(static_cast<uint32_t>(arguments.number(OptionId::MaxThreads, 4)));
  int status = kNotStarted;
  {
    NativeLibraries libraries;
    // As with iwasm: what a program needs of one that cannot be used is missing when it is linked.
    for (const char* library : arguments.values(OptionId::NativeLibrary)) {
      std::string problem;
      if (!libraries.add(library, problem)) complain("warning: " + problem);
    }
    if (arguments.has(OptionId::Timeout)) {
      set_time_limit(static_cast<uint32_t>(arguments.number(OptionId::Timeout, 0)));
    }
    Program program(arguments);
    if (program.start()) status = program.run();
  }
  wasm_runtime_destroy();
  return status;
}

}  // namespace wembed::command
