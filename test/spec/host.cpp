// The native side of the specification suite's runner: does what the lines on standard input say
// and answers each with one line on standard output. It judges nothing; run.ts compares.
//
// Words of a line are separated by blanks. Names and paths are "x" and their bytes in hex, "-" is
// an absent name, values are slots in hex. Answers: "ok" and values, or "error KIND CODE text".
#include <algorithm>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "interp/vector_form.h"
#include "jit/loop_engine.h"
#include "jit/opt/optimise.h"
#include "jit/tier.h"
#include "storage.h"
#include "tier/engine.h"
#include "tiers/engines.h"
#include "wembed.h"

namespace {

constexpr uint32_t kStackSize = 1024 * 1024;
constexpr uint64_t kHeapSize = 64 * 1024 * 1024;  // of objects, as in TypeScript

using Words = std::vector<std::string>;
using Name = std::optional<std::string>;

// A loaded module and its bytes, which it borrows: what is left of it after unloading (functions of
// an instance that failed live on in tables) must not need them.
struct Definition {
  wasm_module_t module = nullptr;
  std::vector<uint8_t> bytes;

  ~Definition() {
    if (module) wasm_runtime_unload(module);
    std::fill(bytes.begin(), bytes.end(), uint8_t{0xEE});
  }
};

// What one script sees: a store of its own.
struct Store {
  Storage storage;
  wembed_runtime_t runtime = nullptr;
  std::vector<std::unique_ptr<Definition>> definitions;
  std::vector<wasm_module_inst_t> instances;
  std::map<std::string, Definition*> named_definitions;
  std::map<std::string, wasm_module_inst_t> named_instances;
  // More than one instance can stand behind a name: spectest comes in parts.
  std::map<std::string, std::vector<wasm_module_inst_t>> registered;
  Definition* latest = nullptr;
  wasm_module_inst_t current = nullptr;
  bool metered = false;  // calls have a number of instructions, more than they need

