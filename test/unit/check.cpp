// Runs the registered cases and prints a closing line. The exit status is 1 when a check failed
// or no case was selected.
#include "check.h"

#include <cstring>

namespace wembed::check {
namespace {

Case* first_case = nullptr;
Case** last_link = &first_case;
int failed_checks = 0;

bool selected(const Case& test, int filters, char** filter) {
  for (int i = 0; i < filters; i++) {
    if (std::strstr(test.name, filter[i])) return true;
  }
  return filters == 0;
}

int run_selected(int filters, char** filter) {
  int passed = 0;
  int failed = 0;
  for (Case* test = first_case; test; test = test->next) {
    if (!selected(*test, filters, filter)) continue;
    int before = failed_checks;
    test->run();
    if (failed_checks == before) {
      passed++;
    } else {
      failed++;
      std::printf("FAILED %s\n", test->name);
    }
  }
  std::printf("%d passed, %d failed\n", passed, failed);
  return failed > 0 || passed == 0 ? 1 : 0;
}

void list_cases() {
  for (Case* test = first_case; test; test = test->next) std::printf("%s\n", test->name);
}

}  // namespace

Case::Case(const char* case_name, void (*body)()) : name(case_name), run(body) {
  *last_link = this;
  last_link = &next;
}

void fail(const char* file, int line, const char* expression, const char* detail) {
  failed_checks++;
  std::printf("%s:%d: failed: %s%s%s\n", file, line, expression, *detail ? ": " : "", detail);
}

}  // namespace wembed::check

int main(int argc, char** argv) {
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  if (argc > 1 && std::strcmp(argv[1], "--list") == 0) {
    wembed::check::list_cases();
    return 0;
  }
  return wembed::check::run_selected(argc - 1, argv + 1);
}
