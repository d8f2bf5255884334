/* Structures and arrays that the host makes, a guest works on and the host reads, by gc_export.h.
 */
#include "gc_export.h"
#include "program.h"

/* Numbers of the guest's types. */
enum { kText, kBook, kShelf };
enum { kTitle, kPrice, kRank };

static void print_text(wasm_array_obj_t text) {
  printf("%.*s", (int)wasm_array_obj_length(text), (char*)wasm_array_obj_first_elem_addr(text));
}

static void say(wasm_exec_env_t env, wasm_obj_t text, int32_t price) {
  (void)env;
  print_text((wasm_array_obj_t)text);
  printf(" for %d\n", price);
}

static wasm_array_obj_t new_text(wasm_exec_env_t env, const char* text) {
  wasm_array_obj_t made = wasm_array_obj_new_with_typeidx(env, kText, (uint32_t)strlen(text), NULL);
  if (made == NULL) quit("no text");
  memcpy(wasm_array_obj_first_elem_addr(made), text, strlen(text));
  return made;
}

/* A new book is kept as the last object that was made; its title needs a place until it has one. */
static wasm_struct_obj_t new_book(wasm_exec_env_t env, const char* title, int32_t price) {
  wasm_local_obj_ref_t text;
  wasm_runtime_push_local_obj_ref(env, &text);
  text.val = (wasm_obj_t)new_text(env, title);
  wasm_struct_obj_t book = wasm_struct_obj_new_with_typeidx(env, kBook);
  if (book == NULL) quit("no book");
  wasm_value_t value = {.gc_obj = text.val};
  wasm_struct_obj_set_field(book, kTitle, &value);
  value.i32 = price;
  wasm_struct_obj_set_field(book, kPrice, &value);
  wasm_runtime_pop_local_obj_ref(env);
  return book;
}

static const char* type_name(wasm_ref_type_t type) {
  static char text[32];
  switch (type.value_type) {
    case VALUE_TYPE_I32: return "i32";
    case VALUE_TYPE_I8: return "i8";
    case VALUE_TYPE_HT_NULLABLE_REF:
      snprintf(text, sizeof text, "(ref null %d)", type.heap_type);
      return text;
    default: return "?";
  }
}

static void show_types(wasm_module_t module) {
  for (uint32_t i = 0; i <= kShelf; i++) {
    wasm_defined_type_t type = wasm_get_defined_type(module, i);
    bool is_mutable;
    if (wasm_defined_type_is_array_type(type)) {
      wasm_ref_type_t element = wasm_array_type_get_elem_type((wasm_array_type_t)type, &is_mutable);
      printf("type %u: array of %s%s\n", i, is_mutable ? "mutable " : "", type_name(element));
      continue;
    }
    printf("type %u: struct of", i);
    wasm_struct_type_t structure = (wasm_struct_type_t)type;
    for (uint32_t k = 0; k < wasm_struct_type_get_field_count(structure); k++) {
      printf(" %s", type_name(wasm_struct_type_get_field_type(structure, k, NULL)));
    }
    printf("\n");
  }
}

int main(void) {
  static NativeSymbol natives[] = {{"say", (void*)say, "(ri)", NULL}};
  start_runtime(natives, 1);
  Program program = start_program("hosts_books", 0);
  show_types(program.module);

  static const struct {
    const char* title;
    int32_t price;
  } books[] = {{"Snow", 12}, {"The Castle", 30}, {"Emma", 7}, {"Ulysses", 41}, {"Mort", 9}};
  const uint32_t count = sizeof books / sizeof books[0];
  wasm_local_obj_ref_t shelf;
  wasm_runtime_push_local_obj_ref(program.env, &shelf);
  shelf.val = (wasm_obj_t)wasm_array_obj_new_with_typeidx(program.env, kShelf, count, NULL);
  for (uint32_t i = 0; i < count; i++) {
    /* Drafts that nobody keeps. */
    for (int draft = 0; draft < 2000; draft++) new_book(program.env, "?", draft);
    wasm_value_t book = {.gc_obj =
                             (wasm_obj_t)new_book(program.env, books[i].title, books[i].price)};
    wasm_array_obj_set_elem((wasm_array_obj_t)shelf.val, i, &book);
  }
  uint32_t cells[2];
  memcpy(cells, &shelf.val, sizeof cells);
  if (call(&program, "total", 2, cells)) printf("all for %u\n", cells[0]);
  memcpy(cells, &shelf.val, sizeof cells);
  call(&program, "sort", 2, cells);
  memcpy(cells, &shelf.val, sizeof cells);
  call(&program, "list", 2, cells);

  memcpy(cells, &shelf.val, sizeof cells);
  if (call(&program, "dearest", 2, cells)) {
    wasm_struct_obj_t book;
    memcpy(&book, cells, sizeof book);
    wasm_value_t title, rank;
    wasm_struct_obj_get_field(book, kTitle, false, &title);
    wasm_struct_obj_get_field(book, kRank, true, &rank);
    printf("the dearest: ");
    print_text((wasm_array_obj_t)title.gc_obj);
    printf(", %d from the end\n", -rank.i32);
  }
  /* A shelf of one book, and a place that has none. */
  wasm_value_t none = {.gc_obj = NULL};
  wasm_array_obj_set_elem((wasm_array_obj_t)shelf.val, 2, &none);
  memcpy(cells, &shelf.val, sizeof cells);
  call(&program, "total", 2, cells);
  wasm_runtime_pop_local_obj_ref(program.env);
  end_program(&program);
  wasm_runtime_destroy();
  return 0;
}