  // Instances go in the order they were made, importers last, as the API allows.
  ~Store() {
    for (wasm_module_inst_t instance : instances) wasm_runtime_deinstantiate(instance);
    definitions.clear();
    if (runtime) wembed_runtime_delete(runtime);
  }
};

std::unique_ptr<Store> g_store;

void answer(const char* format, ...) __attribute__((format(printf, 1, 2)));
void answer(const char* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  std::vprintf(format, arguments);
  va_end(arguments);
  std::putchar('\n');
  std::fflush(stdout);
}

void answer_error(const wembed_error_t& error) {
  static constexpr const char* kKinds[] = {"none", "compile", "link", "trap", "resource", "usage"};
  std::string text = error.message;
  for (char& c : text) {
    if (c == '\n' || c == '\r') c = ' ';
  }
  answer("error %s %s %s", error.kind < 6 ? kKinds[error.kind] : "unknown",
         error.code[0] ? error.code : "-", text.c_str());
}

void answer_usage(const char* text) { answer("error usage - %s", text); }

Name decode_name(const std::string& word) {
  if (word == "-") return std::nullopt;
  std::string name;
  for (size_t i = 1; i + 1 < word.size(); i += 2) {
    name.push_back(static_cast<char>(std::stoi(word.substr(i, 2), nullptr, 16)));
  }
  return name;
}

bool read_file(const std::string& path, std::vector<uint8_t>& bytes) {
  std::FILE* file = std::fopen(path.c_str(), "rb");
  if (!file) return false;
  std::fseek(file, 0, SEEK_END);
  bytes.resize(static_cast<size_t>(std::ftell(file)));
  std::rewind(file);
  bool complete = std::fread(bytes.data(), 1, bytes.size(), file) == bytes.size();
  std::fclose(file);
  return complete;
}

std::unique_ptr<Definition> load(const std::string& path, wembed_error_t* error) {
  auto definition = std::make_unique<Definition>();
  std::memset(error, 0, sizeof *error);
  wembed_source_t source = {};
  if (!read_file(path, definition->bytes)) {
    error->kind = WEMBED_ERROR_USAGE;
    std::snprintf(error->message, sizeof error->message, "cannot read %s", path.c_str());
    return nullptr;
  }
  source.size = sizeof source;
  source.ownership = WEMBED_BYTES_BORROW;
  source.bytes = definition->bytes.data();
  source.length = definition->bytes.size();
  definition->module = wembed_load(g_store->runtime, &source, error);
  return definition->module ? std::move(definition) : nullptr;
}

std::string_view view(const char* text, uint32_t length) {
  return length == 0 ? std::string_view() : std::string_view(text, length);
}

bool find_export(wasm_module_inst_t instance, std::string_view name, uint32_t* index,
                 wembed_extern_type_t* type) {
  wasm_module_t module = wasm_runtime_get_module(instance);
  for (uint32_t i = 0; wembed_module_export(module, i, type); i++) {
    if (view(type->name, type->name_length) != name) continue;
    *index = i;
    return true;
  }
  return false;
}

bool print_nothing(wasm_exec_env_t, void*, uint64_t*) { return true; }

wembed_import_t resolve(const wembed_extern_type_t& wanted) {
  wembed_import_t import = {};
  std::string module(view(wanted.module_name, wanted.module_name_length));
  std::string_view name = view(wanted.name, wanted.name_length);
  if (module == "print") {
    import.source = WEMBED_IMPORT_CALLBACK;
    import.callback = print_nothing;
    return import;
  }
  auto found = g_store->registered.find(module);
  if (found == g_store->registered.end()) return import;
  for (wasm_module_inst_t instance : found->second) {
    wembed_extern_type_t type;
    if (!find_export(instance, name, &import.export_index, &type)) continue;
    import.source = WEMBED_IMPORT_EXPORT;
    import.instance = instance;
    break;
  }
  return import;
}

wasm_module_inst_t instantiate(const Definition& definition, wembed_error_t* error) {
  std::vector<wembed_import_t> imports;
  uint32_t count = wembed_module_import_count(definition.module);
  for (uint32_t i = 0; i < count; i++) {
    wembed_extern_type_t type;
    wembed_module_import(definition.module, i, &type);
    imports.push_back(resolve(type));
  }
  wembed_instantiate_options_t options = {};
  options.size = sizeof options;
  options.stack_size = kStackSize;
  options.gc_heap_size = kHeapSize;
  options.strict = true;
  options.imports = imports.data();
  options.import_count = count;
  g_store->storage.supply(options);
  std::memset(error, 0, sizeof *error);
  wasm_module_inst_t instance = wembed_instantiate(definition.module, &options, error);
  if (!instance) return nullptr;
  g_store->instances.push_back(instance);
  g_store->storage.look_at(instance);
  return instance;
}

Definition* keep(std::unique_ptr<Definition> definition, const Name& name) {
  Definition* raw = definition.get();
  g_store->definitions.push_back(std::move(definition));
  if (name) g_store->named_definitions[*name] = raw;
  return raw;
}

void make_current(wasm_module_inst_t instance, const Name& name) {
  g_store->current = instance;
  if (name) g_store->named_instances[*name] = instance;
}

// begin MEMORIES [metered]: see Storage
void begin(const Words& words) {
  g_store = std::make_unique<Store>();
  g_store->metered = words.size() > 2 && words[2] == "metered";
  wembed_config_t config = {};
  config.size = sizeof config;
  config.mem_alloc_type = Alloc_With_System_Allocator;
  if (!g_store->storage.configure(words[1], config)) return answer_usage("no such memories");
  config.log = [](void*, uint32_t, const char* text) { std::fprintf(stderr, "%s\n", text); };
  wembed_error_t error = {};
  g_store->runtime = wembed_runtime_new(&config, &error);
  if (!g_store->runtime) return answer_error(error);
  answer("ok");
}

// end: the answer is the number of instances whose memory was held as `begin` said.
void end(const Words&) {
  uint32_t held = g_store ? g_store->storage.held() : 0;
  g_store.reset();
  answer("ok %u", held);
}

// module NAME PATH: load and instantiate. definition NAME PATH: load. load PATH: load, forget.
// link PATH: load, instantiate; a module that fails is gone at once, its effects stay.
void module(const Words& words) {
  bool named = words[0] == "module" || words[0] == "definition";
  Name name = named ? decode_name(words[1]) : Name();
  wembed_error_t error;
  auto definition = load(*decode_name(words[named ? 2 : 1]), &error);
  if (!definition) return answer_error(error);
  if (words[0] == "load") return answer("ok");
  if (words[0] == "definition") {
    g_store->latest = keep(std::move(definition), name);
    return answer("ok");
  }
  wasm_module_inst_t instance = instantiate(*definition, &error);
  if (!instance) {
    definition.reset();
    return answer_error(error);
  }
  keep(std::move(definition), name);
  if (words[0] == "module") make_current(instance, name);
  answer("ok");
}

// instance NAME DEFINITION
void instance(const Words& words) {
  Name of = decode_name(words[2]);
  Definition* definition = g_store->latest;
  if (of) {
    auto found = g_store->named_definitions.find(*of);
    definition = found == g_store->named_definitions.end() ? nullptr : found->second;
  }
  if (!definition) return answer_usage("no such definition");
  wembed_error_t error;
  wasm_module_inst_t made = instantiate(*definition, &error);
  if (!made) return answer_error(error);
  make_current(made, decode_name(words[1]));
  answer("ok");
}

wasm_module_inst_t find_instance(const std::string& word) {
  Name name = decode_name(word);
  if (!name) return g_store->current;
  auto found = g_store->named_instances.find(*name);
  return found == g_store->named_instances.end() ? nullptr : found->second;
}

// register AS NAME; add AS NAME: the same beside what is registered already
void register_instance(const Words& words) {
  wasm_module_inst_t which = find_instance(words[2]);
  if (!which) return answer_usage("no such instance");
  auto& behind = g_store->registered[*decode_name(words[1])];
  if (words[0] == "register") behind.clear();
  behind.push_back(which);
  answer("ok");
}

const char* kind_text(wasm_valkind_t kind) {
  switch (kind) {
    case WASM_I32: return "i32";
    case WASM_I64: return "i64";
    case WASM_F32: return "f32";
    case WASM_F64: return "f64";
    case WASM_V128: return "v128";
    case WASM_EXTERNREF: return "externref";
    case WASM_FUNCREF: return "funcref";
    default: return "ref";
  }
}

// Appends one value, advancing over its slots.
void append_value(std::string& line, wasm_valkind_t kind, const uint64_t*& slots) {
  uint64_t low = *slots++;
  if (kind == WASM_I32 || kind == WASM_F32) low &= 0xffffffffu;
  char text[64];
  int length = std::snprintf(text, sizeof text, " %s:%llx", kind_text(kind),
                             static_cast<unsigned long long>(low));
  line.append(text, static_cast<size_t>(length));
  if (kind != WASM_V128) return;
  length = std::snprintf(text, sizeof text, ":%llx", static_cast<unsigned long long>(*slots++));
  line.append(text, static_cast<size_t>(length));
}

// invoke INSTANCE FIELD SLOT...
void invoke(const Words& words) {
  wasm_module_inst_t target = find_instance(words[1]);
  if (!target) return answer_usage("no such instance");
  uint32_t index = 0;
  wembed_extern_type_t type;
  if (!find_export(target, *decode_name(words[2]), &index, &type)) {
    return answer_usage("no such export");
  }
  wasm_function_inst_t function = wembed_instance_function(target, index);
  if (!function) return answer_usage("the export is not a function");
  wasm_func_type_t signature = wembed_function_type(function);

  size_t param_slots = 0;
  for (uint32_t i = 0; i < wasm_func_type_get_param_count(signature); i++) {
    param_slots += wasm_func_type_get_param_valkind(signature, i) == WASM_V128 ? 2 : 1;
  }
  if (param_slots != words.size() - 3) return answer_usage("wrong number of arguments");
  uint32_t results = wasm_func_type_get_result_count(signature);
  std::vector<uint64_t> slots(std::max<size_t>(param_slots, 2 * size_t{results}) + 1, 0);
  for (size_t i = 0; i < param_slots; i++) {
    slots[i] = std::strtoull(words[i + 3].c_str(), nullptr, 16);
  }

  wasm_exec_env_t exec_env = wasm_runtime_get_exec_env_singleton(target);
  if (!exec_env) return answer_usage("no exec_env");
  wasm_runtime_clear_exception(target);
  wembed_call_options_t options = {};
  options.size = sizeof options;
  options.fuel = INT64_MAX;
  if (!wembed_call(exec_env, function, slots.data(), g_store->metered ? &options : nullptr)) {
    wembed_error_t error;
    if (!wembed_get_error(target, &error)) return answer_usage("a call failed without an error");
    return answer_error(error);
  }
  std::string line = "ok";
  const uint64_t* at = slots.data();
  for (uint32_t i = 0; i < results; i++) {
    append_value(line, wasm_func_type_get_result_valkind(signature, i), at);
  }
  answer("%s", line.c_str());
}

// reset INSTANCE
void reset(const Words& words) {
  wasm_module_inst_t target = find_instance(words[1]);
  if (!target) return answer_usage("no such instance");
  wembed_error_t error = {};
  if (!wembed_instance_reset(target, nullptr, &error)) return answer_error(error);
  answer("ok");
}

// get INSTANCE FIELD
void get(const Words& words) {
  wasm_module_inst_t target = find_instance(words[1]);
  if (!target) return answer_usage("no such instance");
  uint32_t index = 0;
  wembed_extern_type_t type;
  wembed_global_t global = {};
  if (!find_export(target, *decode_name(words[2]), &index, &type) ||
      !wembed_instance_global(target, index, &global)) {
    return answer_usage("no such global");
  }
  std::string line = "ok";
  const uint64_t* at = global.slots;
  append_value(line, global.kind, at);
  answer("%s", line.c_str());
}

struct Verb {
  const char* name;
  size_t words;  // at least
  void (*run)(const Words& words);
};

constexpr Verb kVerbs[] = {
    {"begin", 2, begin},
    {"end", 1, end},
    {"module", 3, module},
    {"definition", 3, module},
    {"load", 2, module},
    {"link", 2, module},
    {"instance", 3, instance},
    {"register", 3, register_instance},
    {"add", 3, register_instance},
    {"invoke", 3, invoke},
    {"get", 3, get},
    {"reset", 2, reset},
};

void perform(const Words& words) {
  for (const Verb& verb : kVerbs) {
    if (words.empty() || words[0] != verb.name) continue;
    if (words.size() < verb.words) return answer_usage("too few words");
    if (!g_store && verb.run != begin && verb.run != end) return answer_usage("begin first");
    return verb.run(words);
  }
  answer_usage("unknown verb");
}

bool read_line(std::string& line) {
  line.clear();
  for (int c; (c = std::getchar()) != EOF;) {
    if (c == '\n') return true;
    line.push_back(static_cast<char>(c));
  }
  return !line.empty();
}

}  // namespace

