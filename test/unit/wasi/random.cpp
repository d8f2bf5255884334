// Random calls with random arguments, as a hostile guest makes them: they answer or trap, and
// nothing outside of the guest's folder and memory changes. Sanitizers see the rest.
#include <sys/resource.h>

#include <csignal>
#include <random>
#include <vector>

#include "sanitized.h"
#include "wasi/guest.h"
#include "wasi/host_file.h"
#include "wembed.h"

namespace {

struct Function {
  std::string name;
  wasm_function_inst_t handle;
  uint32_t parameters;
};

class Fuzz {
 public:
  Fuzz(Guest& guest, uint64_t seed) : guest_(guest), random_(seed) {
    int32_t count = wasm_runtime_get_export_count(guest.module);
    for (int32_t i = 0; i < count; i++) {
      wasm_export_t item = {};
      wasm_runtime_get_export_type(guest.module, i, &item);
      if (item.kind != WASM_IMPORT_EXPORT_KIND_FUNC) continue;
      wasm_function_inst_t handle = wasm_runtime_lookup_function(guest.instance, item.name);
      uint32_t parameters = wasm_func_get_param_count(handle, guest.instance);
      functions_.push_back({item.name, handle, parameters});
    }
  }

  void call() {
    if (below(8) == 0) scatter();
    const Function& function = functions_[below(functions_.size())];
    uint64_t slots[16] = {};
    for (uint32_t i = 0; i < function.parameters; i++) slots[i] = argument();
    wembed_call_options_t options = {};
    options.size = sizeof(options);
    options.deadline_ms = 5;
    options.fuel = -1;
    wasm_runtime_clear_exception(guest_.instance);
    bool is_good = wembed_call(guest_.env, function.handle, slots, &options);
    CHECK(is_good || wasm_runtime_get_exception(guest_.instance) != nullptr);
    if (is_good && function.name != "_initialize") CHECK(slots[0] <= 76);
  }

 private:
  uint64_t below(uint64_t limit) { return random_() % limit; }

  uint64_t argument() {
    constexpr uint32_t kEnd = 4 * 65536;
    switch (below(10)) {
      case 0: return random_();
      case 1: return kEnd - below(80);
      case 2: return below(2) == 0 ? 0xffffffff : uint64_t{1} << 63;
      case 3: return 0x100 + 16 * below(64);
      case 4: return below(300);
      case 5: return 0xfffffff;
      default: return below(12);
    }
  }

  // Names, links and vectors in the memory that pointers like to point to.
  void scatter() {
    static const char* const kNames[] = {"a",        "b",    "a/b", "..",   "../secret",
                                         "/",        "a/",   ".",   "link", "link/b",
                                         "./a/../b", "a//b", "x",   "file"};
    for (int i = 0; i < 32; i++) {
      uint32_t at = 0x100 + 16 * static_cast<uint32_t>(below(64));
      if (below(8) == 0) {
        // An address of the machine's own, of which nobody listens at these ports.
        guest_.put<uint32_t>(at, 0);
        guest_.put<uint32_t>(at + 4, 0x01004d7f);
        guest_.put<uint16_t>(at + 8, static_cast<uint16_t>(below(12)));
      } else if (below(2) == 0) {
        std::strncpy(reinterpret_cast<char*>(guest_.at(at)), kNames[below(std::size(kNames))], 16);
      } else {
        guest_.put<uint32_t>(at, static_cast<uint32_t>(argument()));
        guest_.put<uint32_t>(at + 4, static_cast<uint32_t>(below(100)));
        guest_.put<uint64_t>(at + 8, below(4) == 0 ? random_() : below(3));
      }
    }
  }

  Guest& guest_;
  std::mt19937_64 random_;
  std::vector<Function> functions_;
};

TEST_CASE(random_calls_do_no_harm) {
  // No guest fills the disk of whoever runs this; it is the first to write on this thread.
  rlimit before;
  getrlimit(RLIMIT_FSIZE, &before);
  rlimit small = {1 << 20, before.rlim_max};
  setrlimit(RLIMIT_FSIZE, &small);
  for (uint64_t seed = 1; seed <= 9; seed++) {
    files = seed <= 6 ? Files::Folder : Files::Memory;
    Folder folder;
    write_all(folder.path + "/secret", "secret");
    CHECK(symlink("..", (folder.root + "/link").c_str()) == 0);
    wembed::wasi::HostFile::set_beneath(seed % 2 == 0);
    int in = open("/dev/null", O_RDONLY), out = open("/dev/null", O_WRONLY);
    {
      Guest guest(seed <= 4 || seed == 7 ? "wasi_calls.wasm" : "wasi_unstable_calls.wasm");
      const char* addresses[] = {"127.77.0.0/16"};
      wasm_runtime_set_wasi_addr_pool(guest.module, addresses, 1);
      if (!guest.open(folder.root, in, out)) return;
      Fuzz fuzz(guest, seed);
      for (int i = 0; i < 4000; i++) fuzz.call();
    }
    close(in);
    close(out);
    CHECK_EQ(read_all(folder.path + "/secret"), "secret");
    std::string beside = "test \"$(ls -A '" + folder.path + "' | tr '\\n' ' ')\" = 'root secret '";
    CHECK(std::system(beside.c_str()) == 0);
    std::string all = "chmod -R u+rwx '" + folder.root + "'";
    CHECK(std::system(all.c_str()) == 0);
  }
  files = Files::Folder;
  wembed::wasi::HostFile::set_beneath(true);
  setrlimit(RLIMIT_FSIZE, &before);
}

// A host whose answers are as random as the guest's questions.
struct Liar {
  std::mt19937_64 random;

