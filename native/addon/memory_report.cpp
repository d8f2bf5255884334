#include "addon/memory_report.h"

#include <algorithm>
#include <iterator>
#include <limits>
#include <string>

#include "addon/owned_handle.h"
#include "addon/runtime.h"

namespace wembed::addon {

namespace {

double number(uint64_t value) {
  if (value == WEMBED_NO_LIMIT) return std::numeric_limits<double>::infinity();
  return static_cast<double>(value);
}

Napi::Array steps_to_js(Napi::Env env, const wembed_memory_report_t& report) {
  auto array = Napi::Array::New(env, std::size(report.steps));
  uint32_t at = 0;
  for (const wembed_memory_step_t& step : report.steps) {
    auto object = Napi::Object::New(env);
    object["outcome"] = step.outcome;
    object["errno"] = step.error_number;
    object["wanted"] = number(step.wanted);
    object["available"] = number(step.available);
    object["reason"] = step.reason;
    array[at++] = object;
  }
  return array;
}

Napi::Object pool_to_js(Napi::Env env, const wembed_memory_report_t& report) {
  auto object = Napi::Object::New(env);
  object["guarded"] = report.guarded;
  object["strict"] = report.strict;
  object["slots"] = report.slots;
  object["slotBytes"] = number(report.slot_bytes);
  object["reservedBytes"] = number(report.reserved_bytes);
  object["keepResident"] = number(report.keep_resident);
  object["live"] = number(report.live);
  object["peak"] = number(report.peak);
  object["hits"] = number(report.hits);
  object["imageHits"] = number(report.image_hits);
  object["misses"] = number(report.misses);
  object["foundFull"] = number(report.found_full);
  object["neverFitted"] = number(report.never_fitted);
  object["outgrown"] = number(report.outgrown);
  return object;
}

Napi::Object system_to_js(Napi::Env env, const wembed_memory_report_t& report) {
  auto object = Napi::Object::New(env);
  object["processors"] = report.processors;
  object["virtual"] = report.is_virtual;
  object["overcommit"] = report.overcommit;
  object["largePages"] = report.large_pages;
  object["freeMemory"] = number(report.free_memory);
  object["groupLimit"] = number(report.group_limit);
  object["groupUsed"] = number(report.group_used);
  object["addressLimit"] = number(report.address_limit);
  object["addressUsed"] = number(report.address_used);
  object["mappingLimit"] = number(report.mapping_limit);
  return object;
}

std::string report_text(wembed_runtime_t runtime) {
  std::string text(wembed_memory_report_text(runtime, nullptr, 0) + 1, '\0');
  const uint32_t length =
      wembed_memory_report_text(runtime, text.data(), static_cast<uint32_t>(text.size()));
  // Counters may have gained a digit in between.
  text.resize(std::min<size_t>(length, text.size() - 1));
  return text;
}

Napi::Value memory_report(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto state = unwrap_handle<RuntimeState>(env, info[0]);
  if (state == nullptr || state->native == nullptr) return env.Undefined();
  wembed_memory_report_t report{};
  report.size = sizeof report;
  if (!wembed_memory_report(state->native->runtime, &report)) return env.Undefined();
  auto object = Napi::Object::New(env);
  object["wish"] = report.wish;
  object["wishSource"] = report.wish_source;
  object["taken"] = report.taken;
  object["steps"] = steps_to_js(env, report);
  object["pool"] = pool_to_js(env, report);
  object["system"] = system_to_js(env, report);
  object["text"] = report_text(state->native->runtime);
  return object;
}

// Word and number of each reason for which there are functions.
Napi::Object refusals_to_js(Napi::Env env) {
  auto object = Napi::Object::New(env);
  wembed_tier_refusal_t refusal{};
  refusal.size = sizeof refusal;
  for (uint32_t reason = 0; wembed_tier_refusal(reason, &refusal); reason++) {
    if (refusal.functions > 0) object[refusal.word] = number(refusal.functions);
  }
  return object;
}

Napi::Value tier_report(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto state = unwrap_handle<RuntimeState>(env, info[0]);
  if (state == nullptr || state->native == nullptr) return env.Undefined();
  wembed_tier_report_t report{};
  report.size = sizeof report;
  if (!wembed_tier_report(state->native->runtime, &report)) return env.Undefined();
  auto object = Napi::Object::New(env);
  object["wish"] = report.wish;
  object["taken"] = report.taken;
  object["errorNumber"] = report.error_number;
  object["codeBytes"] = number(report.code_bytes);
  object["functions"] = number(report.functions);
  object["loops"] = number(report.loops);
  object["refused"] = number(report.refused);
  object["refusals"] = refusals_to_js(env);
  object["reason"] = static_cast<const char*>(report.reason);
  return object;
}

Napi::Value memory_trim(const Napi::CallbackInfo& info) {
  const auto state = unwrap_handle<RuntimeState>(info.Env(), info[0]);
  if (state == nullptr || state->native == nullptr) return info.Env().Undefined();
  return Napi::Number::New(info.Env(), number(wembed_memory_trim(state->native->runtime)));
}

}  // namespace

void define_memory_report(Napi::Object binding) {
  const Napi::Env env = binding.Env();
  binding["memoryReport"] = Napi::Function::New(env, memory_report, "memoryReport");
  binding["tierReport"] = Napi::Function::New(env, tier_report, "tierReport");
  binding["memoryTrim"] = Napi::Function::New(env, memory_trim, "memoryTrim");
}

}  // namespace wembed::addon
