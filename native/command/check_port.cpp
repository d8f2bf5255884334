// `wembed check-port`: whether a host that was written for WAMR will link and run here.
#include <cstdio>

#include "command/api_table.h"
#include "command/api_uses.h"
#include "command/commands.h"
#include "command/module_file.h"

namespace wembed::command {

namespace {

struct Count {
  unsigned fine = 0;     // as in WAMR
  unsigned absent = 0;   // link, with nothing behind them
  unsigned missing = 0;  // do not link
  bool has_gc = false;   // some are of gc_export.h
};

void print_row(const std::string& name, const char* what, const char* note) {
  std::printf("  %-44s %s%s%s\n", printable(name.c_str()).c_str(), what, *note == 0 ? "" : ": ",
              note);
}

// One function's line, if it has one.
void add(const std::string& name, bool lists_all, Count& count) {
  const ApiFunction* function = find_api_function(name);
  if (function == nullptr) {
    count.missing++;
    print_row(name, "missing", "an internal function of WAMR's, not in its public headers");
    return;
  }
  count.has_gc = count.has_gc || function->is_of_gc;
  switch (function->state) {
    case ApiState::Implemented:
      count.fine++;
      if (lists_all) print_row(name, "as in WAMR", "");
      break;
    case ApiState::Absent:
      count.absent++;
      print_row(name, "links, as in a build without", function->note);
      break;
    case ApiState::Planned:
      count.missing++;
      print_row(name, "missing until there are", function->note);
      break;
    case ApiState::Never:
      count.missing++;
      print_row(name, "missing", function->note);
      break;
  }
}

// False: something it uses is missing, or it cannot be told.
bool check(const char* path, bool lists_all) {
  std::vector<uint8_t> bytes;
  std::string problem;
  if (!read_file(path, bytes, problem)) {
    complain(problem);
    return false;
  }
  const ApiUses uses = api_uses(bytes);
  if (uses.kind == nullptr) {
    complain(std::string(name_of(path)) +
             " is no object file, archive or program in ELF, and no source text");
    return false;
  }
  std::printf("%s, %s\n", name_of(path), uses.kind);
  Count count;
  for (const std::string& name : uses.names) add(name, lists_all, count);
  for (const std::string& name : uses.internal_headers) {
    print_row(name, "missing", "an internal header of WAMR's");
    count.missing++;
  }
  if (uses.has_wamr) {
    std::printf("  has WAMR's own functions in it: look at its object files or sources instead\n");
  }
  const unsigned all = count.fine + count.absent + count.missing;
  if (all == 0) {
    std::printf("  uses nothing of WAMR's API\n");
  } else {
    std::printf("  %u of WAMR's API: %u as in WAMR, %u without effect, %u missing\n", all,
                count.fine, count.absent, count.missing);
  }
  if (count.has_gc) std::printf("  has objects of gc_export.h: link libwembed-gc\n");
  return count.missing == 0 && !uses.has_wamr;
}

}  // namespace

int check_port_command(const Arguments& arguments) {
  bool all_good = true;
  for (const char* path : arguments.operands) {
    all_good &= check(path, arguments.has(OptionId::All));
  }
  std::printf("What differs in functions that are there: docs/wamr-compat.md\n");
  return all_good ? 0 : kFailed;
}

}  // namespace wembed::command
