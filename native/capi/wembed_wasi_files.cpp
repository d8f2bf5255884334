// wembed_wasi.h: files to be given to guests, and what is in directories.
#include <algorithm>
#include <cstring>

#include "capi/refusal.h"
#include "capi/wasi_handles.h"
#include "capi/wembed_error.h"
#include "wasi/host_file.h"
#include "wasi/memory_node.h"
#include "wasi/streams.h"
#include "wasi/walk.h"

using namespace wembed;

namespace {

using wasi::Errno;
using wasi::File;
using wasi::Ref;

constexpr uint64_t kMostMemory = uint64_t{1} << 40;
constexpr uint64_t kUsualMemory = uint64_t{256} << 20;

// Null, with the error said.
Runtime* find_runtime(wembed_runtime_t handle, wembed_error_t* error) {
  clear_error(error);
  Runtime* runtime = runtime_of(unwrap(handle));
  if (runtime == nullptr) fill_usage_error(error, "there is no runtime");
  return runtime;
}

wembed_wasi_file_t give(Ref<File> file, wembed_error_t* error) {
  if (!file) return refuse_wasi(error, Error::OutOfMemory, "allocate memory failed");
  return wrap(file.give_away());
}

wembed_wasi_file_t refuse_usage(wembed_error_t* error, const Refusal& refusal) {
  fill_usage_error(error, refusal.text);
  return nullptr;
}

}  // namespace

WEMBED_API void wembed_wasi_file_delete(wembed_wasi_file_t file) {
  if (file != nullptr) unwrap(file)->release();
}

WEMBED_API wembed_wasi_file_t wembed_wasi_host_directory(wembed_runtime_t handle, const char* path,
                                                         wembed_error_t* error) {
  Runtime* runtime = find_runtime(handle, error);
  if (runtime == nullptr) return nullptr;
  if (path == nullptr) return refuse_usage(error, refuse("the path is NULL"));
  int failed = 0;
  Ref<File> file = wasi::HostFile::open_path(runtime->allocator(), path, failed);
  if (failed == 0) return give(std::move(file), error);
  return refuse_wasi(error, Error::File, "the directory \"%.80s\" cannot be opened: %.30s", path,
                     std::strerror(failed));
}

WEMBED_API wembed_wasi_file_t wembed_wasi_descriptor(wembed_runtime_t handle, int descriptor,
                                                     bool owned, wembed_error_t* error) {
  Runtime* runtime = find_runtime(handle, error);
  if (runtime == nullptr) return nullptr;
  Errno failed = wasi::kSuccess;
  Ref<File> file =
      wasi::HostFile::adopt(runtime->allocator(), descriptor,
                            owned ? wasi::HostFile::Owned : wasi::HostFile::Lent, failed);
  if (failed == wasi::kSuccess) return give(std::move(file), error);
  if (failed == Errno::kNOMEM) return give({}, error);
  return refuse_usage(error, refuse("the descriptor %d is not open", descriptor));
}

WEMBED_API wembed_wasi_file_t wembed_wasi_memory_directory(
    wembed_runtime_t handle, const wembed_wasi_memory_options_t* given, wembed_error_t* error) {
  Runtime* runtime = find_runtime(handle, error);
  if (runtime == nullptr) return nullptr;
  wembed_wasi_memory_options_t options = {};
  if (given != nullptr) {
    if (Refusal refusal = refuse_structure(given, "the options")) {
      return refuse_usage(error, refusal);
    }
    options = *given;
  }
  uint64_t most =
      options.most_bytes == 0 ? kUsualMemory : std::min(options.most_bytes, kMostMemory);
  Allocator& allocator = runtime->allocator();
  Ref<wasi::Node> root = wasi::MemoryNode::create_root(allocator, most, !options.shared);
  if (!root) return give({}, error);
  return give(wasi::NodeFile::create(allocator, std::move(root)), error);
}

WEMBED_API wembed_wasi_file_t wembed_wasi_input(wembed_runtime_t handle, const void* bytes,
                                                size_t length, wembed_error_t* error) {
  Runtime* runtime = find_runtime(handle, error);
  if (runtime == nullptr) return nullptr;
  if (bytes == nullptr && length > 0) return refuse_usage(error, refuse("the bytes are NULL"));
  return give(wasi::InputBytes::create(runtime->allocator(), bytes, length), error);
}

WEMBED_API wembed_wasi_file_t wembed_wasi_output(wembed_runtime_t handle, uint64_t most_bytes,
                                                 wembed_error_t* error) {
  Runtime* runtime = find_runtime(handle, error);
  if (runtime == nullptr) return nullptr;
  uint64_t most = most_bytes == 0 ? UINT64_MAX : most_bytes;
  return give(wasi::OutputBytes::create(runtime->allocator(), most), error);
}

