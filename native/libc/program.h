// What the threads of one program have in common: locks, conditions, semaphores, keys, and each
// other, by the numbers that the guest has for them. It hangs on the memory that they share.
//
// One mutex guards all of it. Who has to wait does so in a line, parked, and is called by name:
// what it waited for is its own before it runs again, so that nobody can come between.
#pragma once

#include <cstdint>
#include <mutex>

#include "base/address_table.h"
#include "base/allocator.h"
#include "libc/waiting.h"
#include "runtime/library_part.h"

namespace wembed::libc {

class Program;
struct ThreadLocals;

constexpr uint32_t kFailed = UINT32_MAX;  // -1, what a function gives that could do nothing

// A guest has these by number, each once, and for all kinds from one sequence.
struct Object {
  enum class Kind : uint8_t { Thread, Mutex, Condition, Semaphore };
  Kind kind;
  uint32_t number = 0;
  Line line;  // of those that wait for it

 protected:
  explicit Object(Kind its_kind) : kind(its_kind) {}
};

template <Object::Kind its_kind> struct ObjectOf : Object {
  static constexpr Kind kKind = its_kind;
  ObjectOf() : Object(its_kind) {}
};

struct Mutex : ObjectOf<Object::Kind::Mutex> {
  bool is_locked = false;
};

struct Condition : ObjectOf<Object::Kind::Condition> {};

struct Semaphore : ObjectOf<Object::Kind::Semaphore> {
  static constexpr uint32_t kMostName = 251;
  Semaphore* next = nullptr;
  uint32_t count = 0;
  bool is_open = true;
  uint32_t name_length = 0;
  uint8_t name[kMostName];
};

struct Thread : ObjectOf<Object::Kind::Thread> {
  Program* program = nullptr;
  ThreadLocals* locals = nullptr;  // until it has begun
  Instance* instance = nullptr;    // while it runs
  uint32_t element = 0;            // of the table: where it begins
  uint32_t argument = 0;
  uint32_t result = UINT32_MAX;  // PTHREAD_CANCELED, until it has one
  bool is_done = false;
  bool is_detached = false;   // nobody is to be told its result
  bool is_cancelled = false;  // it is to end, which is nobody else's concern
  bool has_left = false;      // the same, by pthread_exit
};

// Of pthread_key_create.
struct Key {
  uint32_t serial = 0;  // 0: there is none; else what values of it are marked with
  uint32_t destructor = 0;
};

class Program final : public LibraryPart {
 public:
  static constexpr uint32_t kKeys = 32;
  // More at a time are refused: they are the host's memory.
  static constexpr uint32_t kMostObjects = 1 << 16;
  static constexpr uint32_t kMostSemaphores = 256;  // which are looked through for a name

  // The instance's, made when it is first asked for. Null: it has no memory, or there is none.
  static Program* of(Instance& instance);

  void release() override;

  [[nodiscard]] std::mutex& mutex() { return mutex_; }
  [[nodiscard]] Allocator& allocator() { return allocator_; }
  // Of no other program.
  [[nodiscard]] uint64_t serial() const { return serial_; }

  // Under the mutex, all that follows. Null: there are too many, or there is no memory.
  template <class T> T* make() {
    T* made = allocator_.create<T>();
    if (made == nullptr || add(*made)) return made;
    allocator_.destroy(made);
    return nullptr;
  }
  // Null: there is none of that kind.
  template <class T> T* find(uint32_t number) { return static_cast<T*>(find(T::kKind, number)); }
  // Nobody waits for it.
  void end(Object& object);

  Key keys[kKeys];
  uint32_t last_key = 0;            // serial
  Semaphore* semaphores = nullptr;  // those that have their names

 private:
  struct Entry {
    uint64_t key;
    Object* object;
  };

  friend struct ::wembed::Allocator;
  explicit Program(Allocator& allocator);
  ~Program() = default;
  [[nodiscard]] bool add(Object& object);
  Object* find(Object::Kind kind, uint32_t number);

  Allocator& allocator_;
  const uint64_t serial_;
  std::mutex mutex_;
  uint32_t last_number_ = 0;
  AddressTable<Entry> objects_;
};

}  // namespace wembed::libc
