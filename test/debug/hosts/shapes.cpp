// The same of ../shapes.cpp: references, templates, methods, enums of one byte, by shapes_cpp.h.
#include "shapes_cpp.h"

#include "host.h"

namespace {

template <class T> T* native(shapes_t& app, uint32_t at) {
  return static_cast<T*>(wasm_runtime_addr_app_to_native(app.instance, at));
}

void call_all(shapes_t& app) {
  const shapes_geometry_vec_float a{1, 2}, b{3, 4};
  shapes_at_geometry_vec_float at{static_cast<uint32_t>(shapes_copy(&app, &a, sizeof a))};
  float product = 0;
  CHECK(shapes_dot(&app, at, &b, &product) && product == 11);
  const shapes_geometry_vec_double wide{5, 6};
  shapes_at_geometry_vec_double wide_at{
      static_cast<uint32_t>(shapes_copy(&app, &wide, sizeof wide))};
  double wide_product = 0;
  CHECK(shapes_dot64(&app, wide_at, wide_at, &wide_product) && wide_product == 61);
  shapes_geometry_mode mode = 0;
  CHECK(shapes_next_mode(&app, shapes_geometry_mode_fast, &mode));
  CHECK(mode == shapes_geometry_mode_exact);
  shapes_at_geometry_derived derived{};
  CHECK(shapes_first_derived(&app, &derived) && derived.at != 0);
  const auto* object = native<shapes_geometry_derived>(app, derived.at);
  CHECK(object->base.id == 4 && object->at.y == 2);
  CHECK(shapes__ZN8geometry5scaleERNS_3vecIfEEf(&app, at, 3));
  CHECK(native<shapes_geometry_vec_float>(app, at.at)->y == 6);
  const shapes_geometry_counter five{5};
  shapes_at_geometry_counter counter{static_cast<uint32_t>(shapes_copy(&app, &five, sizeof five))};
  int32_t value = 0;
  CHECK(shapes_counter_add(&app, counter, 2, &value) && value == 7);
}

}  // namespace

int main(int argc, char** argv) {
  need(wasm_runtime_init(), "no runtime");
  wasm_exec_env_t env = open_guest(argc > 1 ? argv[1] : nullptr);
  shapes_t app;
  wembed_error_t error;
  if (!shapes_open(&app, env, &error)) return misfit(&error);
  call_all(app);
  return report(env);
}
