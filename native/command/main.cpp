// The native command: `wembed COMMAND ...`, `wembed FILE ...` which runs it, and, called iwasm,
// what WAMR's program of that name does.
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "command/commands.h"
#include "command/module_file.h"

namespace wembed::command {

namespace {

// Parts that a build may be without.
#ifdef WEMBED_WITHOUT_LIBC
constexpr const char* kLibc = "";
#else
constexpr const char* kLibc = "libc-builtin, ";
#endif
#ifdef WEMBED_WITHOUT_WASI
constexpr const char* kWasi = "";
#else
constexpr const char* kWasi = "WASI preview 1, ";
#endif

int print_version(bool is_iwasm) {
  uint32_t major = 0;
  uint32_t minor = 0;
  uint32_t patch = 0;
  wasm_runtime_get_version(&major, &minor, &patch);
  if (is_iwasm) {
    std::printf("iwasm %u.%u.%u\n(wembed %s)\n", major, minor, patch, wembed_version());
  } else {
    std::printf("wembed %s\n(as WAMR %u.%u.%u)\n", wembed_version(), major, minor, patch);
  }
  std::printf("interpreter with %s dispatch, %s%smulti-module, threads\n",
              wembed_interpreter_dispatch(), kLibc, kWasi);
  return 0;
}

// As iwasm: on standard output, with status 1; and what was wrong on the other.
int misused(const Command& command, const char* program, const std::string& problem) {
  complain(problem);
  std::fputs(usage(command, program).c_str(), stdout);
  return kFailed;
}

int begin(const Command& command, std::span<char*> words, bool is_iwasm) {
  const bool is_run = command.run == &run_command;
  const std::string program = is_iwasm ? "iwasm" : std::string("wembed ") + command.name;
  Arguments arguments;
  std::string problem;
  if (!parse(command, words, is_run, arguments, problem)) {
    return misused(command, program.c_str(), problem);
  }
  if (arguments.has(OptionId::Help)) {
    std::fputs(usage(command, program.c_str()).c_str(), stdout);
    return 0;
  }
  if (arguments.has(OptionId::Version)) return print_version(is_iwasm);
  const bool is_several = std::strstr(command.operands, "...") != nullptr;
  if (arguments.operands.empty()) problem = "which file?";
  if (!is_several && arguments.operands.size() > 1) problem = "one file at a time";
  if (!problem.empty()) return misused(command, program.c_str(), problem);
  return command.run(arguments);
}

int dispatch(std::span<char*> words, bool is_iwasm) {
  const Command& run = *find_command("run");
  if (is_iwasm) return begin(run, words, true);
  if (words.empty()) {
    std::fputs(usage().c_str(), stdout);
    return kFailed;
  }
  if (const Command* command = find_command(words[0]); command != nullptr) {
    return begin(*command, words.subspan(1), false);
  }
  const bool is_help = std::strcmp(words[0], "--help") == 0 || std::strcmp(words[0], "-h") == 0 ||
                       std::strcmp(words[0], "help") == 0;
  if (!is_help) return begin(run, words, false);
  const Command* command = words.size() > 1 ? find_command(words[1]) : nullptr;
  const std::string name = command == nullptr ? "" : std::string("wembed ") + command->name;
  std::fputs((command == nullptr ? usage() : usage(*command, name.c_str())).c_str(), stdout);
  return 0;
}

}  // namespace

}  // namespace wembed::command

int main(int argc, char** argv) {
  using namespace wembed::command;
  const char* slash = argc > 0 ? std::strrchr(argv[0], '/') : nullptr;
  const char* name = slash != nullptr ? slash + 1 : argc > 0 ? argv[0] : "";
  std::span<char*> words(argv, static_cast<size_t>(argc));
  if (!words.empty()) words = words.subspan(1);
  const int status = dispatch(words, std::strcmp(name, "iwasm") == 0);
  if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) {
    complain(std::string("standard output cannot be written: ") + std::strerror(errno));
    return status == 0 ? kFailed : status;
  }
  return status;
}
