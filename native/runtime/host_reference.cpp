#include "runtime/host_reference.h"

#include <new>
#include <utility>

#include "runtime/collection.h"
#include "runtime/field.h"
#include "runtime/funcref.h"
#include "runtime/group_envs.h"
#include "runtime/instance_cold.h"
#include "runtime/object_space.h"
#include "runtime/runtime.h"

namespace wembed {

struct HostReference {
  Function function;  // the first member: found through a reference
  HostFunction host;
  HostReference* next;
  bool is_found;  // by the sweep that goes on
};

namespace {

// The host reference of the instance that a slot has; null: something else.
HostReference* reference_in(Slot slot, const Instance& instance) {
  auto* function = reinterpret_cast<Function*>(static_cast<uintptr_t>(slot));
  bool is_one =
      function != nullptr && function->instance == &instance && function->index == kNotOfModule;
  return is_one ? reinterpret_cast<HostReference*>(function) : nullptr;
}

// Looks at all that instances of a group keep, but for what running calls have.
class Search {
 public:
  explicit Search(const Instance& target) : target_(target) {}

  void look_at(const Instance& instance) {
    const Instance::Cold& cold = *instance.cold;
    for (uint32_t i = 0; i < cold.own_table_count; i++) {
      const Table& table = cold.own_tables[i];
      // An element that is still to be made is one of the module's.
      if (refers_to_functions(table.type.element)) look_at({table.elements, table.size});
    }
    const Module& module = *instance.module;
    for (uint32_t i = 0; i < module.globals().size(); i++) {
      if (refers_to_functions(module.globals()[i].type.type))
        look_at({instance.global(i)->slots, 1});
    }
    for (const Function* function : cold.foreign_functions) {
      Slot slot = reinterpret_cast<uintptr_t>(function);
      look_at({&slot, 1});
    }
  }
  // Behind a collection: others may refer to what is gone.
  void look_at(ObjectSpace& objects) {
    objects.heap().for_each([this](const Object& object) {
      for_each_function(object, [this](Slot slot) { look_at({&slot, 1}); });
      places_++;
    });
  }
  [[nodiscard]] int64_t places() const { return places_; }

 private:
  void look_at(std::span<const Slot> slots) {
    for (Slot slot : slots) {
      if (HostReference* found = reference_in(slot, target_)) found->is_found = true;
    }
    places_ += static_cast<int64_t>(slots.size());
  }

  const Instance& target_;
  int64_t places_ = 0;
};

void search_group(Search& search, const Instance& instance) {
  std::lock_guard lock(instance.runtime->store_mutex());
  for (const Instance* at = instance.store->instances(); at != nullptr; at = at->cold->next) {
    search.look_at(*at);
  }
  if (instance.store->objects != nullptr) search.look_at(*instance.store->objects);
}

bool has_objects(const Instance& instance) {
  std::lock_guard lock(instance.runtime->store_mutex());
  return instance.store->objects != nullptr;
}

void free_reference(Instance& instance, HostReference* reference) {
  instance.runtime->types().release(reference->function.type);
  instance.allocator->release(reference);
}

}  // namespace

Function* make_host_reference(Instance& instance, std::span<const ValType> params,
                              std::span<const ValType> results, const HostFunction& host) {
  const TypeDef* type = instance.runtime->types().function(params, results);
  if (type == nullptr) return nullptr;
  void* room = instance.allocator->allocate(sizeof(HostReference));
  if (room == nullptr) {
    instance.runtime->types().release(type);
    return nullptr;
  }
  HostReference*& list = instance.cold->host_references;
  list = ::new (room) HostReference{{}, host, list, false};
  list->function.type = type;
  list->function.instance = &instance;
  list->function.host = &list->host;
  list->function.index = kNotOfModule;
  return &list->function;
}

int64_t sweep_host_references(Instance& instance, KeepReference keep, void* context) {
  if (any_env_of_group(instance, [](const ExecEnv& env) { return env.depth > 0; })) return -1;
  if (has_objects(instance) && collect(instance, nullptr, {}) != Collected::Yes) return -1;
  Search search(instance);
  search_group(search, instance);
  int64_t places = search.places();
  for (HostReference** link = &instance.cold->host_references; *link != nullptr; places++) {
    HostReference* reference = *link;
    if (std::exchange(reference->is_found, false) || keep(context, reference->function)) {
      link = &reference->next;
      continue;
    }
    *link = reference->next;
    free_reference(instance, reference);
  }
  return places;
}

void close_host_references(Instance& instance) {
  for (HostReference* at = instance.cold->host_references; at != nullptr; at = at->next) {
    at->function.host = &kClosedFunction;
  }
}

void free_host_references(Instance& instance) {
  while (HostReference* reference = instance.cold->host_references) {
    instance.cold->host_references = reference->next;
    free_reference(instance, reference);
  }
}

}  // namespace wembed
