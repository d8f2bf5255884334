// wembed_wasi.h: directories of functions.
#include <algorithm>
#include <cstring>

#include "capi/refusal.h"
#include "capi/wasi_handles.h"
#include "capi/wembed_error.h"
#include "platform/clock.h"
#include "wasi/callback_node.h"

using namespace wembed;

namespace {

using wasi::CallbackEntry;
using wasi::FileKind;
using wasi::FileStatus;
using wasi::NewTime;

// The host's functions, behind those of the core.
struct Served {
  Allocator& allocator;
  wembed_wasi_directory_functions_t host;

  static const wembed_wasi_directory_functions_t& of(void* context) {
    return static_cast<Served*>(context)->host;
  }
};

FileKind to_kind(uint32_t kind) {
  switch (kind) {
    case WEMBED_WASI_FILE: return FileKind::Regular;
    case WEMBED_WASI_DIRECTORY: return FileKind::Directory;
    case WEMBED_WASI_LINK: return FileKind::Link;
    default: return FileKind::Unknown;
  }
}

uint32_t status(void* context, ExecEnv* env, const char* path, FileStatus* status) {
  const auto& host = Served::of(context);
  wembed_wasi_status_t told = {};
  uint32_t error = host.status(host.context, wrap(env), path, &told);
  status->kind = to_kind(told.kind);
  status->size = told.bytes;
  status->modified_ns = status->changed_ns = status->accessed_ns = told.modified_ns;
  return error;
}

uint32_t entry(void* context, ExecEnv* env, const char* path, uint64_t index,
               CallbackEntry* entry) {
  const auto& host = Served::of(context);
  wembed_wasi_entry_t told = {};
  uint32_t error = host.entry(host.context, wrap(env), path, index, &told);
  static_assert(sizeof(told.name) == sizeof(entry->name));
  std::memcpy(entry->name, told.name, sizeof(told.name));
  const char* end = std::find(told.name, told.name + sizeof(told.name), '\0');
  entry->length = static_cast<uint32_t>(end - told.name);
  entry->kind = to_kind(told.kind);
  return error;
}

uint32_t read(void* context, ExecEnv* env, const char* path, uint64_t offset, void* bytes,
              size_t room, size_t* done) {
  const auto& host = Served::of(context);
  return host.read(host.context, wrap(env), path, offset, bytes, room, done);
}

uint32_t write(void* context, ExecEnv* env, const char* path, uint64_t offset, const void* bytes,
               size_t length, size_t* done) {
  const auto& host = Served::of(context);
  return host.write(host.context, wrap(env), path, offset, bytes, length, done);
}

uint32_t resize(void* context, ExecEnv* env, const char* path, uint64_t size) {
  const auto& host = Served::of(context);
  return host.resize(host.context, wrap(env), path, size);
}

uint32_t make(void* context, ExecEnv* env, const char* path, FileKind kind, const char* text) {
  const auto& host = Served::of(context);
  uint32_t wanted = kind == FileKind::Directory ? WEMBED_WASI_DIRECTORY
                    : kind == FileKind::Link    ? WEMBED_WASI_LINK
                                                : WEMBED_WASI_FILE;
  return host.make(host.context, wrap(env), path, wanted, text);
}

uint32_t remove_path(void* context, ExecEnv* env, const char* path, bool is_directory) {
  const auto& host = Served::of(context);
  return host.remove(host.context, wrap(env), path, is_directory);
}

uint32_t rename_path(void* context, ExecEnv* env, const char* from, const char* to) {
  const auto& host = Served::of(context);
  return host.rename(host.context, wrap(env), from, to);
}

uint32_t read_link(void* context, ExecEnv* env, const char* path, char* text, size_t room,
                   size_t* length) {
  const auto& host = Served::of(context);
  return host.read_link(host.context, wrap(env), path, text, room, length);
}

// When it was looked at is nobody's concern here.
uint32_t set_times(void* context, ExecEnv* env, const char* path, const NewTime*,
                   const NewTime* modified) {
  const auto& host = Served::of(context);
  if (modified->kind == NewTime::Keep) return 0;
  uint64_t ns = modified->ns;
  if (modified->kind == NewTime::Now) platform::read_clock(platform::SystemClock::Real, ns);
  return host.set_modified(host.context, wrap(env), path, ns);
}

void gone(void* context) {
  auto* served = static_cast<Served*>(context);
  if (served->host.gone != nullptr) served->host.gone(served->host.context);
  served->allocator.destroy(served);
}

// Those that the host has.
wasi::DirectoryFunctions functions_of(Served* served) {
  const wembed_wasi_directory_functions_t& host = served->host;
  wasi::DirectoryFunctions functions;
  functions.status = &status;
  if (host.entry != nullptr) functions.entry = &entry;
  if (host.read != nullptr) functions.read = &read;
  if (host.write != nullptr) functions.write = &write;
  if (host.resize != nullptr) functions.resize = &resize;
  if (host.make != nullptr) functions.make = &make;
  if (host.remove != nullptr) functions.remove = &remove_path;
  if (host.rename != nullptr) functions.rename = &rename_path;
  if (host.read_link != nullptr) functions.read_link = &read_link;
  if (host.set_modified != nullptr) functions.set_times = &set_times;
  functions.gone = &gone;
  functions.context = served;
  return functions;
}

Refusal refuse_functions(const wembed_wasi_directory_functions_t* functions) {
  if (functions == nullptr) return refuse("the functions are NULL");
  if (Refusal refusal = refuse_structure(functions, "the functions")) return refusal;
  return functions->status == nullptr ? refuse("status is NULL") : Refusal();
}

}  // namespace

WEMBED_API wembed_wasi_file_t
wembed_wasi_directory(wembed_runtime_t handle, const wembed_wasi_directory_functions_t* functions,
                      wembed_error_t* error) {
  clear_error(error);
  Runtime* runtime = runtime_of(unwrap(handle));
  Refusal refusal =
      runtime == nullptr ? refuse("there is no runtime") : refuse_functions(functions);
  if (refusal) {
    fill_usage_error(error, refusal.text);
    return nullptr;
  }
  Allocator& allocator = runtime->allocator();
  auto* served = allocator.create<Served>(Served{allocator, *functions});
  // Nothing is said of what has not come to be.
  if (served != nullptr) served->host.gone = nullptr;
  if (served == nullptr) {
    return refuse_wasi(error, Error::OutOfMemory, "allocate memory failed");
  }
  wasi::Ref<wasi::Node> root = wasi::CallbackNode::create_root(allocator, functions_of(served));
  if (!root) {
    allocator.destroy(served);
    return refuse_wasi(error, Error::OutOfMemory, "allocate memory failed");
  }
  wasi::Ref<wasi::File> file = wasi::NodeFile::create(allocator, std::move(root));
  if (!file) return refuse_wasi(error, Error::OutOfMemory, "allocate memory failed");
  served->host.gone = functions->gone;
  return wrap(file.give_away());
}
