// The errors of each call, by test/wasi/errnos.tsv: on either way to walk a path, and in memory.
#include <algorithm>
#include <map>
#include <vector>

#include "wasi/guest.h"
#include "wasi/host_file.h"

namespace {

const std::map<std::string, int> kNumbers = {
#define ERROR_NUMBER(name, number) {#name, number},
#define OWN_ERROR_NUMBER(name, number) {#name, number},
#include "wasi/errno.def"
};

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  for (size_t at = 0, end; at <= text.size(); at = end + 1) {
    end = std::min(text.find(separator, at), text.size());
    if (end > at) parts.push_back(text.substr(at, end - at));
  }
  return parts;
}

// A guest with descriptors of each sort.
struct Errors {
  static constexpr uint32_t kTexts = 0x3000, kResult = 0x10, kRoom = 0x2000, kVector = 0x20;
  Folder folder;
  Guest guest{"wasi_calls.wasm"};
  std::map<std::string, uint64_t> words = {{"root", 3},
                                           {"closed", 99},
                                           {"out", kResult},
                                           {"out2", kResult + 4},
                                           {"room", kRoom},
                                           {"vector", kVector},
                                           {"directory_rights", Guest::kDirectoryRights},
                                           {"2^63", uint64_t{1} << 63},
                                           {"2^63-1", (uint64_t{1} << 63) - 1},
                                           {"-1", static_cast<uint64_t>(-1)}};

  Errors() {
    write_all(folder.root + "/file", "hello");
    CHECK(mkdir((folder.root + "/dir").c_str(), 0755) == 0);
    write_all(folder.root + "/dir/inner", "inner");
    for (auto [name, target] : std::map<const char*, const char*>{{"link", "file"},
                                                                  {"dangling", "none"},
                                                                  {"loop", "loop"},
                                                                  {"out", "../out"},
                                                                  {"absolute", "/etc"},
                                                                  {"to_dir", "dir"}}) {
      CHECK(symlink(target, (folder.root + "/" + name).c_str()) == 0);
    }
    REQUIRE(guest.open(folder.root));
    constexpr uint64_t kRead = 2, kWrite = 64, all = Guest::kFileRights;
    open("file", "file", 0, all);
    open("read_only", "file", 0, all & ~kWrite);
    open("write_only", "file", 0, all & ~kRead);
    open("powerless", "file", 0, all);
    open("directory", "dir", 2, Guest::kDirectoryRights);
    open("powerless_directory", "dir", 2, Guest::kDirectoryRights);
    for (const char* word : {"powerless", "powerless_directory"}) {
      CHECK_EQ(guest.call("fd_fdstat_set_rights", {words[word], 0, 0}), 0);
    }
    guest.put<uint32_t>(kVector, kRoom);
    guest.put<uint32_t>(kVector + 4, 4);
  }
  void open(const char* word, const char* path, uint64_t oflags, uint64_t rights) {
    uint32_t fd = 0;
    CHECK_EQ(guest.open_file(3, path, 0, oflags, rights, fd), 0);
    words[word] = fd;
  }

  // What a row's arguments say; texts lie one behind the other.
  std::vector<uint64_t> arguments(const std::string& row) {
    std::vector<uint64_t> values;
    uint32_t next = kTexts;
    for (const std::string& word : split(row, ' ')) {
      std::string text = word.substr(1, word.size() - 2);
      if (word == "long_name") text.assign(256, 'c');
      if (word == "long_path") text.assign(5000, 'd');
      if (word[0] == '"' || word.starts_with("long_")) {
        values.push_back(next);
        values.push_back(guest.path(text, next));
        next += static_cast<uint32_t>(text.size());
      } else {
        auto known = words.find(word);
        values.push_back(known != words.end() ? known->second : std::stoull(word));
      }
    }
    return values;
  }
  void expect(const std::string& wanted, const std::string& call, const std::string& row) {
    auto known = kNumbers.find(wanted);
    REQUIRE(known != kNumbers.end());
    int code = guest.call(call.c_str(), arguments(row));
    if (code != known->second) {
      std::printf("%s %s: %d, not %s\n", call.c_str(), row.c_str(), code, wanted.c_str());
    }
    CHECK_EQ(code, known->second);
  }
};

