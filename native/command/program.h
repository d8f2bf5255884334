// A program that `wembed run` was asked for: its module, its instance, and how it is run.
#pragma once

#include <cstdint>
#include <vector>

#include "command/arguments.h"
#include "wembed.h"

namespace wembed::command {

class Program {
 public:
  explicit Program(const Arguments& arguments) : arguments_(arguments) {}
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;
  ~Program();

  // Reads, loads and instantiates. False: it cannot be done, and why was printed.
  bool start();
  // Runs what was asked for. The exit status.
  int run();

 private:
  bool load();
  void grant();
  bool instantiate();
  bool call(const char* name, std::span<char*> arguments);
  // Instructions that may run at a time; 0: any.
  [[nodiscard]] int64_t fuel() const {
    return static_cast<int64_t>(arguments_.number(OptionId::Fuel, 0));
  }
  void show_exception();
  void repeat();

  const Arguments& arguments_;
  std::vector<uint8_t> bytes_;
  std::vector<const char*> directories_;
  std::vector<const char*> mapped_;
  std::vector<const char*> environment_;
  std::vector<const char*> names_;
  std::vector<std::string> address_texts_;
  std::vector<const char*> addresses_;
  std::vector<char*> words_;
  wasm_module_t module_ = nullptr;
  wasm_module_inst_t instance_ = nullptr;
};

}  // namespace wembed::command
