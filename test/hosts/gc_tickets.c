/* Values of the host as externrefs with finalizers: what a guest lets go of is closed. */
#include "gc_export.h"
#include "program.h"

typedef struct Ticket {
  int32_t number;
  bool is_open;
} Ticket;

enum { kMost = 4096 };
static Ticket tickets[kMost];
static uint32_t opened, closed;

static void close_ticket(const wasm_obj_t object, void* data) {
  Ticket* ticket = data;
  if (wasm_externref_obj_get_value((wasm_externref_obj_t)object) != ticket || !ticket->is_open) {
    printf("closed wrongly: %d\n", ticket->number);
  }
  ticket->is_open = false;
  closed++;
}

static wasm_externref_obj_t open_ticket(wasm_exec_env_t env, int32_t number) {
  if (opened == kMost) quit("too many tickets");
  Ticket* ticket = &tickets[opened++];
  *ticket = (Ticket){number, true};
  wasm_externref_obj_t object = wasm_externref_obj_new(env, ticket);
  if (!wasm_obj_set_gc_finalizer(env, (wasm_obj_t)object, close_ticket, ticket)) quit("no memory");
  return object;
}

static int32_t number_of(wasm_exec_env_t env, wasm_externref_obj_t object) {
  if (object == NULL) {
    wasm_runtime_set_exception(wasm_runtime_get_module_inst(env), "no ticket");
    return 0;
  }
  const Ticket* ticket = wasm_externref_obj_get_value(object);
  return ticket->is_open ? ticket->number : -1000000;
}

/* Opens and forgets so many that those nobody has are closed. */
static void use(Program* program, uint32_t count) {
  const uint32_t before = closed;
  uint32_t cells[1] = {count};
  if (call(program, "use", 1, cells)) {
    printf("used %u, in all %u; closed most of them: %s\n", count, cells[0],
           closed - before >= count / 2 ? "yes" : "no");
  }
}

static void kept(Program* program) {
  uint32_t cells[1] = {0};
  if (call(program, "kept", 0, cells)) printf("kept are %u\n", cells[0]);
}

int main(void) {
  static NativeSymbol natives[] = {{"open", (void*)open_ticket, "(i)r", NULL},
                                   {"number", (void*)number_of, "(r)i", NULL}};
  start_runtime(natives, 2);
  Program program = start_program("hosts_tickets", 0);
  uint32_t cells[1] = {100};
  call(&program, "keep", 1, cells);
  kept(&program);
  use(&program, 1000);
  kept(&program);

  call(&program, "drop_first", 0, cells);
  use(&program, 1000);
  printf("ticket 100 is %s, 101 is %s, 102 is %s\n", tickets[0].is_open ? "open" : "closed",
         tickets[1].is_open ? "open" : "closed", tickets[2].is_open ? "open" : "closed");

  /* The host has one of the two that are left, in either hierarchy. */
  wasm_local_obj_ref_t mine;
  wasm_runtime_push_local_obj_ref(program.env, &mine);
  mine.val = (wasm_obj_t)wasm_anyref_obj_new(program.env, &tickets[1]);
  call(&program, "drop_all", 0, cells);
  use(&program, 1000);
  printf("ticket 101 is %s, 102 is %s\n", tickets[1].is_open ? "open" : "closed",
         tickets[2].is_open ? "open" : "closed");
  wasm_runtime_pop_local_obj_ref(program.env);
  call(&program, "null", 0, cells);

  end_program(&program);
  wasm_runtime_destroy();
  printf("opened %u, closed %u\n", opened, closed);
  return 0;
}
