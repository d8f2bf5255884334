// Folders for guests of WASI, and the same in memory.
#pragma once

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "check.h"
#include "wembed_wasi.h"

inline std::string read_all(const std::string& path) {
  std::string text;
  FILE* file = std::fopen(path.c_str(), "rb");
  if (file == nullptr) return text;
  char block[4096];
  size_t count;
  while ((count = std::fread(block, 1, sizeof(block), file)) > 0) text.append(block, count);
  std::fclose(file);
  return text;
}

inline void write_all(const std::string& path, const std::string& text) {
  FILE* file = std::fopen(path.c_str(), "wb");
  REQUIRE(file != nullptr);
  std::fwrite(text.data(), 1, text.size(), file);
  std::fclose(file);
}

inline std::string module_path(const char* name) {
  const char* folder = std::getenv("WEMBED_TEST_MODULES");
  return std::string(folder == nullptr ? "." : folder) + "/" + name;
}

// A folder with a folder `root` for the guest, and what lies beside it, which is nobody's business.
struct Folder {
  std::string path = "/tmp/wembed-wasi-XXXXXX";
  std::string root;
  Folder() {
    CHECK(mkdtemp(path.data()) != nullptr);
    root = path + "/root";
    CHECK(mkdir(root.c_str(), 0777) == 0);
  }
  ~Folder() {
    std::string command = "rm -rf '" + path + "'";
    CHECK(std::system(command.c_str()) == 0);
  }
};

// Where guests have their files: in a folder of the system's, or in memory with what is in the
// folder at the beginning.
enum class Files { Folder, Memory };
inline Files files = Files::Folder;

template <class Act> void on_all_files(Act act) {
  for (Files kind : {Files::Folder, Files::Memory}) {
    files = kind;
    act();
  }
  files = Files::Folder;
}

// A case for either kind.
#define FILES_CASE(name)                       \
  void name##_on();                            \
  TEST_CASE(name) { on_all_files(name##_on); } \
  void name##_on()

// What lies in `from` into the directory in memory.
inline bool copy_into(wembed_wasi_file_t directory, const std::string& from,
                      const std::string& below = "") {
  bool is_good = true;
  DIR* list = opendir(from.c_str());
  CHECK(list != nullptr);
  while (const dirent* entry = readdir(list)) {
    std::string name = entry->d_name, path = from + "/" + name, target = below + name;
    struct stat status;
    if (name == "." || name == ".." || lstat(path.c_str(), &status) != 0) continue;
    char text[4096];
    if (S_ISDIR(status.st_mode)) {
      is_good = is_good && wembed_wasi_make_directory(directory, target.c_str()) == 0 &&
                copy_into(directory, path, target + "/");
    } else if (S_ISLNK(status.st_mode)) {
      ssize_t length = readlink(path.c_str(), text, sizeof(text) - 1);
      text[length < 0 ? 0 : length] = 0;
      is_good = is_good && wembed_wasi_make_link(directory, target.c_str(), text) == 0;
    } else {
      std::string bytes = read_all(path);
      is_good =
          is_good && wembed_wasi_put(directory, target.c_str(), bytes.data(), bytes.size()) == 0;
    }
  }
  closedir(list);
  return is_good;
}
