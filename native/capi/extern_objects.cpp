#include "capi/extern_objects.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <utility>

#include "base/vector.h"
#include "capi/references.h"
#include "runtime/instance_cold.h"
#include "runtime/runtime.h"
#include "runtime/store.h"

namespace wembed {

namespace {

struct ExternObject {
  void* object;
  Instance* instance;
  ExternCleanup cleanup = nullptr;
  uint32_t index = 0;
  bool is_retained = false;
  ExternObject* by_index = nullptr;   // the next one in its bucket by number,
  ExternObject* by_object = nullptr;  // by object and instance,
  ExternObject* next = nullptr;       // by instance
  ExternObject* previous = nullptr;
};

uint64_t hash(uint64_t key) { return key * 0x9e3779b97f4a7c15u >> 20; }
uint64_t number_of(const void* pointer) { return reinterpret_cast<uintptr_t>(pointer); }

// Those of one runtime; there is a table as long as there are any.
class ExternTable {
 public:
  explicit ExternTable(Runtime& runtime) : runtime_(runtime), buckets_(runtime.allocator()) {}

  [[nodiscard]] Runtime& runtime() const { return runtime_; }
  [[nodiscard]] bool is_empty() const { return count_ == 0; }
  ExternTable* next = nullptr;

  [[nodiscard]] bool add(const ExternObject& what) {
    // Where there is no memory for more buckets, they get longer.
    if (count_ >= buckets_.size() && !grow() && buckets_.empty()) return false;
    ExternObject* item = runtime_.allocator().create<ExternObject>(what);
    if (item == nullptr) return false;
    link(*item);
    count_++;
    return true;
  }

  ExternObject* find(uint32_t index) {
    if (buckets_.empty()) return nullptr;
    ExternObject* at = with_index(index);
    while (at != nullptr && at->index != index) at = at->by_index;
    return at;
  }
  ExternObject* find(const Instance& instance, const void* object) {
    if (buckets_.empty()) return nullptr;
    ExternObject* at = with_object(instance, object);
    while (at != nullptr && (at->object != object || at->instance != &instance)) {
      at = at->by_object;
    }
    return at;
  }

  // Those of an instance that `ends` says, before a list by `next`.
  template <class Ends>
  ExternObject* take_out_of(const Instance& instance, Ends ends, ExternObject* taken) {
    if (buckets_.empty()) return taken;
    for (ExternObject *at = of(instance), *following; at != nullptr; at = following) {
      following = at->next;
      if (at->instance != &instance || !ends(*at)) continue;
      take_out(*at);
      at->next = std::exchange(taken, at);
    }
    return taken;
  }

  // The caller's from now on.
  void take_out(ExternObject& item) {
    ExternObject** link = &with_index(item.index);
    while (*link != &item) link = &(*link)->by_index;
    *link = item.by_index;
    link = &with_object(*item.instance, item.object);
    while (*link != &item) link = &(*link)->by_object;
    *link = item.by_object;
    (item.previous == nullptr ? of(*item.instance) : item.previous->next) = item.next;
    if (item.next != nullptr) item.next->previous = item.previous;
    item.next = nullptr;
    count_--;
  }

 private:
  struct Buckets {
    ExternObject* by_index;
    ExternObject* by_object;
    ExternObject* by_instance;
  };

  Buckets& bucket(uint64_t key) { return buckets_[hash(key) & (buckets_.size() - 1)]; }
  ExternObject*& with_index(uint32_t index) { return bucket(index).by_index; }
  ExternObject*& with_object(const Instance& instance, const void* object) {
    return bucket(number_of(object) + 31 * number_of(&instance)).by_object;
  }
  ExternObject*& of(const Instance& instance) { return bucket(number_of(&instance)).by_instance; }

  void link(ExternObject& item) {
    item.by_index = std::exchange(with_index(item.index), &item);
    item.by_object = std::exchange(with_object(*item.instance, item.object), &item);
    item.previous = nullptr;
    item.next = std::exchange(of(*item.instance), &item);
    if (item.next != nullptr) item.next->previous = &item;
  }
  bool grow() {
    Vector<Buckets> old(runtime_.allocator());
    if (!old.resize(std::max<size_t>(64, buckets_.size() * 2))) return false;
    std::swap(old, buckets_);
    for (const Buckets& each : old) {
      for (ExternObject *at = each.by_index, *following; at != nullptr; at = following) {
        following = at->by_index;
        link(*at);
      }
    }
    return true;
  }

  Runtime& runtime_;
  Vector<Buckets> buckets_;
  size_t count_ = 0;
};

// Of all runtimes: numbers are the process's.
struct ExternObjects {
  std::mutex mutex;
  std::atomic<ExternTable*> tables{nullptr};  // null: there are none, which needs no mutex to see
  uint32_t last_index = 0;

