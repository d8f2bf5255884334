#include "addon/link_group.h"

#include <algorithm>
#include <utility>

#include "addon/host_buffer.h"
#include "addon/host_function.h"
#include "addon/instance.h"
#include "addon/loaded_module.h"
#include "addon/trap_places.h"

namespace wembed::addon {

NativeModule::~NativeModule() { traps->module_ends(module); }

// Members hold the group, so that none is open here; retired ones end before their host functions.
LinkGroup::~LinkGroup() {
  for (const Retired& member : retired) wasm_runtime_deinstantiate(member.instance);
}

namespace {

// Members of a closed group whose memories JavaScript still sees.
struct Remains {
  std::vector<std::shared_ptr<HostBuffer>> buffers;
  std::vector<LinkGroup::Retired> members;
  ~Remains() {
    for (const auto& member : members) wasm_runtime_deinstantiate(member.instance);
  }
};

}  // namespace

void LinkGroup::begin_generation(napi_env env, MemoryView& view) {
  detach(env, view);
  view.generation = *view.epoch;
  if (!strays()) wembed_memory_unpin(view.memory);
}

napi_value LinkGroup::buffer_of(napi_env env, MemoryView& view) {
  if (view.buffer == nullptr) return nullptr;
  napi_value buffer = nullptr;
  napi_get_reference_value(env, view.buffer, &buffer);
  bool moved = true;
  if (buffer != nullptr) napi_is_detached_arraybuffer(env, buffer, &moved);
  if (!moved) return buffer;
  napi_delete_reference(env, view.buffer);
  view.buffer = nullptr;
  std::erase_if(strayed, [](const auto& storage) { return storage->gone; });
  if (!view.storage->gone) strayed.push_back(view.storage);
  return nullptr;
}

void LinkGroup::detach(napi_env env, MemoryView& view) {
  view.word.bump();
  napi_handle_scope scope = nullptr;
  napi_open_handle_scope(env, &scope);
  if (napi_value buffer = buffer_of(env, view); buffer != nullptr) {
    // Detaching is fatal where JavaScript was ended, and nobody is there to look.
    const bool ending = !open.empty() && open.front()->environment->ending;
    if (!ending) napi_detach_arraybuffer(env, buffer);
    napi_delete_reference(env, view.buffer);
    view.buffer = nullptr;
  }
  napi_close_handle_scope(env, scope);
}

bool LinkGroup::strays(napi_env env) {
  for (MemoryView& view : views) buffer_of(env, view);
  return strays();
}

bool LinkGroup::strays() {
  return std::any_of(strayed.begin(), strayed.end(),
                     [](const auto& storage) { return !storage->gone; });
}

void LinkGroup::detach_all(napi_env env) {
  for (MemoryView& view : views) detach(env, view);
}

HostFunction& LinkGroup::add_host(std::unique_ptr<HostFunction> host) {
  host->group = this;
  host->place = hosts.size();
  hosts.push_back(std::move(host));
  return *hosts.back();
}

void LinkGroup::drop_host(napi_env env, HostFunction& host) {
  const size_t place = host.place;
  host.drop(env);
  std::swap(hosts[place], hosts.back());
  hosts[place]->place = place;
  hosts.pop_back();
}

void LinkGroup::end_if_closed(napi_env env) {
  if (!open.empty()) return;
  if (strays()) {
    auto remains = std::make_shared<Remains>();
    remains->buffers = std::exchange(buffers, {});
    remains->members = std::exchange(retired, {});
    for (const auto& storage : strayed) storage->kept = remains;
  }
  for (const Retired& member : std::exchange(retired, {})) {
    wasm_runtime_deinstantiate(member.instance);
  }
  for (const auto& host : std::exchange(hosts, {})) host->drop(env);
  views.clear();
  buffers.clear();
  strayed.clear();
}

void merge_groups(const std::shared_ptr<LinkGroup>& one, const std::shared_ptr<LinkGroup>& other) {
  if (one == other) return;
  const bool is_smaller = one->size() < other->size();
  // Not references: these may be the members that are re-pointed.
  const std::shared_ptr<LinkGroup> source = is_smaller ? one : other;
  const std::shared_ptr<LinkGroup> target = is_smaller ? other : one;
  target->linked = true;
  if (target->running == nullptr) target->running = source->running;
  target->lent = target->lent || source->lent;
  for (auto& member : std::exchange(source->open, {})) {
    member->group = target;
    target->open.push_back(member);
  }
  for (auto& host : std::exchange(source->hosts, {})) target->add_host(std::move(host));
  auto& retired = source->retired;
  target->retired.insert(target->retired.end(), retired.begin(), retired.end());
  retired.clear();
  for (MemoryView& view : source->views) target->views.push_back(std::move(view));
  source->views.clear();
  auto& buffers = source->buffers;
  target->buffers.insert(target->buffers.end(), buffers.begin(), buffers.end());
  buffers.clear();
  for (auto& storage : std::exchange(source->strayed, {})) {
    target->strayed.push_back(std::move(storage));
  }
}

}  // namespace wembed::addon
