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

// Members hold the group, so that none is open here, and the last one has ended what was retired.
LinkGroup::~LinkGroup() {
  for (const auto& member : kept) wasm_runtime_deinstantiate(member->instance);
  // Of a shared memory that other environments go on using.
  for (auto& [member, owned] : retired) leave_to_others(std::move(owned));
}

namespace {

// Members of a closed group whose memories JavaScript still sees.
struct Remains {
  std::unordered_map<Belongings*, std::unique_ptr<Belongings>> retired;
  std::vector<std::unique_ptr<Belongings>> kept;
  ~Remains() {
    for (const auto& member : kept) wasm_runtime_deinstantiate(member->instance);
  }
};

}  // namespace

void LinkGroup::begin_generation(napi_env env, GenerationBuffer& view) {
  detach(env, view);
  view.generation = *view.epoch;
  if (!strays()) wembed_memory_unpin(view.memory);
}

napi_value LinkGroup::buffer_of(napi_env env, GenerationBuffer& view) {
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

void LinkGroup::detach(napi_env env, GenerationBuffer& view) {
  view.word.bump();
  napi_handle_scope scope = nullptr;
  napi_open_handle_scope(env, &scope);
  if (napi_value buffer = buffer_of(env, view); buffer != nullptr) {
    // Detaching is fatal where JavaScript was ended, and nobody is there to look.
    const bool ending = !open.empty() && (*open.begin())->environment->ending;
    if (!ending) napi_detach_arraybuffer(env, buffer);
    napi_delete_reference(env, view.buffer);
    view.buffer = nullptr;
  }
  napi_close_handle_scope(env, scope);
}

bool LinkGroup::strays(napi_env env) {
  for (GenerationBuffer& view : views) buffer_of(env, view);
  return strays();
}

bool LinkGroup::strays() {
  return std::any_of(strayed.begin(), strayed.end(),
                     [](const auto& storage) { return !storage->gone; });
}

void LinkGroup::detach_all(napi_env env) {
  for (GenerationBuffer& view : views) detach(env, view);
}

void LinkGroup::retire(napi_env env, std::unique_ptr<Belongings> closed, bool is_kept) {
  if (is_kept) {
    kept.push_back(std::move(closed));
    return;
  }
  Belongings& member = *closed;
  retired.emplace(&member, std::move(closed));
  const wembed_gone_t told = [](void* context, wasm_module_inst_t) {
    auto& about = *static_cast<Belongings*>(context);
    if (!is_told_here(about)) return;
    if (about.group != nullptr) about.group->was_told_of(about);
  };
  if (!wembed_instance_retire(member.instance, told, &member)) {
    kept.push_back(std::move(retired.at(&member)));
    retired.erase(&member);
  }
  forget_ended(env);
  drop_put_aside();
}

// Its memories are still there. JavaScript sees none of them: what reached them was closed before.
void LinkGroup::was_told_of(Belongings& member) {
  std::erase_if(views, [&](const GenerationBuffer& view) {
    return wembed_memory_instance(view.memory) == member.instance;
  });
  const auto found = retired.find(&member);
  if (found == retired.end()) return;
  ended.push_back(std::move(found->second));
  retired.erase(found);
}

void LinkGroup::forget_ended(napi_env env) {
  for (const auto& member : std::exchange(ended, {})) {
    member->drop_all(env);
    gone.push_back(member->serial);
  }
}

void LinkGroup::end_if_closed(napi_env env) {
  if (!open.empty()) return;
  if (strays()) {
    auto remains = std::make_shared<Remains>();
    remains->retired = std::exchange(retired, {});
    remains->kept = std::exchange(kept, {});
    const auto leave = [env](Belongings& member) {
      member.group = nullptr;
      member.drop_all(env);
    };
    for (const auto& [member, owned] : remains->retired) leave(*member);
    for (const auto& member : remains->kept) leave(*member);
    for (const auto& storage : strayed) storage->kept = remains;
  }
  for (auto& member : std::exchange(kept, {})) retire(env, std::move(member), false);
  views.clear();
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
  for (InstanceState* member : std::exchange(source->open, {})) {
    member->group = target;
    if (member->own != nullptr) member->own->group = target.get();
    target->open.insert(member);
  }
  for (auto& [member, owned] : source->retired) {
    member->group = target.get();
    target->retired.emplace(member, std::move(owned));
  }
  source->retired.clear();
  for (auto& member : std::exchange(source->kept, {})) {
    member->group = target.get();
    target->kept.push_back(std::move(member));
  }
  target->gone.insert(target->gone.end(), source->gone.begin(), source->gone.end());
  source->gone.clear();
  for (GenerationBuffer& view : source->views) target->views.push_back(std::move(view));
  source->views.clear();
  for (auto& storage : std::exchange(source->strayed, {})) {
    target->strayed.push_back(std::move(storage));
  }
}

}  // namespace wembed::addon
