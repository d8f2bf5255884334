// Hosts of gc_export.h where every object is made behind a collection and each poll of the guest is
// one: what they keep by the rules of the header stays, and nothing else.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "check.h"
#include "gc_export.h"
#include "runtime/collection.h"

using namespace wembed;

namespace {

constexpr uint32_t kNode = 0;
constexpr uint32_t kNodes = 3;

std::vector<uint8_t> read_module() {
  const char* folder = std::getenv("WEMBED_TEST_MODULES");
  const std::string path = std::string(folder == nullptr ? "." : folder) + "/gc_export.wasm";
  std::vector<uint8_t> bytes;
  std::FILE* file = std::fopen(path.c_str(), "rb");
  if (file == nullptr) return bytes;
  for (int byte = std::fgetc(file); byte != EOF; byte = std::fgetc(file)) {
    bytes.push_back(static_cast<uint8_t>(byte));
  }
  std::fclose(file);
  return bytes;
}

wasm_struct_obj_t new_node(wasm_exec_env_t env, int32_t value, wasm_obj_t next) {
  wasm_struct_obj_t node = wasm_struct_obj_new_with_typeidx(env, kNode);
  wasm_value_t field = {};
  field.i32 = value;
  wasm_struct_obj_set_field(node, 0, &field);
  field.gc_obj = next;
  wasm_struct_obj_set_field(node, 1, &field);
  return node;
}

int32_t value_of(wasm_obj_t node) {
  wasm_value_t field = {};
  wasm_struct_obj_get_field(reinterpret_cast<wasm_struct_obj_t>(node), 0, false, &field);
  return field.i32;
}

// A list of so many, of which a local reference has the newest.
void* count(wasm_exec_env_t env, int32_t length) {
  wasm_local_obj_ref_t list;
  wasm_runtime_push_local_obj_ref(env, &list);
  for (int32_t i = 0; i < length; i++) {
    list.val = reinterpret_cast<wasm_obj_t>(new_node(env, i, list.val));
  }
  return wasm_runtime_pop_local_obj_ref(env)->val;
}

// Makes objects while its arguments are all that keeps these; calls the guest as well.
void* relay(wasm_exec_env_t env, void* node, void* external, void* function) {
  for (int32_t i = 0; i < 10; i++) new_node(env, -1, nullptr);
  uint32_t cells[1] = {3};
  CHECK(wasm_runtime_call_func_ref(env, static_cast<wasm_func_obj_t>(function), 1, cells));
  CHECK_EQ(cells[0], 6u);
  CHECK(wasm_externref_obj_get_value(static_cast<wasm_externref_obj_t>(external)) == env);
  CHECK_EQ(value_of(static_cast<wasm_obj_t>(node)), 31);
  return node;
}

void* pick(wasm_exec_env_t, void* function) { return function; }

// An instance on a runtime that collects always.
struct Stressed {
  Stressed() {
    RuntimeInitArgs args = {};
    args.mem_alloc_type = Alloc_With_System_Allocator;
    args.native_module_name = "env";
    args.native_symbols = natives;
    args.n_native_symbols = 3;
    CHECK(wasm_runtime_full_init(&args));
    collect_always(true);
    char error[128] = {};
    module =
        wasm_runtime_load(bytes.data(), static_cast<uint32_t>(bytes.size()), error, sizeof error);
    instance = wasm_runtime_instantiate(module, 16384, 0, error, sizeof error);
    env = wasm_runtime_create_exec_env(instance, 16384);
    CHECK(env != nullptr);
  }
  ~Stressed() {
    wasm_runtime_destroy_exec_env(env);
    wasm_runtime_deinstantiate(instance);
    wasm_runtime_unload(module);
    collect_always(false);
    wasm_runtime_destroy();
  }
  Stressed(const Stressed&) = delete;
  Stressed& operator=(const Stressed&) = delete;

  bool call(const char* name, uint32_t argc, uint32_t* argv) const {
    return wasm_runtime_call_wasm(env, wasm_runtime_lookup_function(instance, name), argc, argv);
  }

