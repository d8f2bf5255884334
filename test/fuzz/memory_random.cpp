// Random sequences of everything that can happen to a memory: instances made, failing half-way,
// linked, called, written by guest and host, looked at, grown, reset, closed, trimmed, modules
// unloaded before them, on every backend and by several threads. A model says what each memory and
// table must contain; nothing else may ever be seen in it.
//
//   memory_random [--steps N] [--seed S] [--threads T]
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>

#include "memory_world.h"

namespace {

using namespace memory_random;

constexpr size_t kMostGuests = 10;  // of one thread
constexpr size_t kMargin = 64;      // around a buffer, to be left alone

// --- guests --------------------------------------------------------------------------------------

// A memory and its model; those that import it share it.
struct Owned {
  uint64_t most = 0;              // bytes it may grow to
  uint32_t life = 0;              // resets so far
  std::vector<uint8_t> contents;  // what has to be in the memory
  std::vector<uint8_t> block;     // of the buffer's backend, with its margins
  Bytes bytes;                    // of a module loaded for this instance alone
  bool wants_release = false;     // of them
  std::atomic<int> released{0};
};

struct Allocation {
  uint64_t at, bytes;
};

struct Guest {
  const Plan* plan = nullptr;  // none: linked to another
  const Place* place = nullptr;
  const char* name = "";
  wasm_module_t module = nullptr;  // its own
  wasm_module_inst_t instance = nullptr;
  wasm_exec_env_t env = nullptr;
  wasm_memory_inst_t memory = nullptr;
  wasm_function_inst_t functions[kFunctions] = {};
  std::shared_ptr<Owned> owned;
  std::vector<uint32_t> elements;
  uint32_t global = 77;
  std::vector<Allocation> allocations;
  bool has_heap = false;
  wembed_slice_t slice = {};
  bool has_slice = false;
  uint32_t slice_life = 0;
};

uint8_t* base_of(const Guest& guest) {
  return static_cast<uint8_t*>(wasm_memory_get_base_address(guest.memory));
}

uint32_t epoch_of(const Guest& guest) { return *wembed_memory_epoch(guest.memory); }

void compare(const Guest& guest, const char* when) {
  const std::vector<uint8_t>& contents = guest.owned->contents;
  const std::vector<uint8_t>& block = guest.owned->block;
  uint64_t size = wembed_memory_size(guest.memory);
  if (size != contents.size()) {
    give_up("%s %s: %llu bytes instead of %zu", guest.name, when,
            static_cast<unsigned long long>(size), contents.size());
  }
  const uint8_t* base = base_of(guest);
  bool same = size == 0 || std::memcmp(base, contents.data(), size) == 0;
  for (size_t i = 0; !same && i < size; i++) {
    if (base[i] == contents[i]) continue;
    give_up("%s %s: byte %zu is %u instead of %u", guest.name, when, i, base[i], contents[i]);
  }
  for (size_t i = 0; i < std::min(kMargin, block.size()); i++) {
    if (block[i] != 0x66 || block[block.size() - 1 - i] != 0x66) {
      give_up("%s %s: written beside the buffer", guest.name, when);
    }
  }
}

// Its table and its global.
void compare_rest(const Guest& guest, const char* when) {
  if (guest.plan == nullptr) return;
  uint64_t size = 0;
  if (!wembed_table_size(guest.instance, kTable, &size) || size != kElements) {
    give_up("%s %s: the table's size", guest.name, when);
  }
  for (uint32_t i = 0; i < kElements; i++) {
    uint64_t slot = 1;
    if (!wembed_table_get(guest.instance, kTable, i, &slot)) give_up("%s: table.get", guest.name);
    uint32_t element = guest.elements[i];
    const void* wanted = element == kNothing ? nullptr : guest.functions[element];
    if (slot != reinterpret_cast<uintptr_t>(wanted)) {
      give_up("%s %s: element %u of the table", guest.name, when, i);
    }
  }
  wembed_global_t global;
  if (!wembed_instance_global(guest.instance, kGlobal, &global) ||
      static_cast<uint32_t>(*global.slots) != guest.global) {
    give_up("%s %s: the global", guest.name, when);
  }
}

class Player {
 public:
  Player(World& world, uint32_t seed) : world_(world), random_(seed) {}