  ExternTable* table_of(const Runtime& runtime) {
    ExternTable* table = tables;
    while (table != nullptr && &table->runtime() != &runtime) table = table->next;
    return table;
  }
  void drop_if_empty(ExternTable& table) {
    if (!table.is_empty()) return;
    ExternTable* before = tables;
    if (before == &table) {
      tables = table.next;
    } else {
      while (before->next != &table) before = before->next;
      before->next = table.next;
    }
    table.runtime().allocator().destroy(&table);
  }
  ExternObject* find(const Instance& instance, const void* object) {
    ExternTable* table = table_of(*instance.runtime);
    return table == nullptr ? nullptr : table->find(instance, object);
  }
  ExternObject* find(uint32_t index) {
    for (ExternTable* table = tables; table != nullptr; table = table->next) {
      if (ExternObject* found = table->find(index)) return found;
    }
    return nullptr;
  }
};

ExternObjects& externs() {
  static ExternObjects all;
  return all;
}

// Not under the mutex: clean-up functions are the host's.
void end_all(Allocator& allocator, ExternObject* first) {
  while (first != nullptr) {
    ExternObject* item = std::exchange(first, first->next);
    if (item->cleanup != nullptr) item->cleanup(item->object);
    allocator.destroy(item);
  }
}

}  // namespace

bool number_extern(Instance& instance, void* object, uint32_t& index) {
  if (instance.cold->is_ending) return false;
  ExternObjects& all = externs();
  std::lock_guard lock(all.mutex);
  if (const ExternObject* known = all.find(instance, object)) {
    index = known->index;
    return true;
  }
  if (all.last_index == kNullExternIndex - 1) return false;
  ExternTable* table = all.table_of(*instance.runtime);
  if (table == nullptr) {
    table = instance.runtime->allocator().create<ExternTable>(*instance.runtime);
    if (table == nullptr) return false;
    table->next = all.tables.exchange(table);
  }
  ExternObject item{object, &instance};
  item.index = all.last_index + 1;
  const bool done = table->add(item);
  if (done) index = ++all.last_index;
  all.drop_if_empty(*table);
  return done;
}

bool find_extern(uint32_t index, void*& object) {
  ExternObjects& all = externs();
  std::lock_guard lock(all.mutex);
  const ExternObject* found = all.find(index);
  if (found != nullptr) object = found->object;
  return found != nullptr;
}

bool retain_extern(uint32_t index) {
  ExternObjects& all = externs();
  std::lock_guard lock(all.mutex);
  ExternObject* found = all.find(index);
  if (found != nullptr) found->is_retained = true;
  return found != nullptr;
}

bool set_extern_cleanup(Instance& instance, void* object, ExternCleanup cleanup) {
  ExternObjects& all = externs();
  std::lock_guard lock(all.mutex);
  ExternObject* found = all.find(instance, object);
  if (found != nullptr) found->cleanup = cleanup;
  return found != nullptr;
}

bool delete_extern(Instance& instance, void* object) {
  ExternObjects& all = externs();
  std::unique_lock lock(all.mutex);
  ExternObject* found = all.find(instance, object);
  if (found == nullptr) return false;
  ExternTable& table = *all.table_of(*instance.runtime);
  table.take_out(*found);
  all.drop_if_empty(table);
  lock.unlock();
  end_all(instance.runtime->allocator(), found);
  return true;
}

void delete_externs(Instance& instance) {
  ExternObjects& all = externs();
  if (all.tables == nullptr) return;
  ExternObject* ended = nullptr;
  {
    std::lock_guard lock(all.mutex);
    ExternTable* table = all.table_of(*instance.runtime);
    if (table == nullptr) return;
    ended = table->take_out_of(
        instance, [](const ExternObject&) { return true; }, nullptr);
    all.drop_if_empty(*table);
  }
  end_all(instance.runtime->allocator(), ended);
}

void ReferredExterns::end_others(Instance& instance) {
  if (!is_complete_) return;
  std::sort(slots_.begin(), slots_.end());
  auto ends = [&](const ExternObject& item) {
    const Slot slot = externref_from_host(reinterpret_cast<uintptr_t>(item.object));
    return !item.is_retained && !std::binary_search(slots_.begin(), slots_.end(), slot);
  };
  ExternObjects& all = externs();
  ExternObject* ended = nullptr;
  {
    std::lock_guard group_lock(instance.runtime->store_mutex());
    std::lock_guard lock(all.mutex);
    ExternTable* table = all.table_of(*instance.runtime);
    if (table == nullptr) return;
    for (Instance* at = instance.store->instances(); at != nullptr; at = at->cold->next) {
      ended = table->take_out_of(*at, ends, ended);
    }
    all.drop_if_empty(*table);
  }
  end_all(instance.runtime->allocator(), ended);
}

}  // namespace wembed
