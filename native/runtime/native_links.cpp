#include "runtime/native_links.h"

#include <new>

#include "runtime/host_plan.h"
#include "runtime/native_call.h"
#include "runtime/type_text.h"

namespace wembed {

namespace {

NativeRegistry::Found find_native(const Module& module, const Import& import,
                                  NativeRegistry& natives) {
  const ReadScope scope(module.source());
  if (scope.lost()) return {};
  NativeRegistry::Found found = natives.find(import.module, import.name);
  return scope.lost() ? NativeRegistry::Found() : found;
}

// What the module wants stands behind the words that hosts of WAMR know.
void report_misfit(const LogSink& log, const Module& module, const Import& import,
                   const NativeRegistry::Found& native, SignatureForm form) {
  char type_text[256];
  TextBuffer type(type_text, sizeof(type_text));
  add_function_type(type, import.type, &module);
  char signature[64];
  bool is_written = write_signature(import.type, form, signature, sizeof(signature));
  log_message(log, LogLevel::Warning,
              "failed to check signature '%s' and resolve pointer params for import function %s: "
              "the module wants %s%s%s%s\n",
              native.signature == nullptr ? "" : native.signature, ImportNames(module, import).text,
              type_text, is_written ? ", which is '" : "", is_written ? signature : "",
              is_written ? "'" : "");
}

}  // namespace

NativeLinks::NativeLinks(Allocator& allocator, NativeLinks* previous)
    : allocator_(&allocator), previous_(previous) {
  if (previous_ != nullptr) previous_->retain();
}

NativeLinks* NativeLinks::create(Allocator& allocator, const Module& module,
                                 NativeRegistry& natives, bool words, NativeLinks* previous,
                                 const LogSink& log) {
  uint32_t count = module.imported_function_count();
  size_t bytes = sizeof(NativeLinks) + count * (sizeof(HostFunction) + sizeof(HostPlan*));
  void* block = allocator.allocate(bytes);
  if (block == nullptr) return nullptr;
  NativeLinks* links = ::new (block) NativeLinks(allocator, previous);
  links->functions_ = reinterpret_cast<HostFunction*>(links + 1);
  links->plans_ = reinterpret_cast<HostPlan**>(links->functions_ + count);
  for (const Import& import : module.imports()) {
    if (import.kind != ExternKind::Func) continue;
    if (!links->link(module, import, natives, words, log)) {
      links->release();
      return nullptr;
    }
  }
  return links;
}

bool NativeLinks::link(const Module& module, const Import& import, NativeRegistry& natives,
                       bool words, const LogSink& log) {
  HostFunction& function = *::new (&functions_[count_]) HostFunction;
  HostPlan*& plan = plans_[count_];
  plan = nullptr;
  const HostFunction* known = previous_ == nullptr ? nullptr : previous_->find(count_);
  count_++;
  if (known != nullptr) {
    function = *known;
    needs_state_ = needs_state_ || previous_->needs_state();
    linked_++;
    return true;
  }
  NativeRegistry::Found native = find_native(module, import, natives);
  if (!native.exists()) return true;
  const bool wide_index = !module.memories().empty() && module.memories()[0].limits.is_64;
  const SignatureForm form{wide_index, words};
  bool fits = true;
  if (native.invoke != nullptr) {
    fits = signature_matches(native.signature, import.type, form);
    if (fits) {
      function.invoke = native.invoke;
      function.library = native.library;
      needs_state_ = needs_state_ || native.library->needs_state;
    }
  } else {
    plan = make_host_plan(*allocator_, native.signature, import.type, native.raw, form, fits);
    if (plan == nullptr && fits) return false;
    if (fits) function = bind_host_plan(*plan, native);
  }
  if (fits) {
    linked_++;
  } else {
    report_misfit(log, module, import, native, form);
  }
  return true;
}

void NativeLinks::release() {
  if (references_.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
  for (uint32_t i = 0; i < count_; i++) allocator_->release(plans_[i]);
  if (previous_ != nullptr) previous_->release();
  Allocator* allocator = allocator_;
  this->~NativeLinks();
  allocator->release(this);
}

}  // namespace wembed