  void play(uint64_t steps) {
    for (uint64_t i = 0; i < steps; i++) step();
    while (!guests_.empty()) end(below(guests_.size()));
  }

 private:
  uint32_t below(uint64_t limit) { return static_cast<uint32_t>(random_() % limit); }

  void step() {
    uint32_t choice = below(1000);
    if (choice < 2) return play_in_block();
    if (choice < 15) return trim();
    if (guests_.empty() || (choice < 200 && guests_.size() < kMostGuests)) return make();
    size_t which = below(guests_.size());
    Guest& guest = *guests_[which];
    if (choice < 230 && guests_.size() < kMostGuests) return link(guest);
    if (choice < 400) return fill(guest);
    if (choice < 500) return write(guest);
    if (choice < 600) return extend(guest);
    if (choice < 660) return beyond(guest);
    if (choice < 710) return compare_all(guest, "meanwhile");
    if (choice < 770) return use_slice(guest);
    if (choice < 800) return use_heap(guest);
    if (choice < 830) return use_table(guest);
    if (choice < 850) return inspect(guest);
    if (choice < 930) return start_again(guest);
    end(which);
  }

  void trim() { wembed_memory_trim(world_.places[below(kPlaces)].runtime); }

  static void compare_all(const Guest& guest, const char* when) {
    compare(guest, when);
    compare_rest(guest, when);
  }

  // --- beginning and end ---

  // Bytes of its own, given away in every way there is; the module may be unloaded right away.
  void load_own(Guest& guest, const Place& place) {
    Bytes& bytes = guest.owned->bytes;
    bytes = guest.plan->bytes;
    wembed_error_t error;
    if (below(4) == 0) {
      std::string path = std::filesystem::temp_directory_path().string() + "/memory_random-" +
                         std::to_string(std::random_device{}()) + ".wasm";
      std::ofstream(path, std::ios::binary)
          .write(reinterpret_cast<const char*>(bytes.data()), static_cast<long>(bytes.size()));
      guest.module = wembed_load_file(place.runtime, path.c_str(), nullptr, &error);
      std::remove(path.c_str());
    } else {
      wembed_source_t source = {};
      source.size = sizeof source;
      source.ownership = below(3);
      source.bytes = bytes.data();
      source.length = bytes.size();
      guest.owned->wants_release = source.ownership == WEMBED_BYTES_TAKE;
      source.release = [](void* context, const uint8_t* taken, size_t length) {
        std::memset(const_cast<uint8_t*>(taken), 0xee, length);
        static_cast<Owned*>(context)->released.fetch_add(1);
      };
      source.release_context = guest.owned.get();
      guest.module = wembed_load(place.runtime, &source, &error);
      // A copy needs them no more.
      if (source.ownership == WEMBED_BYTES_COPY) bytes.assign(bytes.size(), 0xee);
    }
    if (guest.module == nullptr) give_up("%s: load: %s", place.name, error.message);
  }

  static void unload(Guest& guest) {
    if (guest.module == nullptr) return;
    wasm_runtime_unload(guest.module);
    guest.module = nullptr;
    // Borrowed ones are the host's again.
    Bytes& bytes = guest.owned->bytes;
    if (!guest.owned->wants_release) bytes.assign(bytes.size(), 0xee);
  }

  void choose_memory(Guest& guest, wembed_instantiate_options_t& options) {
    constexpr wembed_backend_t kChoices[] = {WEMBED_BACKEND_AUTOMATIC, WEMBED_BACKEND_AUTOMATIC,
                                             WEMBED_BACKEND_AUTOMATIC, WEMBED_BACKEND_MAPPED,
                                             WEMBED_BACKEND_HEAP,      WEMBED_BACKEND_BUFFER,
                                             WEMBED_BACKEND_FUNCTIONS};
    options.backend = kChoices[below(std::size(kChoices))];
    if (options.backend == WEMBED_BACKEND_BUFFER) {
      uint64_t capacity = (guest.plan->pages + below(3)) * kPage;
      guest.owned->most = std::min(guest.owned->most, capacity);
      guest.owned->block.assign(capacity + 2 * kMargin, 0x66);
      options.memory_buffer = &guest.owned->block[kMargin];
      options.memory_buffer_bytes = capacity;
    } else if (below(6) == 0) {
      options.heap_size = 256 + below(3 * kPage);
    } else if (below(6) == 0) {
      options.max_memory_pages = guest.plan->pages + 1;
      guest.owned->most = std::min(guest.owned->most, options.max_memory_pages * kPage);
    }
    if (options.backend == WEMBED_BACKEND_FUNCTIONS) options.memory_functions = &kMemoryFunctions;
    if (options.backend != WEMBED_BACKEND_AUTOMATIC) {
      guest.name = options.backend == WEMBED_BACKEND_BUFFER ? "buffer" : "an instance's own";
    }
  }

