/* The standard C API: traps of the guest, with the frames they came through. */
#include "objects.h"

static void divide(Objects* all, int32_t a, int32_t b) {
  wasm_val_t args[2] = {WASM_I32_VAL(a), WASM_I32_VAL(b)}, results[1];
  call(function_of(all, "divide"), "divide", args, results);
}

static void show_frames(Objects* all) {
  wasm_val_t values[2] = {WASM_I32_VAL(1), WASM_I32_VAL(0)}, results_data[1];
  wasm_val_vec_t args = WASM_ARRAY_VEC(values), results = WASM_ARRAY_VEC(results_data);
  wasm_trap_t* trap = wasm_func_call(function_of(all, "divide"), &args, &results);
  if (trap == NULL) quit("no trap");
  wasm_frame_vec_t frames;
  wasm_trap_trace(trap, &frames);
  for (size_t i = 0; i < frames.num_elems; i++) {
    printf("frame %u: function %u, %s\n", (unsigned)i,
           (unsigned)wasm_frame_func_index(frames.data[i]),
           wasm_frame_module_offset(frames.data[i]) > 0 ? "at a known place" : "somewhere");
  }
  wasm_frame_vec_delete(&frames);
  wasm_frame_t* origin = wasm_trap_origin(trap);
  printf("it began in function %u\n", (unsigned)wasm_frame_func_index(origin));
  wasm_frame_delete(origin);
  wasm_trap_delete(trap);
}

int main(void) {
  Objects all = start_objects();
  divide(&all, 84, 2);
  divide(&all, 1, 0);
  divide(&all, INT32_MIN, -1);
  show_frames(&all);
  divide(&all, 84, -2); /* a trap spoils nothing */
  end_objects(&all);
  return 0;
}
