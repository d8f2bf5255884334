// Directories of functions: what they are asked, what becomes of what they answer, and that nothing
// of it does harm.
#include <cstring>
#include <map>

#include "wasi/guest.h"

namespace {

// Files of a test's, by path. A directory has the text "/", a link one that begins with "->".
struct Files {
  std::map<std::string, std::string> files{{"", "/"}};
  std::string asked;    // what for, and of which paths
  uint32_t answer = 0;  // of everything, when it is not 0
  int lie = 0;          // what they say that cannot be
  bool is_gone = false;
  wasm_module_inst_t guest = nullptr;

  static Files& of(void* context, const char* what, const char* path) {
    auto& files = *static_cast<Files*>(context);
    files.asked += std::string(files.asked.empty() ? "" : " ") + what + ":" + path;
    return files;
  }
  uint32_t kind(const std::string& path) const {
    const std::string& text = files.at(path);
    if (text == "/") return WEMBED_WASI_DIRECTORY;
    return text.rfind("->", 0) == 0 ? WEMBED_WASI_LINK : WEMBED_WASI_FILE;
  }
};

uint32_t status(void* context, wasm_exec_env_t, const char* path, wembed_wasi_status_t* status) {
  Files& all = Files::of(context, "status", path);
  if (all.answer != 0) return all.answer;
  auto found = all.files.find(path);
  if (found == all.files.end()) return 44;
  status->kind = all.lie == 1 && *path != 0 ? 77 : all.kind(path);
  status->bytes = all.lie == 2 ? UINT64_MAX : found->second.size();
  status->modified_ns = 5'000'000'000;
  return 0;
}

uint32_t entry(void* context, wasm_exec_env_t, const char* path, uint64_t index,
               wembed_wasi_entry_t* entry) {
  Files& all = Files::of(context, "entry", path);
  if (all.lie == 3) {
    std::memset(entry->name, 'x', sizeof(entry->name));
    entry->kind = 99;
    return index < 3 ? 0 : 44;
  }
  if (all.lie == 4) {
    static const char* const kNames[] = {"..", ".", "", "a/b", "good"};
    if (index >= std::size(kNames)) return 44;
    std::strcpy(entry->name, kNames[index]);
    return 0;
  }
  const std::string below = *path == 0 ? "" : std::string(path) + "/";
  uint64_t at = 0;
  for (const auto& [name, text] : all.files) {
    bool is_here = name.size() > below.size() && name.compare(0, below.size(), below) == 0 &&
                   name.find('/', below.size()) == std::string::npos;
    if (!is_here || at++ < index) continue;
    std::strcpy(entry->name, name.c_str() + below.size());
    entry->kind = all.kind(name);
    return 0;
  }
  return 44;
}

uint32_t read(void* context, wasm_exec_env_t, const char* path, uint64_t offset, void* bytes,
              size_t room, size_t* done) {
  Files& all = Files::of(context, "read", path);
  if (all.answer != 0) return all.answer;
  if (all.lie == 5) *done = room + 1;
  if (all.lie != 0) return 0;
  const std::string& text = all.files.at(path);
  if (offset > text.size()) offset = text.size();
  *done = std::min<size_t>(room, text.size() - offset);
  std::memcpy(bytes, text.data() + offset, *done);
  return 0;
}

uint32_t write(void* context, wasm_exec_env_t, const char* path, uint64_t offset, const void* bytes,
               size_t length, size_t* done) {
  Files& all = Files::of(context, "write", path);
  if (all.answer != 0) return all.answer;
  if (all.lie == 6) *done = length + 1;
  if (all.lie != 0) return 0;
  std::string& text = all.files.at(path);
  if (text.size() < offset + length) text.resize(offset + length);
  std::memcpy(text.data() + offset, bytes, length);
  *done = length;
  return 0;
}

uint32_t resize(void* context, wasm_exec_env_t, const char* path, uint64_t bytes) {
  Files::of(context, "resize", path).files.at(path).resize(bytes);
  return 0;
}

uint32_t make(void* context, wasm_exec_env_t, const char* path, uint32_t kind, const char* text) {
  Files& all = Files::of(context, "make", path);
  if (all.answer != 0) return all.answer;
  if (all.files.count(path) != 0) return 20;
  all.files[path] = kind == WEMBED_WASI_DIRECTORY ? "/"
                    : kind == WEMBED_WASI_LINK    ? std::string("->") + text
                                                  : "";
  return 0;
}

uint32_t remove_path(void* context, wasm_exec_env_t, const char* path, bool directory) {
  Files& all = Files::of(context, directory ? "rmdir" : "remove", path);
  all.files.erase(path);
  return 0;
}

uint32_t rename_path(void* context, wasm_exec_env_t, const char* from, const char* to) {
  Files& all = Files::of(context, "rename", from);
  all.files[to] = all.files.at(from);
  all.files.erase(from);
  return 0;
}

uint32_t read_link(void* context, wasm_exec_env_t, const char* path, char* text, size_t room,
                   size_t* length) {
  Files& all = Files::of(context, "link", path);
  if (all.lie == 7) *length = room + 1;
  if (all.lie == 7) return 0;
  const std::string target = all.files.at(path).substr(2);
  *length = target.size();
  std::memcpy(text, target.data(), std::min(room, target.size()));
  return 0;
}

uint32_t set_modified(void* context, wasm_exec_env_t, const char* path, uint64_t modified_ns) {
  Files& all = Files::of(context, "modified", path);
  all.asked += "=" + std::to_string(modified_ns);
  return 0;
}

void gone(void* context) { static_cast<Files*>(context)->is_gone = true; }

wembed_wasi_directory_functions_t functions_of(Files& files) {
  wembed_wasi_directory_functions_t functions = {};
  functions.size = sizeof(functions);
  functions.context = &files;
  functions.status = status;
  functions.entry = entry;
  functions.read = read;
  functions.write = write;
  functions.resize = resize;
  functions.make = make;
  functions.remove = remove_path;
  functions.rename = rename_path;
  functions.read_link = read_link;
  functions.set_modified = set_modified;
  functions.gone = gone;
  return functions;
}

// A guest that has them as ".", at 3.
struct Served : Guest {
  Served(Files& files, const wembed_wasi_directory_functions_t& functions, bool read_only = false)
      : Guest("wasi_calls.wasm") {
    wembed_error_t error;
    wembed_wasi_file_t directory = wembed_wasi_directory(nullptr, &functions, &error);
    CHECK(directory != nullptr);
    wembed_wasi_preopen_t preopen = {".", directory, read_only};
    CHECK(open_with(&preopen, 1));
    wembed_wasi_file_delete(directory);
    files.guest = instance;
    files.asked.clear();
  }
  int make_directory(const std::string& name) {
    return call("path_create_directory", {3, kPath, path(name)});
  }
  int stat(const std::string& name, bool follow = true) {
    return call("path_filestat_get", {3, follow ? 1u : 0u, kPath, path(name), 0x2000});
  }
  // The names in a directory, apart by blanks.
  std::string list(uint32_t fd) {
    CHECK_EQ(call("fd_readdir", {fd, kBuffer, 4096, 0, kResult}), 0);
    std::string names;
    for (uint32_t offset = 0; offset < get<uint32_t>(kResult);) {
      auto length = get<uint32_t>(kBuffer + offset + 16);
      names += (names.empty() ? "" : " ") +
               std::string(reinterpret_cast<char*>(at(kBuffer + offset + 24)), length);
      offset += 24 + length;
    }
    return names;
  }
};

TEST_CASE(functions_are_asked_for_what_guests_do) {
  Files files;
  files.files["a"] = "hello";
  files.files["sub"] = "/";
  files.files["sub/b"] = "there";
  files.files["link"] = "->sub/b";
  {
    Served guest(files, functions_of(files));
    uint32_t fd = 0;
    CHECK_EQ(guest.open_file(3, "a", 0, 0, Guest::kFileRights, fd), 0);
    std::string text;
    CHECK_EQ(guest.read(fd, text, 3), 0);
    CHECK_EQ(text, "hel");
    CHECK_EQ(guest.read(fd, text), 0);
    CHECK_EQ(text, "lo");
    CHECK_EQ(guest.read(fd, text), 0);
    CHECK_EQ(text, "");
    CHECK_EQ(guest.write(fd, " you"), 0);
    CHECK_EQ(files.files["a"], "hello you");
    CHECK_EQ(guest.call("fd_seek", {fd, static_cast<uint64_t>(-3), 2, Guest::kResult}), 0);
    CHECK_EQ(guest.read(fd, text), 0);
    CHECK_EQ(text, "you");
    CHECK_EQ(guest.call("fd_filestat_set_size", {fd, 4}), 0);
    CHECK_EQ(files.files["a"], "hell");
    CHECK_EQ(guest.call("fd_close", {fd}), 0);
    CHECK_EQ(guest.open_file(3, "a", 0, 8 /* truncate */, Guest::kFileRights, fd, 1), 0);
    CHECK_EQ(guest.write(fd, "one") + guest.write(fd, "two"), 0);
    CHECK_EQ(files.files["a"], "onetwo");
    CHECK_EQ(guest.call("fd_filestat_set_times", {fd, 0, 77, 4}), 0);
    CHECK(files.asked.find("modified:a=77") != std::string::npos);
    CHECK_EQ(guest.open_file(3, "link", 1, 0, Guest::kFileRights, fd), 0);
    CHECK_EQ(guest.read(fd, text), 0);
    CHECK_EQ(text, "there");
    CHECK_EQ(guest.open_file(3, "link", 0, 0, Guest::kFileRights, fd), 32);
    CHECK_EQ(guest.stat("sub"), 0);
    CHECK_EQ(guest.get<uint8_t>(0x2010), 3);
    CHECK_EQ(guest.get<uint64_t>(0x2000 + 48), 5'000'000'000u);
    CHECK_EQ(guest.stat("sub/b/"), 54);
    CHECK_EQ(guest.stat("none"), 44);
    CHECK_EQ(guest.list(3), ". .. a link sub");
    CHECK_EQ(guest.make_directory("new"), 0);
    CHECK_EQ(guest.make_directory("new"), 20);
    CHECK_EQ(guest.call("path_symlink", {Guest::kOther, guest.path("a", Guest::kOther), 3,
                                         Guest::kPath, guest.path("other")}),
             0);
    CHECK_EQ(files.files["other"], "->a");
    CHECK_EQ(guest.call("path_rename", {3, Guest::kPath, guest.path("new"), 3, Guest::kOther,
                                        guest.path("sub/moved", Guest::kOther)}),
             0);
    CHECK_EQ(files.files.count("sub/moved"), 1u);
    CHECK_EQ(guest.call("path_rename", {3, Guest::kPath, guest.path("sub"), 3, Guest::kOther,
                                        guest.path("sub/moved/x", Guest::kOther)}),
             28);
    CHECK_EQ(guest.call("path_remove_directory", {3, Guest::kPath, guest.path("a")}), 54);
    CHECK_EQ(guest.call("path_remove_directory", {3, Guest::kPath, guest.path("sub/moved")}), 0);
    CHECK_EQ(guest.call("path_unlink_file", {3, Guest::kPath, guest.path("other")}), 0);
    CHECK_EQ(guest.call("path_unlink_file", {3, Guest::kPath, guest.path("sub")}), 31);
    CHECK_EQ(guest.call("path_link", {3, 0, Guest::kPath, guest.path("a"), 3, Guest::kOther,
                                      guest.path("hard", Guest::kOther)}),
             58);
    CHECK_EQ(guest.open_file(3, "sub/made", 0, 1, Guest::kFileRights, fd), 0);
    CHECK_EQ(files.files["sub/made"], "");
    CHECK(!files.is_gone);
    // The host looks into it as well.
    char bytes[16];
    size_t done = 0;
    wembed_wasi_file_t own = wembed_wasi_preopened(guest.instance, ".");
    CHECK_EQ(wembed_wasi_get(own, "link", 0, bytes, sizeof(bytes), &done), 0u);
    CHECK_EQ(std::string(bytes, done), "there");
    files.answer = WEMBED_WASI_FAILED;
    CHECK_EQ(wembed_wasi_get(own, "a", 0, bytes, sizeof(bytes), &done), 29u);
    wembed_wasi_file_delete(own);
  }
  CHECK(files.is_gone);
}

TEST_CASE(no_path_leads_out) {
  Files files;
  files.files["sub"] = "/";
  files.files["up"] = "->..";
  files.files["root"] = "->/";
  files.files["far"] = "->sub/../../x";
  Served guest(files, functions_of(files));
  for (const char* path : {"..", "../x", "/", "/x", "sub/../../x", "up", "up/x", "root", "far"}) {
    CHECK_EQ(guest.stat(path), 76);
  }
  for (size_t at = 0; at < files.asked.size(); at++) {
    CHECK(files.asked.compare(at, 3, "/..") != 0 && files.asked.compare(at, 3, ":..") != 0);
  }
  // As deep as paths go.
  std::string deep = "sub";
  for (int i = 0; i < 600; i++) files.files[deep += "/d"] = "/";
  CHECK_EQ(guest.stat(deep), 0);
  CHECK_EQ(guest.stat(deep + "/none"), 44);
}

TEST_CASE(errors_are_the_guests_and_failures_end_it) {
  Files files;
  files.files["a"] = "hello";
  Served guest(files, functions_of(files));
  uint32_t fd = 0;
  CHECK_EQ(guest.open_file(3, "a", 0, 0, Guest::kFileRights, fd), 0);
  std::string text;
  for (uint32_t error : {2u, 29u, 76u}) {
    files.answer = error;
    CHECK_EQ(guest.read(fd, text), static_cast<int>(error));
    CHECK_EQ(guest.write(fd, "x"), static_cast<int>(error));
    CHECK_EQ(guest.stat("a"), static_cast<int>(error));
  }
  for (uint32_t error : {77u, WEMBED_WASI_FAILED}) {
    files.answer = error;
    CHECK_EQ(guest.read(fd, text), -1);
    CHECK_EQ(guest.exception(), "Exception: a file of the host failed");
    CHECK_EQ(guest.stat("a"), -1);
    CHECK_EQ(guest.make_directory("x"), -1);
    uint32_t none = 0;
    CHECK_EQ(guest.open_file(3, "a", 0, 1, Guest::kFileRights, none), -1);
  }
}

TEST_CASE(what_cannot_be_is_not_believed) {
  Files files;
  files.files["a"] = "hello";
  files.files["sub"] = "/";
  files.files["link"] = "->a";
  Served guest(files, functions_of(files));
  uint32_t fd = 0;
  std::string text;
  CHECK_EQ(guest.open_file(3, "a", 0, 0, Guest::kFileRights, fd), 0);
  files.lie = 1;  // a kind that there is not
  CHECK_EQ(guest.stat("a"), 76);
  CHECK_EQ(guest.open_file(3, "a", 0, 0, Guest::kFileRights, fd), 76);
  files.lie = 2;  // a size that no offset reaches
  CHECK_EQ(guest.stat("a"), 0);
  CHECK_EQ(guest.get<uint64_t>(0x2020), uint64_t{INT64_MAX});
  CHECK_EQ(guest.call("fd_seek", {4, 1, 2, Guest::kResult}), 61);
  files.lie = 3;  // names without an end, of no kind
  CHECK_EQ(guest.list(3).substr(0, 7), ". .. xx");
  files.lie = 4;  // names that are none
  CHECK_EQ(guest.list(3), ". .. good");
  files.lie = 5;  // more than there was room for
  CHECK_EQ(guest.read(4, text), 29);
  files.lie = 6;
  CHECK_EQ(guest.write(4, "x"), 29);
  files.lie = 8;  // nothing at all
  CHECK_EQ(guest.write(4, "x"), 29);
  CHECK_EQ(guest.read(4, text), 0);
  CHECK_EQ(text, "");
  files.lie = 7;  // a link that is longer
  CHECK_EQ(guest.stat("link"), 29);
}

TEST_CASE(what_is_not_given_cannot_be_done) {
  Files files;
  files.files["a"] = "hello";
  files.files["link"] = "->a";
  wembed_wasi_directory_functions_t functions = {};
  functions.size = sizeof(functions);
  functions.context = &files;
  functions.status = status;
  {
    Served guest(files, functions);
    uint32_t fd = 0;
    std::string text;
    CHECK_EQ(guest.open_file(3, "a", 0, 0, Guest::kFileRights, fd), 0);
    CHECK_EQ(guest.read(fd, text), 58);
    CHECK_EQ(guest.write(fd, "x"), 69);
    CHECK_EQ(guest.call("fd_filestat_set_size", {fd, 1}), 69);
    CHECK_EQ(guest.call("fd_filestat_set_times", {fd, 0, 1, 4}), 58);
    CHECK_EQ(guest.make_directory("x"), 69);
    CHECK_EQ(guest.call("path_unlink_file", {3, Guest::kPath, guest.path("a")}), 69);
    CHECK_EQ(guest.call("fd_readdir", {3, Guest::kBuffer, 4096, 0, Guest::kResult}), 58);
    CHECK_EQ(guest.stat("link"), 28);
  }
  // One that is read only is asked for nothing that would change it.
  functions = functions_of(files);
  Served guest(files, functions, true);
  uint32_t fd = 0;
  CHECK_EQ(guest.open_file(3, "a", 0, 0, 2, fd), 0);
  CHECK_EQ(guest.open_file(3, "new", 0, 1, Guest::kFileRights, fd), 69);
  CHECK_EQ(guest.open_file(3, "a", 0, 0, Guest::kFileRights, fd), 69);
  CHECK_EQ(guest.make_directory("x"), 69);
  CHECK_EQ(guest.call("path_unlink_file", {3, Guest::kPath, guest.path("a")}), 69);
  CHECK(files.asked.find("make") == std::string::npos);
  CHECK(files.asked.find("remove") == std::string::npos);
  wembed_error_t error;
  functions.status = nullptr;
  CHECK(wembed_wasi_directory(nullptr, &functions, &error) == nullptr);
  CHECK(wembed_wasi_directory(nullptr, nullptr, &error) == nullptr);
}

}  // namespace