  void make() {
    const uint32_t number = below(kModules);
    const Place& place = world_.places[below(kPlaces)];
    auto guest = std::make_unique<Guest>();
    guest->plan = &world_.plans[number];
    guest->place = &place;
    guest->name = place.name;
    guest->owned = std::make_shared<Owned>();
    guest->owned->most = guest->plan->most * kPage;
    wembed_instantiate_options_t options = {};
    options.size = sizeof options;
    choose_memory(*guest, options);
    if (below(6) == 0) load_own(*guest, place);
    wasm_module_t module = guest->module == nullptr ? place.modules[number] : guest->module;
    wembed_error_t error = {};
    guest->instance = wembed_instantiate(module, &options, &error);
    if ((guest->instance == nullptr) != guest->plan->traps) give_up("make: %s", error.message);
    world_.made.fetch_add(1, std::memory_order_relaxed);
    if (below(2) == 0 || guest->instance == nullptr) unload(*guest);
    if (guest->instance == nullptr) return check_released(*guest->owned);
    guest->owned->contents = guest->plan->contents;
    guest->elements = guest->plan->elements;
    guest->has_heap = options.heap_size != 0;
    begin(*guest);
    if (guest->has_heap) add_heap(*guest);
    compare_all(*guest, "at first");
    guests_.push_back(std::move(guest));
  }

  void begin(Guest& guest) {
    guest.env = wasm_runtime_create_exec_env(guest.instance, 8192);
    guest.memory = wasm_runtime_get_default_memory(guest.instance);
    if (guest.env == nullptr || guest.memory == nullptr) give_up("%s: no exec_env", guest.name);
    for (uint32_t i = 0; i < kFunctions; i++) {
      guest.functions[i] = wembed_instance_function(guest.instance, i);
    }
  }

  // Where the heap is, and how much of the maximum it takes, is the library's affair.
  static void add_heap(Guest& guest) {
    wembed_inspection_t numbers = look(guest);
    guest.owned->contents.resize(wembed_memory_size(guest.memory));
    guest.owned->most = numbers.pages_maximum * numbers.page_bytes;
    if (numbers.heap_capacity < 256) give_up("%s: no heap", guest.name);
  }

  // An instance that imports the memory, and a function, of `other`.
  void link(const Guest& other) {
    if (other.plan == nullptr) return;
    auto guest = std::make_unique<Guest>();
    guest->place = other.place;
    guest->name = "linked";
    guest->owned = other.owned;
    wembed_import_t imports[2] = {};
    imports[0].source = imports[1].source = WEMBED_IMPORT_EXPORT;
    imports[0].instance = imports[1].instance = other.instance;
    imports[0].export_index = kMemory;
    imports[1].export_index = kFill;
    wembed_instantiate_options_t options = {};
    options.size = sizeof options;
    options.strict = true;
    options.imports = imports;
    options.import_count = 2;
    wembed_error_t error = {};
    guest->instance = wembed_instantiate(other.place->linked, &options, &error);
    if (guest->instance == nullptr) give_up("link: %s", error.message);
    begin(*guest);
    compare(*guest, "at first");
    guests_.push_back(std::move(guest));
  }

  void end(size_t which) {
    Guest& guest = *guests_[which];
    compare_all(guest, "at last");
    wasm_runtime_destroy_exec_env(guest.env);
    wasm_runtime_deinstantiate(guest.instance);
    unload(guest);
    // With the last of those that are linked everything goes.
    if (guest.owned.use_count() == 1) check_released(*guest.owned);
    guests_.erase(guests_.begin() + static_cast<long>(which));
  }