  static Liar& of(void* context) { return *static_cast<Liar*>(context); }
  uint64_t below(uint64_t limit) { return random() % limit; }
  // Good as a rule: what it says beside matters then.
  uint32_t answer() {
    switch (below(12)) {
      case 0: return static_cast<uint32_t>(below(77));
      case 1: return static_cast<uint32_t>(random());
      case 2: return 44;
      default: return 0;
    }
  }
  uint64_t number() { return below(3) == 0 ? random() : below(3) == 0 ? UINT64_MAX : below(9000); }
  // As many as there is room for, seldom more.
  size_t count(size_t room) { return below(10) == 0 ? room + 1 + below(9) : below(room + 1); }
  void fill(char* text, size_t room) {
    static const char kLetters[] = "ab/.x\0\n\xff";
    for (size_t i = 0; i < room; i++) text[i] = kLetters[below(sizeof kLetters)];
  }
};

wembed_wasi_directory_functions_t lies_of(Liar& liar) {
  wembed_wasi_directory_functions_t functions = {};
  functions.size = sizeof(functions);
  functions.context = &liar;
  functions.status = [](void* context, wasm_exec_env_t, const char*, wembed_wasi_status_t* status) {
    Liar& self = Liar::of(context);
    status->kind = static_cast<uint32_t>(self.below(9));
    status->bytes = self.number();
    status->modified_ns = self.number();
    return self.answer();
  };
  functions.entry = [](void* context, wasm_exec_env_t, const char*, uint64_t index,
                       wembed_wasi_entry_t* entry) {
    Liar& self = Liar::of(context);
    self.fill(entry->name, self.below(20) == 0 ? sizeof(entry->name) : self.below(6));
    entry->kind = static_cast<uint32_t>(self.below(9));
    return index > 40 ? 44 : self.answer();
  };
  functions.read = [](void* context, wasm_exec_env_t, const char*, uint64_t, void* bytes,
                      size_t room, size_t* done) {
    Liar& self = Liar::of(context);
    std::memset(bytes, 'r', room);
    *done = self.count(room);
    return self.answer();
  };
  functions.write = [](void* context, wasm_exec_env_t, const char*, uint64_t, const void*,
                       size_t length, size_t* done) {
    Liar& self = Liar::of(context);
    *done = self.count(length);
    return self.answer();
  };
  functions.resize = [](void* context, wasm_exec_env_t, const char*, uint64_t) {
    return Liar::of(context).answer();
  };
  functions.make = [](void* context, wasm_exec_env_t, const char*, uint32_t, const char*) {
    return Liar::of(context).answer();
  };
  functions.remove = [](void* context, wasm_exec_env_t, const char*, bool) {
    return Liar::of(context).answer();
  };
  functions.rename = [](void* context, wasm_exec_env_t, const char*, const char*) {
    return Liar::of(context).answer();
  };
  functions.read_link = [](void* context, wasm_exec_env_t, const char*, char* text, size_t room,
                           size_t* length) {
    Liar& self = Liar::of(context);
    self.fill(text, self.below(20) == 0 ? room : self.below(std::min<size_t>(room, 9) + 1));
    *length = self.count(room);
    return self.answer();
  };
  return functions;
}

TEST_CASE(random_answers_do_no_harm) {
  for (uint64_t seed = 1; seed <= 3; seed++) {
    Liar liar{std::mt19937_64(seed)};
    wembed_wasi_directory_functions_t functions = lies_of(liar);
    Guest guest("wasi_calls.wasm");
    wembed_wasi_file_t directory = wembed_wasi_directory(nullptr, &functions, nullptr);
    int in = open("/dev/null", O_RDONLY), out = open("/dev/null", O_WRONLY);
    wembed_wasi_preopen_t preopen = {".", directory, false};
    if (guest.open_with(&preopen, 1, in, out)) {
      Fuzz fuzz(guest, seed);
      for (int i = 0; i < 3000; i++) fuzz.call();
    }
    wembed_wasi_file_delete(directory);
    close(in);
    close(out);
  }
}

}  // namespace
