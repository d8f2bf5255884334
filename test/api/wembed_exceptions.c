/* Exceptions at the C border: tags of the host's, throwing, reading and clearing what is pending.
 */
#include "host.h"
#include "wembed.h"

typedef struct Guest Guest;
/* What the guest's host function does. */
typedef bool (*Act)(Guest* guest, wasm_exec_env_t env, uint64_t* slots);

struct Guest {
  Bytes bytes;
  wasm_module_t module;
  wasm_module_inst_t instance;
  wasm_exec_env_t env;
  wembed_tag_t given; /* i32, i64 */
  wembed_tag_t own;   /* i32, f64 */
  Act act;
  wembed_exception_t kept;
};

static const wasm_valkind_t kGiven[] = {WASM_I32, WASM_I64};

static bool call_act(wasm_exec_env_t env, void* data, uint64_t* slots) {
  Guest* guest = (Guest*)data;
  return guest->act(guest, env, slots);
}

static uint32_t export_of(wasm_module_t module, const char* name) {
  wembed_extern_type_t type;
  uint32_t i = 0;
  while (wembed_module_export(module, i, &type) &&
         (type.name_length != strlen(name) || memcmp(type.name, name, type.name_length) != 0)) {
    ++i;
  }
  return i;
}

static wasm_module_t load(Guest* guest, uint64_t features_off, wembed_error_t* error) {
  guest->bytes = host_read("throwing");
  wembed_source_t source = {.size = sizeof source,
                            .ownership = WEMBED_BYTES_BORROW,
                            .bytes = guest->bytes.data,
                            .length = guest->bytes.size,
                            .features_off = features_off};
  return wembed_load(NULL, &source, error);
}

static bool open_with(Guest* guest, uint32_t source) {
  memset(guest, 0, sizeof *guest);
  wembed_error_t error;
  guest->module = load(guest, 0, &error);
  if (!CHECK(guest->module != NULL)) return false;
  guest->given = wembed_tag_new(NULL, kGiven, 2);
  wembed_import_t imports[2] = {{.source = source, .callback = call_act, .data = guest},
                                {.source = WEMBED_IMPORT_TAG, .data = guest->given}};
  wembed_instantiate_options_t options = {
      .size = sizeof options, .strict = true, .imports = imports, .import_count = 2};
  guest->instance = wembed_instantiate(guest->module, &options, &error);
  if (!CHECK(guest->instance != NULL)) return false;
  guest->env = wasm_runtime_get_exec_env_singleton(guest->instance);
  guest->own = wembed_instance_tag(guest->instance, export_of(guest->module, "own"));
  return CHECK(guest->env != NULL && guest->own != NULL);
}

static bool open_guest(Guest* guest) { return open_with(guest, WEMBED_IMPORT_CALLBACK); }

static void close_guest(Guest* guest) {
  if (guest->instance != NULL) wasm_runtime_deinstantiate(guest->instance);
  if (guest->module != NULL) wasm_runtime_unload(guest->module);
  wembed_exception_release(guest->kept);
  wembed_tag_release(guest->own);
  wembed_tag_release(guest->given);
  free(guest->bytes.data);
}

/* False: it failed. */
static bool call(Guest* guest, const char* name, int32_t argument, int32_t* result) {
  uint64_t slots[1] = {(uint32_t)argument};
  wasm_function_inst_t function = wasm_runtime_lookup_function(guest->instance, name);
  if (!wembed_call(guest->env, function, slots, NULL)) return false;
  if (result != NULL) *result = (int32_t)slots[0];
  return true;
}

static double number(uint64_t slot) {
  double value;
  memcpy(&value, &slot, sizeof value);
  return value;
}

/* ---- what nobody catches ----------------------------------------------------------------- */