  static void check_released(const Owned& owned) {
    int released = owned.released.load();
    if (released != (owned.wants_release ? 1 : 0)) {
      give_up("bytes were given back %d times", released);
    }
  }

  // --- what guests and hosts do ---

  bool call(Guest& guest, Export function, uint64_t (&slots)[3]) {
    world_.calls.fetch_add(1, std::memory_order_relaxed);
    return wembed_call(guest.env, guest.functions[function], slots, nullptr);
  }

  void fill(Guest& guest) {
    std::vector<uint8_t>& contents = guest.owned->contents;
    if (contents.empty()) return;
    uint32_t at = below(contents.size());
    size_t length =
        std::min<size_t>(below(3) == 0 ? below(100000) : below(64), contents.size() - at);
    uint8_t byte = static_cast<uint8_t>(random_());
    uint64_t slots[3] = {at, byte, length};
    if (!call(guest, kFill, slots)) give_up("%s: fill failed", guest.name);
    std::memset(&contents[at], byte, length);
  }

  // By the host, through the address.
  void write(Guest& guest) {
    std::vector<uint8_t>& contents = guest.owned->contents;
    for (uint32_t count = contents.empty() ? 0 : 1 + below(20); count > 0; count--) {
      uint32_t at = below(contents.size());
      base_of(guest)[at] = contents[at] = static_cast<uint8_t>(random_());
    }
  }

  // By the guest or by the host.
  void extend(Guest& guest) {
    uint32_t pages = below(4);
    uint64_t old = guest.owned->contents.size();
    uint32_t epoch = epoch_of(guest);
    bool fits = old + pages * kPage <= guest.owned->most;
    bool grown;
    if (below(4) == 0) {
      grown = wasm_memory_enlarge(guest.memory, pages);
    } else {
      uint64_t slots[3] = {pages};
      if (!call(guest, kGrow, slots)) give_up("%s: grow trapped", guest.name);
      grown = static_cast<uint32_t>(slots[0]) == old / kPage;
      if (!grown && static_cast<uint32_t>(slots[0]) != UINT32_MAX) {
        give_up("%s: grow gave %u", guest.name, static_cast<uint32_t>(slots[0]));
      }
    }
    if (grown != fits) {
      give_up("%s: grow from %llu by %u of at most %llu gave %d", guest.name,
              static_cast<unsigned long long>(old), pages,
              static_cast<unsigned long long>(guest.owned->most), grown);
    }
    if (!fits || pages == 0) return;
    guest.owned->contents.resize(old + pages * kPage);
    if (epoch_of(guest) == epoch) give_up("%s: an old epoch", guest.name);
    if (below(2) == 0) compare(guest, "grown");
  }

  void beyond(Guest& guest) {
    const std::vector<uint8_t>& contents = guest.owned->contents;
    uint64_t size = contents.size();
    uint64_t slots[3] = {below(3) == 0 ? UINT32_MAX - below(100) : size + below(2 * kPage)};
    if (call(guest, kLoad, slots)) give_up("%s: a load beyond the end", guest.name);
    wasm_runtime_clear_exception(guest.instance);
    if (size == 0) return;
    slots[0] = size - 1;
    if (!call(guest, kLoad, slots) || static_cast<uint8_t>(slots[0]) != contents[size - 1]) {
      give_up("%s: the last byte", guest.name);
    }
  }