WEMBED_API size_t wembed_wasi_output_size(wembed_wasi_file_t output) {
  wasi::OutputBytes* bytes = output == nullptr ? nullptr : unwrap(output)->as_output();
  return bytes == nullptr ? 0 : bytes->size();
}

WEMBED_API size_t wembed_wasi_output_take(wembed_wasi_file_t output, void* bytes, size_t room) {
  wasi::OutputBytes* from = output == nullptr ? nullptr : unwrap(output)->as_output();
  return from == nullptr || bytes == nullptr ? 0 : from->take(bytes, room);
}

WEMBED_API wembed_wasi_file_t wembed_wasi_stream(wembed_runtime_t handle,
                                                 const wembed_wasi_stream_functions_t* functions,
                                                 wembed_error_t* error) {
  Runtime* runtime = find_runtime(handle, error);
  if (runtime == nullptr) return nullptr;
  if (functions == nullptr) return refuse_usage(error, refuse("the functions are NULL"));
  if (Refusal refusal = refuse_structure(functions, "the functions")) {
    return refuse_usage(error, refusal);
  }
  static_assert(wasi::StreamFunctions::kNotReady == WEMBED_WASI_NOT_READY);
  wasi::StreamFunctions core;
  core.ready = reinterpret_cast<decltype(core.ready)>(functions->ready);
  core.read = reinterpret_cast<decltype(core.read)>(functions->read);
  core.write = reinterpret_cast<decltype(core.write)>(functions->write);
  core.gone = functions->gone;
  core.context = functions->context;
  core.is_terminal = functions->terminal;
  return give(wasi::CallbackStream::create(runtime->allocator(), core), error);
}

WEMBED_API void wembed_wasi_stream_wake(wembed_wasi_file_t stream) {
  if (stream != nullptr) unwrap(stream)->wake();
}

// ---- What is in directories

namespace {

constexpr uint32_t kBadArgument = static_cast<uint32_t>(Errno::kINVAL);

uint32_t number(Errno error) { return static_cast<uint32_t>(error); }

// From the root of what the host has given to what the path leads to.
uint32_t walk(wembed_wasi_file_t directory, const char* path, wasi::Follow follow,
              wasi::Place& place) {
  if (directory == nullptr || path == nullptr) return kBadArgument;
  File& root = *unwrap(directory);
  if (!root.is_directory()) return number(Errno::kNOTDIR);
  size_t length = std::strlen(path);
  if (length > UINT32_MAX) return number(Errno::kNAMETOOLONG);
  return number(wasi::walk(root, reinterpret_cast<const uint8_t*>(path),
                           static_cast<uint32_t>(length), follow, place));
}

Errno open(const wasi::Place& place, const wasi::OpenMode& mode, Ref<File>& file) {
  if (!place.is_self) return place.directory->open(place.name, mode, file);
  return mode.directory ? place.directory->open_self(file) : Errno::kISDIR;
}

Errno write_all(File& file, const void* bytes, size_t length) {
  for (size_t at = 0; at < length;) {
    wasi::Piece piece = {static_cast<char*>(const_cast<void*>(bytes)) + at, length - at};
    size_t done = 0;
    Errno error = file.write_at(&piece, 1, at, done);
    if (error != wasi::kSuccess) return error;
    if (done == 0) return Errno::kNOSPC;
    at += done;
  }
  return wasi::kSuccess;
}

// Tells the host each name but those of the directory itself and of the one above.
class Teller final : public wasi::EntrySink {
 public:
  using Tell = bool (*)(void* context, const char* name, uint32_t kind);
  Teller(Tell tell, void* context) : tell_(tell), context_(context) {}
  bool add(uint64_t, uint64_t, platform::FileKind kind, std::string_view name) override {
    if (name == "." || name == "..") return true;
    return tell_(context_, name.data(), static_cast<uint32_t>(wasi::to_file_type(kind)));
  }

 private:
  Tell tell_;
  void* context_;
};

}  // namespace

WEMBED_API uint32_t wembed_wasi_status(wembed_wasi_file_t directory, const char* path, bool follow,
                                       wembed_wasi_status_t* status) {
  wasi::Place place;
  uint32_t failed =
      walk(directory, path, follow ? wasi::Follow::Always : wasi::Follow::WithSlash, place);
  if (failed != 0) return failed;
  if (status == nullptr) return kBadArgument;
  wasi::FileStatus found;
  Errno error = place.status(found);
  if (error != wasi::kSuccess) return number(error);
  if (place.has_slash && found.kind != platform::FileKind::Directory) {
    return number(Errno::kNOTDIR);
  }
  *status = {static_cast<uint32_t>(wasi::to_file_type(found.kind)), found.size, found.modified_ns};
  return 0;
}

