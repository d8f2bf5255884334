// Some 315 calls in situations, each with the answer that is expected of it (test/wasi/probe.tsv),
// on either way to walk a path. The guest is test/wasi/probe.c.
#include <utility>
#include <vector>

#include "wasi/guest.h"
#include "wasi/host_file.h"

namespace {

using Answers = std::vector<std::pair<std::string, std::string>>;

Answers parse(const std::string& text) {
  Answers answers;
  for (size_t at = 0; at < text.size();) {
    size_t end = text.find('\n', at);
    if (end == std::string::npos) end = text.size();
    std::string line = text.substr(at, end - at);
    size_t tab = line.find('\t');
    if (tab != std::string::npos) answers.emplace_back(line.substr(0, tab), line.substr(tab + 1));
    at = end + 1;
  }
  return answers;
}

// What the probe prints in a new folder.
std::string run_probe() {
  Folder folder;
  std::string output = folder.path + "/out";
  int in = open("/dev/null", O_RDONLY);
  int out = open(output.c_str(), O_WRONLY | O_CREAT, 0666);
  {
    Guest guest("wasi_probe.wasm");
    if (guest.open(folder.root, in, out)) {
      CHECK(wasm_application_execute_main(guest.instance, 0, nullptr));
    }
  }
  close(in);
  close(out);
  return read_all(output);
}

void compare(const char* walker) {
  if (access(module_path("wasi_probe.wasm").c_str(), R_OK) != 0) {
    std::printf("not run: the probe is compiled by clang with lld (apt-get install clang lld)\n");
    return;
  }
  Answers expected = parse(read_all(module_path("wasi_probe.tsv")));
  std::string text = run_probe();
  if (const char* place = std::getenv("WEMBED_PROBE_OUT")) write_all(place, text);
  Answers got = parse(text);
  CHECK(got.size() > 300);
  CHECK_EQ(got.size(), expected.size());
  for (size_t i = 0; i < got.size() && i < expected.size(); i++) {
    if (got[i] == expected[i]) continue;
    std::printf("%s: %s: got %s, wanted %s: %s\n", walker, got[i].first.c_str(),
                got[i].second.c_str(), expected[i].first.c_str(), expected[i].second.c_str());
    CHECK(got[i] == expected[i]);
  }
}

TEST_CASE(each_situation_has_its_answer) { compare("beneath"); }

TEST_CASE(and_the_same_component_by_component) {
  wembed::wasi::HostFile::set_beneath(false);
  compare("by component");
  wembed::wasi::HostFile::set_beneath(true);
}

TEST_CASE(and_the_same_of_files_in_memory) {
  files = Files::Memory;
  compare("memory");
  files = Files::Folder;
}

}  // namespace