  // A slice may be older than growth and resets.
  void use_slice(Guest& guest) {
    std::vector<uint8_t>& contents = guest.owned->contents;
    wembed_slice_t& slice = guest.slice;
    if (!guest.has_slice || below(3) == 0) {
      uint64_t at = below(contents.size() + kPage);
      uint64_t length = below(2) == 0 ? below(100) : below(contents.size() + 1);
      bool inside = at + length <= contents.size();
      if (wembed_memory_slice(guest.memory, at, length, &slice) != inside) {
        give_up("%s: a slice beyond the end, or none inside", guest.name);
      }
      guest.has_slice = inside;
      guest.slice_life = guest.owned->life;
      if (!inside) return;
    }
    bool fresh = slice.epoch == epoch_of(guest);
    const uint8_t* data = fresh ? base_of(guest) + slice.offset : nullptr;
    if (wembed_slice_data(guest.memory, &slice) != data) give_up("%s: a slice's data", guest.name);
    bool inside = slice.offset + slice.length <= contents.size();
    if (inside && guest.slice_life == guest.owned->life) {
      copy_slice(guest);
    } else {
      uint8_t byte = 0;
      if (slice.length > 0 && wembed_slice_read(guest.memory, &slice, 0, &byte, 1)) {
        give_up("%s: a stale slice can be read", guest.name);
      }
    }
    if (below(2) == 0) return;
    if (wembed_slice_renew(guest.memory, &slice) != inside) give_up("%s: renewal", guest.name);
    if (inside) guest.slice_life = guest.owned->life;
  }

  void copy_slice(Guest& guest) {
    const wembed_slice_t& slice = guest.slice;
    uint8_t bytes[32];
    uint64_t count = below(sizeof bytes);
    uint64_t at = below(slice.length + 10);
    bool fits = at + count <= slice.length;
    uint8_t* model = guest.owned->contents.data() + slice.offset + at;
    if (wembed_slice_read(guest.memory, &slice, at, bytes, count) != fits ||
        (fits && count > 0 && std::memcmp(bytes, model, count) != 0)) {
      give_up("%s: reading a slice", guest.name);
    }
    for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(random_());
    if (wembed_slice_write(guest.memory, &slice, at, bytes, count) != fits) {
      give_up("%s: writing a slice", guest.name);
    }
    if (fits && count > 0) std::memcpy(model, bytes, count);
  }

  // The host-managed heap: blocks are inside of the memory and have nothing in common.
  void use_heap(Guest& guest) {
    if (!guest.has_heap) return;
    if (!guest.allocations.empty() && below(3) == 0) {
      size_t which = below(guest.allocations.size());
      wasm_runtime_module_free(guest.instance, guest.allocations[which].at);
      guest.allocations.erase(guest.allocations.begin() + static_cast<long>(which));
      return;
    }
    std::vector<uint8_t>& contents = guest.owned->contents;
    uint64_t bytes = 1 + below(below(4) == 0 ? 2 * kPage : 200);
    void* native = nullptr;
    uint64_t at = wasm_runtime_module_malloc(guest.instance, bytes, &native);
    if (at == 0) return wasm_runtime_clear_exception(guest.instance);
    if (at + bytes > contents.size() || native != base_of(guest) + at) {
      give_up("%s: a block outside of the memory", guest.name);
    }
    for (const Allocation& other : guest.allocations) {
      if (at < other.at + other.bytes && other.at < at + bytes) {
        give_up("%s: a block in another", guest.name);
      }
    }
    guest.allocations.push_back({at, bytes});
    uint8_t byte = static_cast<uint8_t>(random_());
    std::memset(native, byte, bytes);
    std::memset(&contents[at], byte, bytes);
  }

  void use_table(Guest& guest) {
    if (guest.plan == nullptr) return;
    uint32_t at = below(kElements);
    uint32_t element = below(2) == 0 ? kNothing : below(kFunctions);
    const void* function = element == kNothing ? nullptr : guest.functions[element];
    if (!wembed_table_set(guest.instance, kTable, at, reinterpret_cast<uintptr_t>(function))) {
      give_up("%s: table.set", guest.name);
    }
    guest.elements[at] = element;
    wembed_global_t global;
    if (!wembed_instance_global(guest.instance, kGlobal, &global)) give_up("no global");
    *global.slots = guest.global = static_cast<uint32_t>(random_());
  }

  static wembed_inspection_t look(const Guest& guest) {
    wembed_inspection_t numbers = {};
    numbers.size = sizeof numbers;
    wembed_error_t error;
    if (!wembed_instance_inspect(guest.instance, 0, &numbers, &error)) {
      give_up("%s: inspect: %s", guest.name, error.message);
    }
    return numbers;
  }