TEST(an_uncaught_exception_is_an_error_with_values) {
  Guest guest;
  if (open_guest(&guest)) {
    CHECK(!call(&guest, "throw_own", 7, NULL));
    CHECK_TEXT(wasm_runtime_get_exception(guest.instance), "Exception: uncaught wasm exception");
    wembed_error_t error;
    CHECK(wembed_get_error(guest.instance, &error));
    CHECK_EQ(error.kind, WEMBED_ERROR_TRAP);
    CHECK_TEXT(error.code, "Exception");
    CHECK_TEXT(error.message, "uncaught wasm exception: own(i32 7, f64 2.5)");
    CHECK_TEXT(error.function_name, "throw_own");
    CHECK(error.offset != UINT64_MAX);
    wembed_exception_t exception = wembed_get_exception(guest.instance);
    if (CHECK(exception != NULL)) {
      CHECK(wembed_exception_tag(exception) == guest.own);
      uint64_t slots[3] = {0, 0, 77};
      CHECK_EQ(wembed_exception_values(exception, slots, 3), 2);
      CHECK_EQ((uint32_t)slots[0], 7);
      CHECK(number(slots[1]) == 2.5);
      CHECK_EQ(slots[2], 77);
      CHECK_EQ(wembed_exception_values(exception, slots, 0), 2);
      char text[8];
      CHECK_EQ(wembed_exception_text(guest.instance, exception, text, sizeof text), 19);
      CHECK_TEXT(text, "own(i32");
    }
    wasm_runtime_clear_exception(guest.instance);
    CHECK(wembed_get_exception(guest.instance) == NULL);
    wembed_exception_release(exception);
    CHECK(!call(&guest, "throw_given", 8, NULL));
    wembed_get_error(guest.instance, &error);
    CHECK_TEXT(error.message, "uncaught wasm exception: given(i32 8, i64 -3)");
    wasm_runtime_clear_exception(guest.instance);
    CHECK(!call(&guest, "throw_empty", 0, NULL));
    wembed_get_error(guest.instance, &error);
    CHECK_TEXT(error.message, "uncaught wasm exception: empty()");
    /* Another takes its place. */
    wasm_runtime_set_exception(guest.instance, "other");
    CHECK(wembed_get_exception(guest.instance) == NULL);
    wasm_runtime_clear_exception(guest.instance);
  }
  close_guest(&guest);
}

/* ---- throwing from native functions ------------------------------------------------------ */

static bool throw_given(Guest* guest, wasm_exec_env_t env, uint64_t* slots) {
  uint64_t values[2] = {slots[0], 30};
  return CHECK(wembed_throw(env, guest->given, values));
}

static bool throw_own(Guest* guest, wasm_exec_env_t env, uint64_t* slots) {
  uint64_t values[2] = {slots[0], 0};
  CHECK(wembed_throw(env, guest->own, values));
  return false;
}

TEST(guests_catch_what_natives_throw) {
  Guest guest;
  if (open_guest(&guest)) {
    int32_t result = 0;
    guest.act = throw_given;
    CHECK(call(&guest, "catch_given", 4, &result));
    CHECK_EQ(result, 34);
    guest.act = throw_own;
    CHECK(call(&guest, "catch_given", 4, &result));
    CHECK_EQ(result, -1);
    CHECK(call(&guest, "catch_own", 5, &result));
    CHECK_EQ(result, 105);
    CHECK(wasm_runtime_get_exception(guest.instance) == NULL);
    /* The native function was left; it is no frame of what comes later. */
    CHECK(!call(&guest, "throw_own", 1, NULL));
    uint32_t frames = 0;
    CHECK_EQ(wembed_trap_frame_count(guest.instance, &frames), 1);
    wasm_runtime_clear_exception(guest.instance);
    /* Nobody catches it: the native function is the innermost frame. */
    CHECK(!call(&guest, "call_host", 6, NULL));
    wembed_error_t error;
    wembed_get_error(guest.instance, &error);
    CHECK_TEXT(error.message, "uncaught wasm exception: own(i32 6, f64 0)");
    wembed_frame_t frame;
    uint32_t total = 0;
    CHECK_EQ(wembed_trap_frame_count(guest.instance, &total), 2);
    CHECK(wembed_trap_frame(guest.instance, 1, &frame));
    CHECK_EQ(frame.function_name_length, strlen("call_host"));
    wasm_runtime_clear_exception(guest.instance);
  }
  close_guest(&guest);
}

/* ---- natives between two calls ----------------------------------------------------------- */

