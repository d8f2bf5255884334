// wasm_c_api.h: vectors. Five members, of which `num_elems` says how many elements there are.
#include <cstring>

#include "wasm_c_api.h"
#include "wasm_c_api/memory.h"

using namespace wembed::c_api;

namespace {

template <class Vec> void make_empty(Vec* out) {
  if (out != nullptr) *out = {};
}

// Room for `count` elements, cleared, of which none is there yet. False: no memory; `out` is empty.
template <class Vec> bool make_room(Vec* out, size_t count) {
  if (out == nullptr) return false;
  *out = {};
  if (count == 0) return true;
  if (count > SIZE_MAX / sizeof(*out->data)) return false;
  void* block = allocate(count * sizeof(*out->data));
  if (block == nullptr) return false;
  std::memset(block, 0, count * sizeof(*out->data));
  out->data = static_cast<decltype(out->data)>(block);
  out->size = count;
  out->size_of_elem = sizeof(*out->data);
  return true;
}

template <class Vec, class Element> void make_of(Vec* out, size_t count, const Element* elements) {
  if (!make_room(out, count) || count == 0 || elements == nullptr) return;
  std::memcpy(out->data, elements, count * sizeof(Element));
  out->num_elems = count;
}

template <class Vec> void free_data(Vec* vec) {
  free_block(vec->data);
  *vec = {};
}

// Deep; nothing is left of it when one element cannot be copied.
template <class Vec, class Copy, class Delete>
void copy_handles(Vec* out, const Vec* from, Copy copy, Delete drop) {
  make_empty(out);
  if (from == nullptr || !make_room(out, from->size)) return;
  for (; out->num_elems < from->num_elems; out->num_elems++) {
    if (from->data[out->num_elems] == nullptr) continue;
    auto* element = copy(from->data[out->num_elems]);
    if (element == nullptr) return drop(out);
    out->data[out->num_elems] = element;
  }
}

}  // namespace

#define VECTOR(name)                                                                       \
  void wasm_##name##_vec_new_empty(wasm_##name##_vec_t* out) { make_empty(out); }          \
  void wasm_##name##_vec_new_uninitialized(wasm_##name##_vec_t* out, size_t size) {        \
    make_room(out, size);                                                                  \
  }                                                                                        \
  void wasm_##name##_vec_new(wasm_##name##_vec_t* out, size_t size,                        \
                             wasm_##name##_t* const elements[]) {                          \
    make_of(out, size, elements);                                                          \
  }                                                                                        \
  void wasm_##name##_vec_copy(wasm_##name##_vec_t* out, const wasm_##name##_vec_t* from) { \
    copy_handles(out, from, wasm_##name##_copy, wasm_##name##_vec_delete);                 \
  }                                                                                        \
  void wasm_##name##_vec_delete(wasm_##name##_vec_t* vec) {                                \
    if (vec == nullptr) return;                                                            \
    for (size_t i = 0; i < vec->num_elems; i++) wasm_##name##_delete(vec->data[i]);        \
    free_data(vec);                                                                        \
  }
#include "wasm_c_api/vectors.def"
#undef VECTOR

void wasm_byte_vec_new_empty(wasm_byte_vec_t* out) { make_empty(out); }

void wasm_byte_vec_new_uninitialized(wasm_byte_vec_t* out, size_t size) { make_room(out, size); }

void wasm_byte_vec_new(wasm_byte_vec_t* out, size_t size, const wasm_byte_t bytes[]) {
  make_of(out, size, bytes);
}

void wasm_byte_vec_copy(wasm_byte_vec_t* out, const wasm_byte_vec_t* from) {
  // `size` counts here: hosts fill bytes by hand, and files' lengths are sizes.
  if (from == nullptr) return make_empty(out);
  make_of(out, from->size, from->data);
}

void wasm_byte_vec_delete(wasm_byte_vec_t* vec) {
  if (vec != nullptr) free_data(vec);
}

void wasm_val_vec_new_empty(wasm_val_vec_t* out) { make_empty(out); }

void wasm_val_vec_new_uninitialized(wasm_val_vec_t* out, size_t size) { make_room(out, size); }

void wasm_val_vec_new(wasm_val_vec_t* out, size_t size, const wasm_val_t values[]) {
  make_of(out, size, values);
}

void wasm_val_vec_copy(wasm_val_vec_t* out, const wasm_val_vec_t* from) {
  make_empty(out);
  if (from == nullptr || !make_room(out, from->size)) return;
  for (; out->num_elems < from->num_elems; out->num_elems++) {
    wasm_val_copy(&out->data[out->num_elems], &from->data[out->num_elems]);
  }
}

void wasm_val_vec_delete(wasm_val_vec_t* vec) {
  if (vec == nullptr) return;
  for (size_t i = 0; i < vec->num_elems; i++) wasm_val_delete(&vec->data[i]);
  free_data(vec);
}