std::string replaced(std::string text, const std::string& word, const std::string& by) {
  if (size_t at = text.find(word); at != std::string::npos) text.replace(at, word.size(), by);
  return text;
}

void make_all_errors() {
  Errors errors;
  std::vector<std::pair<std::string, std::string>> wrong_paths;
  size_t count = 0;
  for (const std::string& line : split(read_all(module_path("wasi_errnos.tsv")), '\n')) {
    std::vector<std::string> row = split(line, '\t');
    if (line[0] == '#') continue;
    REQUIRE(row.size() == 3);
    if (row[0] == "wrong") {
      wrong_paths.emplace_back(row[1], row[2]);
    } else if (row[0] == "WRONG") {
      for (const auto& [wanted, path] : wrong_paths) {
        errors.expect(wanted, row[1], replaced(row[2], "WRONG", path));
      }
    } else {
      errors.expect(row[0], row[1], row[2]);
    }
    ++count;
  }
  CHECK(count > 150);
}

FILES_CASE(of_each_call) { make_all_errors(); }

TEST_CASE(of_each_call_where_paths_are_walked_step_by_step) {
  wembed::wasi::HostFile::set_beneath(false);
  make_all_errors();
  wembed::wasi::HostFile::set_beneath(true);
}

FILES_CASE(of_streams) {
  Folder folder;
  Guest guest("wasi_calls.wasm");
  int pipes[2];
  CHECK(pipe(pipes) == 0);
  if (!guest.open(folder.root, pipes[0], pipes[1])) return;
  guest.put<uint32_t>(0x20, 0x2000);
  guest.put<uint32_t>(0x24, 4);
  CHECK_EQ(guest.call("fd_seek", {0, 0, 0, 0x10}), kNumbers.at("NOTCAPABLE"));
  CHECK_EQ(guest.call("fd_tell", {1, 0x10}), kNumbers.at("NOTCAPABLE"));
  CHECK_EQ(guest.call("fd_pread", {0, 0x20, 1, 0, 0x10}), kNumbers.at("SPIPE"));
  CHECK_EQ(guest.call("fd_pwrite", {1, 0x20, 1, 0, 0x10}), kNumbers.at("SPIPE"));
  CHECK_EQ(guest.call("fd_filestat_set_size", {1, 0}), kNumbers.at("INVAL"));
  CHECK_EQ(guest.call("fd_prestat_get", {0, 0x2000}), kNumbers.at("BADF"));
  for (int end : pipes) close(end);
}

TEST_CASE(of_two_file_systems) {
  Folder folder;
  Guest guest("wasi_calls.wasm");
  write_all(folder.root + "/file", "hello");
  wembed_wasi_file_t host = wembed_wasi_host_directory(nullptr, folder.root.c_str(), nullptr);
  wembed_wasi_file_t memory = wembed_wasi_memory_directory(nullptr, nullptr, nullptr);
  CHECK_EQ(wembed_wasi_put(memory, "mine", "x", 1), 0u);
  wembed_wasi_preopen_t preopens[] = {{"host", host, false}, {"memory", memory, false}};
  CHECK(guest.open_with(preopens, 2));
  uint64_t file = guest.path("file"), mine = guest.path("mine", Guest::kOther);
  const uint64_t from = Guest::kPath, to = Guest::kOther;
  CHECK_EQ(guest.call("path_rename", {3, from, file, 4, to, mine}), kNumbers.at("XDEV"));
  CHECK_EQ(guest.call("path_rename", {4, to, mine, 3, from, file}), kNumbers.at("XDEV"));
  mine = guest.path("new", Guest::kOther);
  CHECK_EQ(guest.call("path_link", {3, 0, from, file, 4, to, mine}), kNumbers.at("XDEV"));
  mine = guest.path("mine", Guest::kOther), file = guest.path("new");
  CHECK_EQ(guest.call("path_link", {4, 0, to, mine, 3, from, file}), kNumbers.at("XDEV"));
  wembed_wasi_file_delete(host);
  wembed_wasi_file_delete(memory);
}

}  // namespace
