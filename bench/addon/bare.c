// What Node-API takes by itself: functions that do nothing, and pass on what they call.
#include <node_api.h>

// nothing()
static napi_value nothing(napi_env env, napi_callback_info info) {
  (void)env;
  (void)info;
  return NULL;
}

// pass(callback): calls it. What it throws is left pending, and so goes on.
static napi_value pass(napi_env env, napi_callback_info info) {
  size_t count = 1;
  napi_value callback = NULL, self = NULL, result = NULL;
  napi_get_cb_info(env, info, &count, &callback, NULL, NULL);
  napi_get_undefined(env, &self);
  napi_call_function(env, self, callback, 0, NULL, &result);
  return result;
}

NAPI_MODULE_INIT() {
  napi_value function = NULL;
  napi_create_function(env, "nothing", NAPI_AUTO_LENGTH, nothing, NULL, &function);
  napi_set_named_property(env, exports, "nothing", function);
  napi_create_function(env, "pass", NAPI_AUTO_LENGTH, pass, NULL, &function);
  napi_set_named_property(env, exports, "pass", function);
  return exports;
}