static bool let_pass(Guest* guest, wasm_exec_env_t env, uint64_t* slots) {
  wasm_function_inst_t function = wasm_runtime_lookup_function(guest->instance, "throw_own");
  CHECK(!wembed_call(env, function, slots, NULL));
  return false;
}

static bool clear_it(Guest* guest, wasm_exec_env_t env, uint64_t* slots) {
  CHECK(!let_pass(guest, env, slots));
  guest->kept = wembed_get_exception(guest->instance);
  uint64_t values[2];
  wembed_exception_values(guest->kept, values, 2);
  wasm_runtime_clear_exception(guest->instance);
  slots[0] = (uint32_t)values[0] * 2;
  return true;
}

static bool throw_kept(Guest* guest, wasm_exec_env_t env, uint64_t* slots) {
  (void)slots;
  return CHECK(wembed_throw_again(env, guest->kept));
}

TEST(natives_see_what_is_pending_and_may_clear_it) {
  Guest guest;
  if (open_guest(&guest)) {
    int32_t result = 0;
    guest.act = let_pass;
    CHECK(call(&guest, "catch_own", 5, &result));
    CHECK_EQ(result, 105);
    CHECK(call(&guest, "catch_given", 5, &result));
    CHECK_EQ(result, -1);
    guest.act = clear_it;
    CHECK(call(&guest, "catch_own", 21, &result));
    CHECK_EQ(result, 42);
    /* What was kept is thrown later, by another call. */
    guest.act = throw_kept;
    CHECK(call(&guest, "catch_own", 0, &result));
    CHECK_EQ(result, 121);
    CHECK(!call(&guest, "call_host", 0, NULL));
    wembed_exception_t exception = wembed_get_exception(guest.instance);
    CHECK(exception == guest.kept);
    wembed_exception_release(exception);
  }
  close_guest(&guest);
}

TEST(deferred_functions_throw_too) {
  Guest guest;
  if (open_with(&guest, WEMBED_IMPORT_DEFERRED)) {
    for (int round = 0; round < 2; ++round) {
      uint64_t slots[2] = {9};
      wembed_host_call_t host = {.size = sizeof host};
      wasm_function_inst_t function = wasm_runtime_lookup_function(guest.instance, "catch_given");
      CHECK_EQ(wembed_call_start(guest.env, function, slots, NULL, &host), WEMBED_CALL_WAITING);
      uint64_t values[2] = {round == 0 ? 50 : 60, 1};
      CHECK(wembed_throw(guest.env, round == 0 ? guest.given : guest.own, values));
      CHECK_EQ(wembed_call_resume(guest.env, round == 1, slots, &host), WEMBED_CALL_DONE);
      CHECK_EQ((int32_t)slots[0], round == 0 ? 51 : -1);
    }
  }
  close_guest(&guest);
}

TEST(a_way_back_that_is_refused_forgets_what_was_thrown) {
  Guest guest;
  if (open_with(&guest, WEMBED_IMPORT_DEFERRED)) {
    uint64_t slots[2] = {9};
    wembed_host_call_t host = {.size = sizeof host};
    wasm_function_inst_t function = wasm_runtime_lookup_function(guest.instance, "catch_given");
    CHECK_EQ(wembed_call_start(guest.env, function, slots, NULL, &host), WEMBED_CALL_WAITING);
    const uint64_t values[2] = {50, 1};
    CHECK(wembed_throw(guest.env, guest.given, values));
    wasm_runtime_set_native_stack_boundary(guest.env, (uint8_t*)&guest);
    CHECK_EQ(wembed_call_resume(guest.env, false, slots, &host), WEMBED_CALL_FAILED);
    CHECK_TEXT(wasm_runtime_get_exception(guest.instance), "Exception: native stack overflow");
    wasm_runtime_clear_exception(guest.instance);
    wasm_runtime_set_native_stack_boundary(guest.env, NULL);
    slots[0] = 9;
    CHECK_EQ(wembed_call_start(guest.env, function, slots, NULL, &host), WEMBED_CALL_WAITING);
    host.slots[0] = 33;
    CHECK_EQ(wembed_call_resume(guest.env, true, slots, &host), WEMBED_CALL_DONE);
    CHECK_EQ((int32_t)slots[0], 33);
  }
  close_guest(&guest);
}

