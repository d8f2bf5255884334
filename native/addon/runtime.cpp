#include "addon/runtime.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>

#include "addon/error.h"
#include "addon/given.h"
#include "addon/loaded_module.h"
#include "addon/module.h"

namespace wembed::addon {

namespace {

// What was said on another thread, or while no JavaScript could run.
class SaidText final : public Message {
 public:
  SaidText(std::shared_ptr<TextSink> sink, const uint32_t* level, std::string_view text)
      : sink_(std::move(sink)),
        has_level_(level != nullptr),
        level_(has_level_ ? *level : 0),
        text_(text) {}
  void deliver(napi_env env) override {
    if (env != nullptr) sink_->tell(env, has_level_ ? &level_ : nullptr, text_);
  }

 private:
  std::shared_ptr<TextSink> sink_;
  bool has_level_;
  uint32_t level_;
  std::string text_;
};

void log_line(void* context, uint32_t level, const char* text) {
  static_cast<TextSink*>(context)->say(&level, text);
}

void print_to_function(void* context, const char* text, size_t bytes) {
  static_cast<TextSink*>(context)->say(nullptr, {text, bytes});
}

// At once: standard output is also written to by JavaScript.
void print_text(void*, const char* text, size_t bytes) {
  (void)std::fwrite(text, 1, bytes, stdout);
  (void)std::fflush(stdout);
}

// Of the option of that name; null: it is none.
std::shared_ptr<TextSink> sink_of(const std::shared_ptr<Environment>& environment,
                                  const Napi::Object& options, const char* name) {
  const Napi::Value function = property_of(options, name);
  if (!function.IsFunction() || !environment->channel.open(environment->env)) return nullptr;
  auto sink = std::make_shared<TextSink>();
  sink->environment = environment;
  napi_create_reference(environment->env, function, 0, &sink->function);
  return sink;
}

void read_memory_options(const Napi::Object& options, wembed_config_t& config) {
  config.backend = index_of(property_of(options, "backend"));
  config.memory_strategy = index_of(property_of(options, "strategy"));
  config.pool_slots = index_of(property_of(options, "slots"));
  config.pool_slot_bytes = static_cast<uint64_t>(whole_of(property_of(options, "slotBytes")));
  config.pool_keep_resident = static_cast<uint64_t>(whole_of(property_of(options, "keepResident")));
  config.pool_strict = flag_of(property_of(options, "strict"));
}

bool read_options(const Napi::Object& options, wembed_config_t& config, NativeRuntime& native) {
  config.size = sizeof config;
  read_memory_options(property_of(options, "memory").As<Napi::Object>(), config);
  config.signals_off = !flag_of(property_of(options, "signals"));
  config.mem_alloc_type = Alloc_With_System_Allocator;
  const uint32_t pool = index_of(property_of(options, "pool"));
  config.deadlines_off = !flag_of(property_of(options, "deadlines"));
  config.translate_early = index_of(property_of(options, "translateEarly"));
  config.tier = index_of(property_of(options, "tier"));
  config.libc = flag_of(property_of(options, "libc")) ? WEMBED_LIBC_ON : WEMBED_LIBC_OFF;
  config.print = print_text;
  config.no_system_memory = flag_of(property_of(options, "noSystemMemory"));
  if (pool == 0) return true;
  native.pool = std::malloc(pool);
  config.mem_alloc_type = Alloc_With_Pool;
  config.mem_alloc_option.pool.heap_buf = native.pool;
  config.mem_alloc_option.pool.heap_size = pool;
  return native.pool != nullptr;
}

constexpr uint32_t kCheckpointMilliseconds = 10;

// Whether JavaScript still may run where a guest does. Other threads' guests are stopped otherwise.
bool may_go_on(void* context) {
  const auto home = static_cast<NativeRuntime*>(context)->environment_here();
  if (home == nullptr) return true;
  bool pending = false;
  napi_is_exception_pending(home->env, &pending);
  if (pending) return true;
  napi_handle_scope scope = nullptr;
  napi_open_handle_scope(home->env, &scope);
  home->call_failed();
  napi_close_handle_scope(home->env, scope);
  return !home->ending;
}

Napi::Value runtime_new(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  auto state = std::make_shared<RuntimeState>();
  state->environment = Environment::of(env);
  auto native = std::make_shared<NativeRuntime>();
  wembed_config_t config{};
  wembed_error_t error{};
  const auto options = info[0].As<Napi::Object>();
  if (!read_options(options, config, *native)) {
    error.kind = WEMBED_ERROR_RESOURCE;
    return error_to_js(env, error);
  }
  state->log = native->log = sink_of(state->environment, options, "log");
  if (native->log != nullptr) {
    config.log = log_line;
    config.log_context = native->log.get();
  }
  state->print = native->print = sink_of(state->environment, options, "print");
  if (native->print != nullptr) {
    config.print = print_to_function;
    config.print_context = native->print.get();
  }
  // What goes wrong is an error in JavaScript; standard output is the program's.
  if (config.log == nullptr) config.log = [](void*, uint32_t, const char*) {};
  // A terminated worker's guests must not go on: see Environment::call_failed().
  native->attach(state->environment);
  config.checkpoint = may_go_on;
  config.checkpoint_context = native.get();
  config.checkpoint_ms = kCheckpointMilliseconds;
  native->runtime = wembed_runtime_new(&config, &error);
  if (native->runtime == nullptr) return error_to_js(env, error);
  state->native = std::move(native);
  state->environment->runtimes.insert(state.get());
  return wrap_handle(env, std::move(state));
}

// runtimeNumber(runtime): its own in this process.
Napi::Value runtime_number(const Napi::CallbackInfo& info) {
  const auto state = unwrap_handle<RuntimeState>(info.Env(), info[0]);
  if (state == nullptr || state->native == nullptr) return info.Env().Undefined();
  return Napi::Number::New(info.Env(), static_cast<double>(state->native->number));
}

// sharedRuntime(token): the number of the shared module's runtime; undefined: it is gone.
Napi::Value shared_runtime(const Napi::CallbackInfo& info) {
  const auto loaded = LoadedModule::find(info[0].As<Napi::String>());
  if (loaded == nullptr) return info.Env().Undefined();
  return Napi::Number::New(info.Env(), static_cast<double>(loaded->runtime->number));
}

// runtimeAttach(token): a handle for the shared module's runtime; undefined: it is gone.
Napi::Value runtime_attach(const Napi::CallbackInfo& info) {
  const auto loaded = LoadedModule::find(info[0].As<Napi::String>());
  if (loaded == nullptr) return info.Env().Undefined();
  auto state = std::make_shared<RuntimeState>();
  state->environment = Environment::of(info.Env());
  state->native = loaded->runtime;
  state->native->attach(state->environment);
  state->environment->runtimes.insert(state.get());
  return wrap_handle(info.Env(), std::move(state));
}

Napi::Value runtime_close(const Napi::CallbackInfo& info) {
  const auto state = unwrap_handle<RuntimeState>(info.Env(), info[0]);
  return Napi::Boolean::New(info.Env(), state != nullptr && state->close());
}

// poolInfo(runtime): [size, free, most used], or undefined when it has none.
Napi::Value pool_info(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto state = unwrap_handle<RuntimeState>(env, info[0]);
  mem_alloc_info_t figures{};
  if (state == nullptr || state->native == nullptr ||
      !wembed_pool_info(state->native->runtime, &figures)) {
    return env.Undefined();
  }
  auto list = Napi::Array::New(env, 3);
  list[0u] = figures.total_size;
  list[1u] = figures.total_free_size;
  list[2u] = figures.highmark_size;
  return list;
}

Napi::Value check_signals(const Napi::CallbackInfo& info) {
  const auto state = unwrap_handle<RuntimeState>(info.Env(), info[0]);
  if (state == nullptr || state->native == nullptr) return info.Env().Undefined();
  const uint32_t found = wembed_check_signals(state->native->runtime);
  return Napi::Number::New(info.Env(), found);
}

}  // namespace

void TextSink::say(const uint32_t* level, std::string_view text) {
  const auto home = environment.lock();
  if (home == nullptr) return;
  bool pending = true;
  if (home->on_js_thread()) {
    if (home->env == nullptr) return;
    if (!home->quiet) napi_is_exception_pending(home->env, &pending);
  }
  if (!pending) {
    tell(home->env, level, text);
  } else {
    home->channel.post(std::make_unique<SaidText>(shared_from_this(), level, text));
  }
}

void TextSink::tell(napi_env env, const uint32_t* level, std::string_view text) const {
  const Napi::HandleScope scope(env);
  napi_value target = nullptr;
  if (function != nullptr) napi_get_reference_value(env, function, &target);
  if (target == nullptr) return;
  napi_value arguments[2] = {};
  size_t count = 0;
  if (level != nullptr) {
    arguments[count++] = Napi::Number::New(env, *level);
    arguments[count++] = Napi::String::New(env, text.data(), text.size());
  } else {
    auto bytes = Napi::Uint8Array::New(env, text.size());
    std::copy(text.begin(), text.end(), bytes.Data());
    arguments[count++] = bytes;
  }
  napi_value result = nullptr;
  const auto home = environment.lock();
  if (home == nullptr) return;
  const WaitingCalls::Floor floor(*home);
  if (napi_call_function(env, Napi::Env(env).Undefined(), target, count, arguments, &result) ==
      napi_pending_exception) {
    // A function that throws must not change what the guest does.
    napi_get_and_clear_last_exception(env, &result);
    home->call_failed();
  }
}

void TextSink::close(napi_env env) {
  if (function != nullptr) napi_delete_reference(env, std::exchange(function, nullptr));
}

bool RuntimeState::idle() const {
  return std::all_of(modules.begin(), modules.end(),
                     [](const ModuleState* module) { return module->idle(); });
}

bool RuntimeState::close() {
  if (native == nullptr) return true;
  if (!idle()) return false;
  while (!modules.empty()) (*modules.begin())->close();
  for (const std::weak_ptr<Belonging>& each : belongings) {
    if (const std::shared_ptr<Belonging> belonging = each.lock()) belonging->close();
  }
  belongings.clear();
  environment->runtimes.erase(this);
  native.reset();
  if (log != nullptr) log->close(environment->env);
  if (print != nullptr) print->close(environment->env);
  return true;
}

void RuntimeState::own(const std::shared_ptr<Belonging>& belonging) {
  if (belongings.size() >= most_belongings) {
    std::erase_if(belongings, [](const auto& each) { return each.expired(); });
    most_belongings = std::max<size_t>(64, 2 * belongings.size());
  }
  belongings.push_back(belonging);
}

void RuntimeState::abandon() {
  const QuietScope quiet(*environment);
  close();
}

void define_runtime(Napi::Object binding) {
  binding["runtimeNew"] = Napi::Function::New(binding.Env(), runtime_new, "runtimeNew");
  binding["runtimeClose"] = Napi::Function::New(binding.Env(), runtime_close, "runtimeClose");
  binding["runtimeNumber"] = Napi::Function::New(binding.Env(), runtime_number, "runtimeNumber");
  binding["sharedRuntime"] = Napi::Function::New(binding.Env(), shared_runtime, "sharedRuntime");
  binding["runtimeAttach"] = Napi::Function::New(binding.Env(), runtime_attach, "runtimeAttach");
  binding["checkSignals"] = Napi::Function::New(binding.Env(), check_signals, "checkSignals");
  binding["poolInfo"] = Napi::Function::New(binding.Env(), pool_info, "poolInfo");
}

}  // namespace wembed::addon
