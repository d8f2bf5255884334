/* wasm_c_api.h when there is no memory: every allocation of a session fails once, and nothing is
   left of it; and an engine in a block of the host's. */
#include "failing.h"
#include "wasm_c_api.h"

static int finalized;
static void finalize(void* env) { ++*(int*)env; }

static wasm_trap_t* twice(void* env, const wasm_val_vec_t* args, wasm_val_vec_t* results) {
  (void)env;
  results->data[0].of.i32 = args->data[0].of.i32 * 2;
  return NULL;
}

/* The vectors of a type that cannot be made stay the caller's. */
static wasm_functype_t* type_of_twice(void) {
  wasm_valtype_vec_t params, results;
  wasm_valtype_t* of_param = wasm_valtype_new_i32();
  wasm_valtype_t* of_result = wasm_valtype_new_i32();
  wasm_valtype_vec_new(&params, 1, &of_param);
  wasm_valtype_vec_new(&results, 1, &of_result);
  wasm_functype_t* type = NULL;
  if (of_param != NULL && of_result != NULL && params.num_elems == 1 && results.num_elems == 1) {
    type = wasm_functype_new(&params, &results);
  }
  if (type != NULL) return type;
  if (params.num_elems == 0) wasm_valtype_delete(of_param);
  if (results.num_elems == 0) wasm_valtype_delete(of_result);
  wasm_valtype_vec_delete(&params);
  wasm_valtype_vec_delete(&results);
  return NULL;
}

static bool call_all(wasm_extern_vec_t* exports) {
  wasm_val_t value[] = {WASM_I32_VAL(5)}, room[1];
  wasm_val_vec_t args = WASM_ARRAY_VEC(value), results = WASM_ARRAY_VEC(room);
  bool good = exports->num_elems > 0;
  for (size_t i = 0; i < exports->num_elems; ++i) {
    wasm_func_t* func = wasm_extern_as_func(exports->data[i]);
    wasm_externtype_t* type = wasm_extern_type(exports->data[i]);
    good &= type != NULL;
    wasm_externtype_delete(type);
    if (func == NULL || wasm_func_param_arity(func) != 1) continue;
    wasm_trap_t* trap = wasm_func_call(func, &args, &results);
    if (trap != NULL) {
      wasm_frame_vec_t frames;
      wasm_trap_trace(trap, &frames);
      wasm_frame_vec_delete(&frames);
      wasm_trap_delete(trap);
      good = false;
    }
  }
  return good;
}

static bool use_store(wasm_store_t* store, wasm_byte_vec_t* binary) {
  wasm_module_t* module = wasm_module_new(store, binary);
  wasm_functype_t* type = type_of_twice();
  wasm_func_t* func = wasm_func_new_with_env(store, type, twice, &finalized, finalize);
  wasm_importtype_vec_t imported;
  wasm_module_imports(module, &imported);
  bool good = imported.num_elems == 1;
  wasm_importtype_vec_delete(&imported);
  wasm_extern_t* list[] = {wasm_func_as_extern(func)};
  wasm_extern_vec_t imports = WASM_ARRAY_VEC(list), exports = WASM_EMPTY_VEC;
  wasm_trap_t* trap = NULL;
  wasm_instance_t* instance = NULL;
  if (func != NULL) instance = wasm_instance_new(store, module, &imports, &trap);
  wasm_trap_delete(trap);
  if (instance != NULL) wasm_instance_exports(instance, &exports);
  good &= call_all(&exports);
  wasm_extern_vec_delete(&exports);
  wasm_instance_delete(instance);
  wasm_func_delete(func);
  wasm_functype_delete(type);
  wasm_module_delete(module);
  return good;
}

static bool session(wasm_config_t* config, Bytes bytes) {
  wasm_engine_t* engine = wasm_engine_new_with_config(config);
  wasm_store_t* store = wasm_store_new(engine);
  bool good = false;
  if (store != NULL) {
    wasm_byte_vec_t binary = {bytes.size, (char*)bytes.data, bytes.size, 1, NULL};
    good = use_store(store, &binary);
  }
  wasm_store_delete(store);
  wasm_engine_delete(engine);
  return good;
}

static void fail_each_allocation(void) {
  host_test = "fail_each_allocation";
  Bytes bytes = host_read("wasm_c_api_host");
  wasm_config_t* config = wasm_config_new();
  MemAllocOption option;
  memset(&option, 0, sizeof option);
  option.allocator.malloc_func = (void*)failing_malloc;
  option.allocator.realloc_func = (void*)failing_realloc;
  option.allocator.free_func = (void*)host_free;
  wasm_config_set_mem_alloc_opt(config, Alloc_With_Allocator, &option);
  bool good = false;
  for (long at = 0; !good && at < 10000; ++at) {
    allocations_left = at;
    host_blocks = finalized = 0;
    good = session(config, bytes);
    CHECK(!good || finalized == 1);
    if (!CHECK_EQ(host_blocks, 0)) fprintf(stderr, "after failure %ld\n", at);
  }
  CHECK(good);
  wasm_config_delete(config);
  free(bytes.data);
}

static void in_a_block(void) {
  static _Alignas(16) char block[1 << 20];
  host_test = "in_a_block";
  Bytes bytes = host_read("wasm_c_api_host");
  wasm_config_t* config = wasm_config_new();
  MemAllocOption option;
  memset(&option, 0, sizeof option);
  option.pool.heap_buf = block;
  option.pool.heap_size = sizeof block;
  wasm_config_set_mem_alloc_opt(config, Alloc_With_Pool, &option);
  CHECK(session(config, bytes));
  wasm_config_delete(config);
  free(bytes.data);
}

int main(void) {
  wasm_runtime_set_log_level(WASM_LOG_LEVEL_FATAL);
  fail_each_allocation();
  in_a_block();
  return host_result();
}