/* ---- lifetimes --------------------------------------------------------------------------- */

TEST(exceptions_and_tags_outlast_their_instance) {
  Guest guest;
  if (open_guest(&guest)) {
    CHECK(!call(&guest, "throw_own", 11, NULL));
    guest.kept = wembed_get_exception(guest.instance);
    wasm_runtime_deinstantiate(guest.instance);
    guest.instance = NULL;
    uint64_t slots[2];
    CHECK_EQ(wembed_exception_values(guest.kept, slots, 2), 2);
    CHECK_EQ((uint32_t)slots[0], 11);
    CHECK_EQ(wasm_func_type_get_param_count(wembed_tag_type(guest.own)), 2);
    CHECK_EQ(wasm_func_type_get_param_valkind(wembed_tag_type(guest.own), 1), WASM_F64);
  }
  close_guest(&guest);
}

TEST(many_exceptions_leave_nothing) {
  Guest guest;
  if (open_guest(&guest)) {
    int32_t result = 0;
    CHECK(call(&guest, "throw_many", 10, &result));
    CHECK_EQ(result, 55 + 1);
    const int before = host_blocks;
    CHECK(call(&guest, "throw_many", 1000, &result));
    const int some = host_blocks;
    CHECK(call(&guest, "throw_many", 1000000, &result)); /* nothing of the native stack either */
    CHECK(some - before < 1000);
    CHECK(host_blocks - before < 1000);
  }
  close_guest(&guest);
}

TEST(a_reset_forgets_what_is_pending) {
  Guest guest;
  if (open_guest(&guest)) {
    CHECK(!call(&guest, "throw_own", 1, NULL));
    wembed_error_t error;
    CHECK(wembed_instance_reset(guest.instance, NULL, &error));
    CHECK(wasm_runtime_get_exception(guest.instance) == NULL);
    CHECK(wembed_get_exception(guest.instance) == NULL);
    CHECK(!wembed_get_error(guest.instance, &error));
    CHECK(!call(&guest, "throw_given", 1, NULL));
    wembed_get_error(guest.instance, &error);
    CHECK_TEXT(error.message, "uncaught wasm exception: given(i32 1, i64 -3)");
  }
  close_guest(&guest);
}

/* ---- what makes no sense ----------------------------------------------------------------- */

static bool throw_wrongly(Guest* guest, wasm_exec_env_t env, uint64_t* slots) {
  CHECK(!wembed_throw(env, NULL, slots));
  CHECK(!wembed_throw(env, guest->given, NULL));
  CHECK(!wembed_throw(NULL, guest->given, slots));
  CHECK(!wembed_throw_again(env, NULL));
  wembed_config_t config = {.size = sizeof config, .mem_alloc_type = Alloc_With_System_Allocator};
  wembed_runtime_t other = wembed_runtime_new(&config, NULL);
  wembed_tag_t foreign = wembed_tag_new(other, kGiven, 2);
  CHECK(foreign != NULL);
  uint64_t values[2] = {1, 2};
  CHECK(!wembed_throw(env, foreign, values));
  wembed_tag_release(foreign);
  wembed_runtime_delete(other);
  CHECK(wasm_runtime_get_exception(guest->instance) == NULL);
  slots[0] = 3;
  return true;
}

TEST(misuse_is_refused) {
  Guest guest;
  if (open_guest(&guest)) {
    const wasm_valkind_t wrong[] = {WASM_I32, 33};
    CHECK(wembed_tag_new(NULL, wrong, 2) == NULL);
    CHECK(wembed_tag_new(NULL, NULL, 1) == NULL);
    CHECK(wembed_tag_new(NULL, wrong, 1001) == NULL);
    CHECK(wembed_instance_tag(NULL, 0) == NULL);
    CHECK(wembed_instance_tag(guest.instance, 1000) == NULL);
    CHECK(wembed_instance_tag(guest.instance, export_of(guest.module, "throw_own")) == NULL);
    CHECK(wembed_tag_type(NULL) == NULL);
    CHECK(wembed_get_exception(NULL) == NULL);
    CHECK(wembed_get_exception(guest.instance) == NULL);
    CHECK(wembed_exception_tag(NULL) == NULL);
    CHECK_EQ(wembed_exception_values(NULL, NULL, 0), 0);
    CHECK_EQ(wembed_exception_text(guest.instance, NULL, NULL, 0), 0);
    wembed_tag_release(NULL);
    wembed_exception_release(NULL);
    /* Nothing of the host's runs. */
    uint64_t values[2] = {1, 2};
    CHECK(!wembed_throw(guest.env, guest.given, values));
    int32_t result = 0;
    guest.act = throw_wrongly;
    CHECK(call(&guest, "call_host", 0, &result));
    CHECK_EQ(result, 3);
    CHECK(call(&guest, "catch_given", 0, &result));
    CHECK_EQ(result, 3);
  }
  close_guest(&guest);
}