WEMBED_API uint32_t wembed_wasi_get(wembed_wasi_file_t directory, const char* path, uint64_t offset,
                                    void* bytes, size_t room, size_t* done) {
  if (done == nullptr || (bytes == nullptr && room > 0)) return kBadArgument;
  *done = 0;
  wasi::Place place;
  if (uint32_t failed = walk(directory, path, wasi::Follow::Always, place); failed != 0) {
    return failed;
  }
  wasi::FileStatus found;
  Errno error = place.status(found);
  if (error != wasi::kSuccess) return number(error);
  // Opening others may wait, or do something.
  if (found.kind == platform::FileKind::Directory) return number(Errno::kISDIR);
  if (found.kind != platform::FileKind::Regular) return number(Errno::kNOTCAPABLE);
  wasi::OpenMode mode;
  mode.read = true;
  Ref<File> file;
  if (error = open(place, mode, file); error != wasi::kSuccess) return number(error);
  wasi::Piece piece = {bytes, room};
  return number(file->read_at(&piece, 1, offset, *done));
}

WEMBED_API uint32_t wembed_wasi_put(wembed_wasi_file_t directory, const char* path,
                                    const void* bytes, size_t length) {
  if (bytes == nullptr && length > 0) return kBadArgument;
  wasi::Place place;
  if (uint32_t failed = walk(directory, path, wasi::Follow::Always, place); failed != 0) {
    return failed;
  }
  wasi::FileStatus found;
  Errno error = place.status(found);
  bool is_there = error == wasi::kSuccess;
  if (!is_there && error != Errno::kNOENT) return number(error);
  if (place.has_slash || (is_there && found.kind == platform::FileKind::Directory)) {
    return number(Errno::kISDIR);
  }
  if (is_there && found.kind != platform::FileKind::Regular) return number(Errno::kNOTCAPABLE);
  if (unwrap(directory)->is_read_only()) return number(Errno::kROFS);
  wasi::OpenMode mode;
  mode.write = mode.create = mode.truncate = true;
  Ref<File> file;
  if (error = open(place, mode, file); error != wasi::kSuccess) return number(error);
  return number(write_all(*file, bytes, length));
}

namespace {

// Where something new, or nothing any more, is going to be.
template <class Act>
uint32_t change(wembed_wasi_file_t directory, const char* path, Errno self, Act act) {
  wasi::Place place;
  if (uint32_t failed = walk(directory, path, wasi::Follow::Never, place); failed != 0) {
    return failed;
  }
  if (place.is_self) return number(self);
  if (unwrap(directory)->is_read_only()) return number(Errno::kROFS);
  return number(act(place));
}

}  // namespace

WEMBED_API uint32_t wembed_wasi_make_directory(wembed_wasi_file_t directory, const char* path) {
  return change(directory, path, Errno::kEXIST, [](const wasi::Place& place) {
    return place.directory->make_directory(place.name);
  });
}

WEMBED_API uint32_t wembed_wasi_make_link(wembed_wasi_file_t directory, const char* path,
                                          const char* text) {
  constexpr size_t kMostText = 4096;
  if (text == nullptr) return kBadArgument;
  if (*text == 0) return number(Errno::kNOENT);
  if (std::strlen(text) > kMostText) return number(Errno::kNAMETOOLONG);
  return change(directory, path, Errno::kEXIST, [text](const wasi::Place& place) {
    if (place.has_slash) return Errno::kNOENT;
    return place.directory->make_link(text, place.name);
  });
}

WEMBED_API uint32_t wembed_wasi_remove(wembed_wasi_file_t directory, const char* path) {
  return change(directory, path, Errno::kINVAL, [](const wasi::Place& place) {
    wasi::FileStatus found;
    Errno error = place.status(found);
    if (error != wasi::kSuccess) return error;
    bool is_directory = found.kind == platform::FileKind::Directory;
    if (!is_directory && place.has_slash) return Errno::kNOTDIR;
    return is_directory ? place.directory->remove_directory(place.name)
                        : place.directory->unlink(place.name);
  });
}

WEMBED_API uint32_t wembed_wasi_list(wembed_wasi_file_t directory, const char* path,
                                     bool (*tell)(void* context, const char* name, uint32_t kind),
                                     void* context) {
  if (tell == nullptr) return kBadArgument;
  wasi::Place place;
  if (uint32_t failed = walk(directory, path, wasi::Follow::Always, place); failed != 0) {
    return failed;
  }
  wasi::FileStatus found;
  Errno error = place.status(found);
  if (error != wasi::kSuccess) return number(error);
  if (found.kind != platform::FileKind::Directory) return number(Errno::kNOTDIR);
  wasi::OpenMode mode;
  mode.read = mode.directory = true;
  Ref<File> opened;
  if (error = open(place, mode, opened); error != wasi::kSuccess) return number(error);
  Teller teller(tell, context);
  return number(opened->read_entries(0, teller));
}
