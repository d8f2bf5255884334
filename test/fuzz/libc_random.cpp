// Random calls of the functions that guests have instead of a C library, with pointers, lengths and
// formats as a hostile guest chooses them. Whatever comes, the calls return, and a build with
// sanitizers sees every byte outside of the guest's memory.
//   fuzz_libc_random [--count N] [--seed S]
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include "wasm_export.h"
#include "wembed.h"

namespace {

constexpr uint32_t kBytes = 2 * 65536;

class Fuzz {
 public:
  explicit Fuzz(uint64_t seed) : random_(seed) {}

  bool open(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    std::vector<char> bytes{std::istreambuf_iterator<char>(file), {}};
    wembed_config_t config = {};
    config.size = sizeof(config);
    config.libc = WEMBED_LIBC_ON;
    config.log = [](void*, uint32_t, const char*) {};
    config.print = [](void* context, const char* text, size_t count) {
      auto& self = *static_cast<Fuzz*>(context);
      for (size_t i = 0; i < count; i++) self.sum_ += static_cast<unsigned char>(text[i]);
    };
    config.print_context = this;
    wembed_error_t error = {};
    runtime_ = wembed_runtime_new(&config, &error);
    wembed_source_t source = {};
    source.size = sizeof(source);
    source.bytes = reinterpret_cast<const uint8_t*>(bytes.data());
    source.length = bytes.size();
    module_ = wembed_load(runtime_, &source, &error);
    if (module_ == nullptr) return fail(error);
    // A block of its own, so that a byte beside it is seen.
    block_ = static_cast<uint8_t*>(std::aligned_alloc(65536, kBytes));
    wembed_instantiate_options_t options = {};
    options.size = sizeof(options);
    options.backend = WEMBED_BACKEND_BUFFER;
    options.memory_buffer = block_;
    options.memory_buffer_bytes = kBytes;
    options.max_memory_pages = 2;
    instance_ = wembed_instantiate(module_, &options, &error);
    if (instance_ == nullptr) return fail(error);
    env_ = wasm_runtime_create_exec_env(instance_, 16384);
    int32_t count = wasm_runtime_get_export_count(module_);
    for (int32_t i = 0; i < count; i++) {
      wasm_export_t item = {};
      wasm_runtime_get_export_type(module_, i, &item);
      if (item.kind != WASM_IMPORT_EXPORT_KIND_FUNC) continue;
      functions_.push_back(wasm_runtime_lookup_function(instance_, item.name));
    }
    return true;
  }

  void close() {
    wasm_runtime_destroy_exec_env(env_);
    wasm_runtime_deinstantiate(instance_);
    wasm_runtime_unload(module_);
    wembed_runtime_delete(runtime_);
    std::free(block_);
  }

  void call() {
    if (below(16) == 0) scatter();
    uint64_t slots[8] = {argument(), argument(), argument(), argument()};
    wembed_call_options_t options = {};
    options.size = sizeof(options);
    options.deadline_ms = 10;
    options.fuel = -1;
    if (!wembed_call(env_, functions_[below(functions_.size())], slots, &options)) trapped_++;
    wasm_runtime_clear_exception(instance_);
  }

  [[nodiscard]] uint64_t trapped() const { return trapped_; }

 private:
  static bool fail(const wembed_error_t& error) {
    std::fprintf(stderr, "%s\n", error.message);
    return false;
  }
  uint64_t below(uint64_t bound) { return random_() % bound; }

  // Texts, formats and arguments all over the memory, some without an end.
  void scatter() {
    static constexpr char kLetters[] = "%%%%%%*.#-+ 00123456789hlljztdiouxXeEfFgGaAcspnqL\0\0\0ab";
    uint64_t from = below(4) == 0 ? kBytes - 64 : below(kBytes - 64);
    for (uint64_t i = 0; i < 64; i++) {
      uint64_t choice = below(8);
      block_[from + i] = choice == 0   ? static_cast<uint8_t>(random_())
                         : choice == 1 ? 0
                                       : static_cast<uint8_t>(kLetters[below(sizeof(kLetters))]);
    }
    last_ = from;
  }

  uint32_t argument() {
    switch (below(8)) {
      case 0: return static_cast<uint32_t>(random_());
      case 1: return static_cast<uint32_t>(kBytes - below(20));
      case 2: return static_cast<uint32_t>(below(64));
      case 3: return static_cast<uint32_t>(below(kBytes));
      default: return static_cast<uint32_t>(last_ + below(64));
    }
  }

  std::mt19937_64 random_;
  uint64_t sum_ = 0;
  uint64_t last_ = 0;
  uint64_t trapped_ = 0;
  wembed_runtime_t runtime_ = nullptr;
  wasm_module_t module_ = nullptr;
  wasm_module_inst_t instance_ = nullptr;
  wasm_exec_env_t env_ = nullptr;
  uint8_t* block_ = nullptr;
  std::vector<wasm_function_inst_t> functions_;
};

uint64_t option(int argc, char** argv, const char* name, uint64_t otherwise) {
  for (int i = 1; i + 1 < argc; i++) {
    if (std::strcmp(argv[i], name) == 0) return std::strtoull(argv[i + 1], nullptr, 10);
  }
  return otherwise;
}

}  // namespace

int main(int argc, char** argv) {
  uint64_t count = option(argc, argv, "--count", 100000);
  Fuzz fuzz(option(argc, argv, "--seed", 1));
  const char* folder = std::getenv("WEMBED_TEST_MODULES");
  if (!fuzz.open(std::string(folder == nullptr ? "." : folder) + "/libc.wasm")) return 2;
  for (uint64_t i = 0; i < count; i++) fuzz.call();
  fuzz.close();
  std::printf("%llu calls, %llu of them stopped\n", static_cast<unsigned long long>(count),
              static_cast<unsigned long long>(fuzz.trapped()));
  // Neither all nor none.
  return fuzz.trapped() > count / 100 && fuzz.trapped() < count ? 0 : 1;
}
