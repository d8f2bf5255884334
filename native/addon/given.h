// What lib/ gives, read without running JavaScript. What is of another kind reads as 0, false or
// undefined. So does all that is in objects when a worker is being terminated: Node-API refuses
// then, and for node-addon-api's own conversions the empty value that comes of it is fatal.
#pragma once

#include <cstdint>

#include "addon/napi_setup.h"

namespace wembed::addon {

inline int64_t whole_of(const Napi::Value& value) {
  int64_t number = 0;
  napi_get_value_int64(value.Env(), value, &number);
  return number;
}

inline uint32_t index_of(const Napi::Value& value) {
  return static_cast<uint32_t>(whole_of(value));
}

inline double number_of(const Napi::Value& value) {
  double number = 0;
  napi_get_value_double(value.Env(), value, &number);
  return number;
}

inline bool flag_of(const Napi::Value& value) {
  napi_value flag = nullptr;
  bool set = false;
  if (napi_coerce_to_bool(value.Env(), value, &flag) != napi_ok) return false;
  napi_get_value_bool(value.Env(), flag, &set);
  return set;
}

inline Napi::Value property_of(const Napi::Object& object, const char* key) {
  napi_value value = nullptr;
  if (napi_get_named_property(object.Env(), object, key, &value) != napi_ok) {
    return object.Env().Undefined();
  }
  return {object.Env(), value};
}

inline Napi::Value element_of(const Napi::Array& array, uint32_t index) {
  napi_value value = nullptr;
  if (napi_get_element(array.Env(), array, index, &value) != napi_ok) {
    return array.Env().Undefined();
  }
  return {array.Env(), value};
}

}  // namespace wembed::addon
