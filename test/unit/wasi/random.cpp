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

}  // namespace