TEST(tags_are_matched_by_identity_and_type) {
  Guest guest;
  if (open_guest(&guest)) {
    const wasm_valkind_t other[] = {WASM_I64, WASM_I32};
    wembed_tag_t tags[3] = {NULL, wembed_tag_new(NULL, other, 2), wembed_tag_new(NULL, kGiven, 2)};
    const char* wanted[3] = {
        "import \"env\" \"given\": wanted tag (i32, i64), got no tag",
        "import \"env\" \"given\": wanted tag (i32, i64), got tag (i64, i32)",
    };
    for (int i = 0; i < 3; ++i) {
      wembed_import_t imports[2] = {
          {.source = WEMBED_IMPORT_CALLBACK, .callback = call_act, .data = &guest},
          {.source = WEMBED_IMPORT_TAG, .data = tags[i]}};
      wembed_instantiate_options_t options = {
          .size = sizeof options, .strict = true, .imports = imports, .import_count = 2};
      wembed_error_t error;
      wasm_module_inst_t instance = wembed_instantiate(guest.module, &options, &error);
      CHECK_EQ(instance != NULL, i == 2);
      if (instance == NULL) {
        CHECK_EQ(error.kind, WEMBED_ERROR_LINK);
        CHECK_TEXT(error.message, wanted[i]);
      } else {
        wasm_runtime_deinstantiate(instance);
      }
      wembed_tag_release(tags[i]);
    }
    wembed_import_t exported[2] = {
        {.source = WEMBED_IMPORT_CALLBACK, .callback = call_act, .data = &guest},
        {.source = WEMBED_IMPORT_EXPORT,
         .instance = guest.instance,
         .export_index = export_of(guest.module, "own")}};
    wembed_instantiate_options_t options = {
        .size = sizeof options, .strict = true, .imports = exported, .import_count = 2};
    wembed_error_t error;
    CHECK(wembed_instantiate(guest.module, &options, &error) == NULL);
    CHECK_TEXT(error.message,
               "import \"env\" \"given\": wanted tag (i32, i64), got tag (i32, f64)");
  }
  close_guest(&guest);
}

TEST(each_form_can_be_switched_off) {
  Guest guest = {0};
  wembed_error_t error;
  CHECK(load(&guest, WEMBED_FEATURE_LEGACY_EXCEPTIONS, &error) == NULL);
  CHECK_TEXT(error.message,
             "unsupported opcode 06; the module needs legacy exception handling, which is switched "
             "off for this load");
  free(guest.bytes.data);
  CHECK(load(&guest, WEMBED_FEATURE_EXCEPTIONS, &error) == NULL);
  CHECK_TEXT(error.message,
             "unknown value type; the module needs exception handling, which is switched off for "
             "this load");
  free(guest.bytes.data);
}

int main(void) {
  RUN(an_uncaught_exception_is_an_error_with_values);
  RUN(guests_catch_what_natives_throw);
  RUN(natives_see_what_is_pending_and_may_clear_it);
  RUN(deferred_functions_throw_too);
  RUN(a_way_back_that_is_refused_forgets_what_was_thrown);
  RUN(exceptions_and_tags_outlast_their_instance);
  RUN(many_exceptions_leave_nothing);
  RUN(a_reset_forgets_what_is_pending);
  RUN(misuse_is_refused);
  RUN(tags_are_matched_by_identity_and_type);
  RUN(each_form_can_be_switched_off);
  return host_result();
}
