#include "command/program.h"

#include <cstdio>
#include <cstring>

#include "command/commands.h"
#include "command/frames.h"
#include "command/interruption.h"
#include "command/module_file.h"

namespace wembed::command {

namespace {

uint32_t size32(size_t size) { return static_cast<uint32_t>(size); }

// What a load that failed says beyond WAMR's line.
void explain(const char* path, const std::vector<uint8_t>& bytes, const char* line) {
  wembed_source_t source = {};
  source.size = sizeof(source);
  source.ownership = WEMBED_BYTES_BORROW;
  source.bytes = bytes.data();
  source.length = bytes.size();
  wembed_error_t error;
  wasm_module_t module = wembed_load(nullptr, &source, &error);
  if (module != nullptr) {
    wasm_runtime_unload(module);  // it was refused as a program, not as a module
    return;
  }
  const bool says_more = std::strstr(line, error.message) == nullptr;
  const std::string place = place_of(error);
  if (!says_more && place.empty()) return;
  complain(std::string(name_of(path)) + (says_more ? ": " + printable(error.message) : "") + place);
}

void print_line(const char* text) {
  std::printf("%s\n", text);
  std::fflush(stdout);
}

// The words of a line, as blanks part them; a quoted one may have blanks in it.
std::vector<char*> words_of(char* line) {
  std::vector<char*> words;
  for (char* at = line; *at != 0;) {
    at += std::strspn(at, " \t\r\n");
    if (*at == 0) break;
    const bool is_quoted = *at == '"' || *at == '\'';
    const char end[] = {*at, 0};
    if (is_quoted) at++;
    words.push_back(at);
    at += std::strcspn(at, is_quoted ? end : " \t\r\n");
    if (*at != 0) *at++ = 0;
  }
  return words;
}

}  // namespace

Program::~Program() {
  if (instance_ != nullptr) wasm_runtime_deinstantiate(instance_);
  if (module_ != nullptr) wasm_runtime_unload(module_);
}

bool Program::start() {
  if (!load()) return false;
  grant();
  return instantiate();
}

bool Program::load() {
  const char* path = arguments_.operands[0];
  std::string problem;
  if (!read_file(path, bytes_, problem)) {
    complain(problem);
    return false;
  }
  char error[256];
  module_ = wasm_runtime_load(bytes_.data(), size32(bytes_.size()), error, sizeof(error));
  if (module_ != nullptr) return true;
  print_line(error);
  explain(path, bytes_, error);
  return false;
}

// Everything the program is given: nothing that was not asked for.
void Program::grant() {
  directories_ = arguments_.values(OptionId::Directory);
  mapped_ = arguments_.values(OptionId::MappedDirectory);
  environment_ = arguments_.values(OptionId::Environment);
  names_ = arguments_.values(OptionId::AllowResolve);
  for (const char* list : arguments_.values(OptionId::AddressPool)) {
    for (const char* at = list;; at++) {
      const size_t length = std::strcspn(at, ",");
      address_texts_.emplace_back(at, length);
      at += length;
      if (*at == 0) break;
    }
  }
  for (const std::string& text : address_texts_) addresses_.push_back(text.c_str());
  words_ = arguments_.operands;
  wasm_runtime_set_wasi_args(module_, directories_.data(), size32(directories_.size()),
                             mapped_.data(), size32(mapped_.size()), environment_.data(),
                             size32(environment_.size()), words_.data(),
                             static_cast<int>(words_.size()));
  wasm_runtime_set_wasi_addr_pool(module_, addresses_.data(), size32(addresses_.size()));
  wasm_runtime_set_wasi_ns_lookup_pool(module_, names_.data(), size32(names_.size()));
}

bool Program::instantiate() {
  char error[256];
  const auto stack = static_cast<uint32_t>(arguments_.number(OptionId::StackSize, 65536));
  const auto heap = static_cast<uint32_t>(arguments_.number(OptionId::HeapSize, 0));
  struct InstantiationArgs2* options = nullptr;
  if (!wasm_runtime_instantiation_args_create(&options)) {
    complain("there is no memory");
    return false;
  }
  wasm_runtime_instantiation_args_set_default_stack_size(options, stack);
  wasm_runtime_instantiation_args_set_host_managed_heap_size(options, heap);
  wembed_instantiation_args_set_fuel(options, fuel());
  begin_program();
  instance_ = wasm_runtime_instantiate_ex2(module_, options, error, sizeof(error));
  end_program();
  wasm_runtime_instantiation_args_destroy(options);
  pass_on_signal();
  if (instance_ != nullptr) return true;
  print_line(error);
  return false;
}

// Calls a function by name, or the program's main.
bool Program::call(const char* name, std::span<char*> arguments) {
  if (fuel() > 0) {
    wasm_exec_env_t env = wasm_runtime_get_exec_env_singleton(instance_);
    if (env == nullptr) return false;
    wasm_runtime_set_instruction_count_limit(env, static_cast<int>(fuel()));
  }
  const auto count = static_cast<int32_t>(arguments.size());
  // A result of main comes back over the first of these.
  std::vector<char*> words(arguments.begin(), arguments.end());
  words.push_back(nullptr);
  begin_program();
  const bool good = name == nullptr
                        ? wasm_application_execute_main(instance_, count, words.data())
                        : wasm_application_execute_func(instance_, name, count, words.data());
  end_program();
  pass_on_signal();
  return good && wasm_runtime_get_exception(instance_) == nullptr;
}

// As iwasm does, and on standard error where it was.
void Program::show_exception() {
  const char* text = wasm_runtime_get_exception(instance_);
  if (text == nullptr) return;
  print_line(printable(text).c_str());
  print_frames(instance_);
}

void Program::repeat() {
  char line[65536];
  for (;;) {
    std::printf("webassembly> ");
    std::fflush(stdout);
    if (std::fgets(line, sizeof(line), stdin) == nullptr) break;
    std::vector<char*> words = words_of(line);
    if (words.empty()) continue;
    if (std::strcmp(words[0], "__exit__") == 0) break;
    if (!call(words[0], std::span<char*>(words).subspan(1))) show_exception();
    wasm_runtime_clear_exception(instance_);
  }
}

int Program::run() {
  if (arguments_.has(OptionId::Repl)) {
    repeat();
    return 0;
  }
  const char* name = arguments_.value(OptionId::Function);
  std::span<char*> words = words_;
  const bool good = call(name, name == nullptr ? words : words.subspan(1));
  std::fflush(stdout);
  if (good) return static_cast<int>(wasm_runtime_get_wasi_exit_code(instance_));
  show_exception();
  return kFailed;
}

}  // namespace wembed::command
