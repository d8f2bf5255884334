#include "libc/program.h"

#include <atomic>

#include "runtime/instance.h"
#include "runtime/memory.h"

namespace wembed::libc {

namespace {

uint64_t next_serial() {
  static std::atomic<uint64_t> last{0};
  return last.fetch_add(1, std::memory_order_relaxed) + 1;
}

}  // namespace

Program::Program(Allocator& allocator)
    : allocator_(allocator), serial_(next_serial()), objects_(allocator) {}

Program* Program::of(Instance& instance) {
  if (instance.memory == nullptr) return nullptr;
  std::atomic<LibraryPart*>& place = instance.memory->library_part;
  LibraryPart* known = place.load(std::memory_order_acquire);
  if (known != nullptr) return static_cast<Program*>(known);
  Allocator& allocator = *instance.allocator;
  auto* made = allocator.create<Program>(allocator);
  if (made == nullptr) return nullptr;
  if (place.compare_exchange_strong(known, made, std::memory_order_acq_rel)) return made;
  allocator.destroy(made);
  return static_cast<Program*>(known);
}

// Threads that it knows have ended: each had an instance with the memory.
void Program::release() {
  // None of them has a destructor to run.
  objects_.for_each([&](const Entry& entry) { allocator_.release(entry.object); });
  Allocator& allocator = allocator_;
  allocator.destroy(this);
}

bool Program::add(Object& object) {
  if (objects_.size() >= kMostObjects || !objects_.make_room(1)) return false;
  // After two billion of them numbers come again, of which some may still be somebody's.
  do last_number_ = last_number_ == INT32_MAX ? 1 : last_number_ + 1;
  while (objects_.find(last_number_) != nullptr);
  object.number = last_number_;
  objects_.add({object.number, &object});
  return true;
}

Object* Program::find(Object::Kind kind, uint32_t number) {
  const Entry* entry = objects_.find(number);
  return entry != nullptr && entry->object->kind == kind ? entry->object : nullptr;
}

void Program::end(Object& object) {
  objects_.remove(objects_.find(object.number));
  allocator_.release(&object);
}

}  // namespace wembed::libc
