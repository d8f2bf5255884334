// A directory of JavaScript's functions: wembed_wasi_directory's ask one function of JavaScript's,
// which has a block of bytes to read the question from and to put the answer into.
#include <algorithm>
#include <cstring>
#include <string_view>
#include <vector>

#include "addon/given.h"
#include "addon/runtime.h"
#include "addon/wasi.h"
#include "addon/wasi_source.h"

namespace wembed::addon {

namespace {

// A number, unused, lengths of path and text, path, text, and what lies behind them: bytes that are
// written, or room for an answer.
class DirectoryRequest {
 public:
  DirectoryRequest(uint64_t number, std::string_view path, std::string_view text, size_t payload)
      : payload_(kHead + path.size() + text.size()), bytes_(payload_ + payload) {
    const auto path_length = static_cast<uint32_t>(path.size());
    const auto text_length = static_cast<uint32_t>(text.size());
    std::memcpy(bytes_.data(), &number, sizeof number);
    std::memcpy(bytes_.data() + 16, &path_length, sizeof path_length);
    std::memcpy(bytes_.data() + 20, &text_length, sizeof text_length);
    std::copy(path.begin(), path.end(), bytes_.begin() + kHead);
    std::copy(text.begin(), text.end(), bytes_.begin() + kHead + path_length);
  }
  [[nodiscard]] uint8_t* payload() { return bytes_.data() + payload_; }

  // An error number; `answer` when there is none.
  uint32_t ask(void* context, wasm_exec_env_t exec_env, uint32_t question, uint64_t& answer) {
    auto* source = static_cast<WasiSource*>(context);
    const int64_t got =
        source->ask(exec_env, question, bytes_.data(), bytes_.data(), bytes_.size());
    if (got <= kWasiFailed) return WEMBED_WASI_FAILED;
    answer = got < 0 ? 0 : static_cast<uint64_t>(got);
    return got < 0 ? static_cast<uint32_t>(-got) : 0;
  }
  uint32_t ask(void* context, wasm_exec_env_t exec_env, uint32_t question) {
    uint64_t ignored = 0;
    return ask(context, exec_env, question, ignored);
  }

 private:
  static constexpr size_t kHead = 24;
  size_t payload_;
  std::vector<uint8_t> bytes_;
};

uint32_t status(void* context, wasm_exec_env_t exec_env, const char* path,
                wembed_wasi_status_t* status) {
  uint64_t told[3] = {};
  DirectoryRequest request(0, path, "", sizeof told);
  const uint32_t error = request.ask(context, exec_env, kWasiStatus);
  std::memcpy(told, request.payload(), sizeof told);
  status->kind = static_cast<uint32_t>(told[0]);
  status->bytes = told[1];
  status->modified_ns = told[2];
  return error;
}

uint32_t entry(void* context, wasm_exec_env_t exec_env, const char* path, uint64_t index,
               wembed_wasi_entry_t* entry) {
  uint32_t told[2] = {};
  DirectoryRequest request(index, path, "", sizeof told + sizeof entry->name);
  const uint32_t error = request.ask(context, exec_env, kWasiEntry);
  std::memcpy(told, request.payload(), sizeof told);
  entry->kind = told[0];
  const size_t length = std::min<size_t>(told[1], sizeof entry->name - 1);
  std::memcpy(entry->name, request.payload() + sizeof told, length);
  entry->name[length] = 0;
  return error;
}

uint32_t read(void* context, wasm_exec_env_t exec_env, const char* path, uint64_t offset,
              void* bytes, size_t room, size_t* done) {
  DirectoryRequest request(offset, path, "", room);
  uint64_t answer = 0;
  const uint32_t error = request.ask(context, exec_env, kWasiReadAt, answer);
  if (error != 0) return error;
  *done = answer;
  std::memcpy(bytes, request.payload(), std::min<uint64_t>(answer, room));
  return 0;
}

uint32_t write(void* context, wasm_exec_env_t exec_env, const char* path, uint64_t offset,
               const void* bytes, size_t length, size_t* done) {
  DirectoryRequest request(offset, path, "", length);
  std::memcpy(request.payload(), bytes, length);
  uint64_t answer = 0;
  const uint32_t error = request.ask(context, exec_env, kWasiWriteAt, answer);
  *done = answer;
  return error;
}

uint32_t resize(void* context, wasm_exec_env_t exec_env, const char* path, uint64_t bytes) {
  return DirectoryRequest(bytes, path, "", 0).ask(context, exec_env, kWasiResize);
}

uint32_t make(void* context, wasm_exec_env_t exec_env, const char* path, uint32_t kind,
              const char* text) {
  return DirectoryRequest(kind, path, text, 0).ask(context, exec_env, kWasiMake);
}

uint32_t remove_path(void* context, wasm_exec_env_t exec_env, const char* path, bool directory) {
  const uint32_t kind = directory ? WEMBED_WASI_DIRECTORY : WEMBED_WASI_FILE;
  return DirectoryRequest(kind, path, "", 0).ask(context, exec_env, kWasiRemove);
}

uint32_t rename_path(void* context, wasm_exec_env_t exec_env, const char* from, const char* to) {
  return DirectoryRequest(0, from, to, 0).ask(context, exec_env, kWasiRename);
}

uint32_t read_link(void* context, wasm_exec_env_t exec_env, const char* path, char* text,
                   size_t room, size_t* length) {
  DirectoryRequest request(0, path, "", room);
  uint64_t answer = 0;
  const uint32_t error = request.ask(context, exec_env, kWasiReadLink, answer);
  *length = answer;
  std::memcpy(text, request.payload(), std::min<uint64_t>(answer, room));
  return error;
}

uint32_t set_modified(void* context, wasm_exec_env_t exec_env, const char* path,
                      uint64_t modified_ns) {
  return DirectoryRequest(modified_ns, path, "", 0).ask(context, exec_env, kWasiSetModified);
}

void gone(void* context) { WasiSource::give_up(static_cast<WasiSource*>(context)); }

}  // namespace

wembed_wasi_file_t make_wasi_directory(wembed_runtime_t runtime, WasiSource* source,
                                       const Napi::Array& has, wembed_error_t* error) {
  wembed_wasi_directory_functions_t functions{};
  functions.size = sizeof functions;
  functions.context = source;
  functions.status = status;
  uint32_t at = 0;
  const auto next = [&] { return flag_of(element_of(has, at++)); };
  // In the order of the list.
  if (next()) functions.entry = entry;
  if (next()) functions.read = read;
  if (next()) functions.write = write;
  if (next()) functions.resize = resize;
  if (next()) functions.make = make;
  if (next()) functions.remove = remove_path;
  if (next()) functions.rename = rename_path;
  if (next()) functions.read_link = read_link;
  if (next()) functions.set_modified = set_modified;
  functions.gone = gone;
  return wembed_wasi_directory(runtime, &functions, error);
}

}  // namespace wembed::addon