// --tier test: the test tier alone; mixed: it and the interpreter, chosen at random by --seed;
// graph: what the native tier builds of functions, run node by node, optimised: after its passes,
// passes: after none, one, two and so on from function to function;
// loops: machine code of each loop, at its first turn;
// base: the interpreter with the vector operations that every processor has.
int main(int argc, char** argv) {
  const wembed::Engine* engine = nullptr;
  std::string_view tier = "interpreter";
  uint64_t seed = 1;
  for (int i = 1; i + 1 < argc; i += 2) {
    std::string_view option = argv[i];
    if (option == "--tier") tier = argv[i + 1];
    if (option == "--seed") seed = std::strtoull(argv[i + 1], nullptr, 10);
  }
  if (tier == "test") engine = &wembed::test_tier::engine();
#ifndef WEMBED_WITHOUT_JIT
  if (tier == "graph") engine = &wembed::graph_tier::engine(0);
  if (tier == "optimised") engine = &wembed::graph_tier::engine(UINT32_MAX);
  if (tier == "passes") engine = &wembed::graph_tier::engine(0, wembed::jit::kPasses + 1);
  if (tier == "loops") engine = wembed::loop_tier::engine();
#endif
  int error = 0;
  if (tier == "native") engine = wembed::native_engine(error);
  if (tier == "sampled") engine = wembed::sampled_engine(error);
  if (tier == "mixed") engine = &wembed::test_tier::random_engine(seed);
  if (tier == "base") wembed::use_base_vectors();
  bool known = engine != nullptr || tier == "interpreter" || tier == "base";
  if (!known) return 2;
  wembed::choose_engine(engine);
  if (!wasm_runtime_init_thread_env()) return 1;
  for (std::string line; read_line(line);) {
    Words words;
    for (size_t at = 0; at < line.size();) {
      size_t blank = std::min(line.find(' ', at), line.size());
      if (blank > at) words.push_back(line.substr(at, blank - at));
      at = blank + 1;
    }
    perform(words);
  }
  g_store.reset();
  wasm_runtime_destroy_thread_env();
  return 0;
}