  void inspect(const Guest& guest) {
    wembed_inspection_t numbers = look(guest);
    uint64_t size = guest.owned->contents.size();
    if (numbers.pages * numbers.page_bytes != size || numbers.imported != (guest.plan == nullptr)) {
      give_up("%s: inspect says %llu pages", guest.name,
              static_cast<unsigned long long>(numbers.pages));
    }
    wembed_error_t error;
    std::vector<wembed_region_t> regions(200);
    uint32_t count = wembed_instance_regions(guest.instance, 0, regions.data(), 200, &error);
    if (error.kind != WEMBED_ERROR_NONE) give_up("%s: regions: %s", guest.name, error.message);
    uint64_t covered = 0;
    for (uint32_t i = 0; i < count && i < 200; i++) {
      if (regions[i].depth != 0) continue;
      if (regions[i].offset != covered) give_up("%s: a gap between regions", guest.name);
      covered += regions[i].bytes;
    }
    if (count <= 200 && covered < size) give_up("%s: regions end early", guest.name);
    char text[3000];
    if (wembed_inspect_text(guest.instance, text, sizeof text, &error) == 0) {
      give_up("%s: text: %s", guest.name, error.message);
    }
  }

  void start_again(Guest& guest) {
    uint32_t epoch = epoch_of(guest);
    wembed_reset_options_t options = {};
    options.size = sizeof options;
    uint32_t form = below(6);
    options.skip_start = form == 0;
    if (form == 1) options.fuel = 1;  // too little for a start function
    if (form == 2) options.deadline_ms = 100000;
    bool starts = guest.plan != nullptr && guest.plan->starts;
    wembed_error_t error;
    bool done = wembed_instance_reset(guest.instance, form < 3 ? &options : nullptr, &error);
    if (done != !(form == 1 && starts)) give_up("%s: reset: %s", guest.name, error.message);
    if (!done) wasm_runtime_clear_exception(guest.instance);
    world_.resets.fetch_add(1, std::memory_order_relaxed);
    if (guest.plan == nullptr) return compare(guest, "after another's reset");
    if (epoch_of(guest) == epoch) give_up("%s: an old epoch", guest.name);
    uint64_t first = guest.has_heap ? look(guest).pages * kPage : guest.plan->contents.size();
    guest.owned->contents = form < 2 ? guest.plan->untouched : guest.plan->contents;
    guest.owned->contents.resize(first);
    guest.owned->life++;
    guest.elements = guest.plan->elements;
    guest.global = 77;
    guest.allocations.clear();
    compare_all(guest, "after a reset");
  }

  // A runtime in a block that is just large enough, as the library says; one of less is not.
  void play_in_block() {
    const uint32_t number = below(kModules);
    if (world_.plans[number].traps) return;
    uint64_t needed = world_.needed[number];
    if (!run_in_block(world_.plans[number], needed)) give_up("a block is too small");
    if (run_in_block(world_.plans[number], needed - 16 * (1 + below(20)))) {
      give_up("a block is larger than needed");
    }
  }

  World& world_;
  std::mt19937 random_;
  std::vector<std::unique_ptr<Guest>> guests_;
};

uint64_t option(int argc, char** argv, const char* name, uint64_t otherwise) {
  for (int i = 1; i + 1 < argc; i++) {
    if (std::strcmp(argv[i], name) == 0) return std::strtoull(argv[i + 1], nullptr, 10);
  }
  return otherwise;
}

}  // namespace

int main(int argc, char** argv) {
  uint64_t steps = option(argc, argv, "--steps", 4000);
  uint32_t seed = static_cast<uint32_t>(option(argc, argv, "--seed", 1));
  uint64_t threads = option(argc, argv, "--threads", 4);
  World world;
  open(world, seed);
  std::vector<std::thread> running;
  for (uint64_t i = 0; i < threads; i++) {
    running.emplace_back([&world, steps, seed, i] {
      wasm_runtime_init_thread_env();
      Player(world, seed * 1000 + static_cast<uint32_t>(i)).play(steps);
      wasm_runtime_destroy_thread_env();
    });
  }
  for (std::thread& thread : running) thread.join();
  close(world);
  std::printf("%llu instances, %llu calls, %llu resets: every byte as expected\n",
              static_cast<unsigned long long>(world.made),
              static_cast<unsigned long long>(world.calls),
              static_cast<unsigned long long>(world.resets));
  return 0;
}