  std::vector<uint8_t> bytes = read_module();
  NativeSymbol natives[3] = {
      {"relay", reinterpret_cast<void*>(&relay), "(rrr)r", nullptr},
      {"count", reinterpret_cast<void*>(&count), "(i)r", nullptr},
      {"pick", reinterpret_cast<void*>(&pick), "(r)r", nullptr},
  };
  wasm_module_t module = nullptr;
  wasm_module_inst_t instance = nullptr;
  wasm_exec_env_t env = nullptr;
};

void finalize(wasm_obj_t object, void* data) {
  *static_cast<int64_t*>(data) += wasm_obj_is_struct_obj(object) ? value_of(object) : 1000;
}

}  // namespace

TEST_CASE(lists_of_the_host_and_of_natives) {
  const Stressed guest;
  wasm_local_obj_ref_t list;
  wasm_runtime_push_local_obj_ref(guest.env, &list);
  for (int32_t i = 0; i < 300; i++) {
    list.val = reinterpret_cast<wasm_obj_t>(new_node(guest.env, i, list.val));
  }
  uint32_t cells[2];
  std::memcpy(cells, &list.val, sizeof cells);
  CHECK(guest.call("length", 2, cells));
  CHECK_EQ(cells[0], 300u);
  cells[0] = 300;
  CHECK(guest.call("count", 1, cells));
  CHECK_EQ(cells[0], 299u);
  wasm_runtime_pop_local_obj_ref(guest.env);
}

TEST_CASE(arguments_and_results_of_natives) {
  const Stressed guest;
  wasm_obj_t arguments[3] = {
      nullptr,
      reinterpret_cast<wasm_obj_t>(wasm_externref_obj_new(guest.env, guest.env)),
      reinterpret_cast<wasm_obj_t>(wasm_func_obj_new_with_typeidx(guest.env, 5, 3)),
  };
  for (int32_t i = 0; i < 20; i++) {
    arguments[0] = reinterpret_cast<wasm_obj_t>(new_node(guest.env, 31, nullptr));
    uint32_t cells[6];
    std::memcpy(cells, arguments, sizeof cells);
    CHECK(guest.call("relay", 6, cells));
    wasm_obj_t result;
    std::memcpy(&result, cells, sizeof result);
    // Kept until the next call.
    new_node(guest.env, 0, nullptr);
    new_node(guest.env, 0, nullptr);
    CHECK(result == arguments[0]);
    CHECK_EQ(value_of(result), 31);
  }
}

TEST_CASE(elements_and_their_first_value) {
  const Stressed guest;
  for (int32_t i = 0; i < 20; i++) {
    wasm_value_t value = {};
    value.gc_obj = reinterpret_cast<wasm_obj_t>(new_node(guest.env, i, nullptr));
    wasm_array_obj_t array = wasm_array_obj_new_with_typeidx(guest.env, kNodes, 50, &value);
    wasm_array_obj_get_elem(array, 49, false, &value);
    CHECK_EQ(value_of(value.gc_obj), i);
  }
}

// Each is called by the first collection that finds no reference to the object, and none before.
TEST_CASE(finalizers_at_once) {
  const Stressed guest;
  int64_t sum = 0;
  for (int32_t i = 1; i <= 100; i++) {
    auto* node = reinterpret_cast<wasm_obj_t>(new_node(guest.env, i, nullptr));
    CHECK(wasm_obj_set_gc_finalizer(guest.env, node, &finalize, &sum));
    // The one before is the last that was made, until this one is.
    CHECK_EQ(sum, int64_t{i - 1} * (i - 2) / 2);
  }
  sum = 0;
  int value = 0;
  auto* external = reinterpret_cast<wasm_obj_t>(wasm_externref_obj_new(guest.env, &value));
  CHECK(wasm_obj_set_gc_finalizer(guest.env, external, &finalize, &sum));
  CHECK(wasm_runtime_pin_object(guest.env, external));
  new_node(guest.env, 0, nullptr);
  new_node(guest.env, 0, nullptr);
  CHECK_EQ(sum, 199);  // the last two of those above
  CHECK(wasm_runtime_unpin_object(guest.env, external));
  new_node(guest.env, 0, nullptr);
  CHECK_EQ(sum, 1199);
}
