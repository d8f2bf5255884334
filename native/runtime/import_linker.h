// Matching imports: private to instantiation.
#pragma once

#include "runtime/instance.h"
#include "runtime/instantiate_options.h"
#include "runtime/type_text.h"

namespace wembed {

class ImportLinker {
 public:
  ImportLinker(Instance& instance, const InstantiateOptions& options, Diagnostic& diagnostic)
      : instance_(instance),
        module_(*instance.module),
        options_(options),
        diagnostic_(diagnostic),
        report_(options.report, options.report_size) {}

  // Fills the imported part of every index space. Memories, tables and globals that have to be made
  // afresh are made. Everything that does not fit is reported before this fails.
  Error link();

 private:
  // What an import is matched against: one kind's member is set.
  struct Candidate {
    Instance* owner = nullptr;
    ExternKind kind = ExternKind::Func;
    Function* function = nullptr;
    Table* table = nullptr;
    Memory* memory = nullptr;
    GlobalCell* cell = nullptr;
    Instance* cell_owner = nullptr;
    GlobalType global;
    Tag* tag = nullptr;
  };

  Error link_import(const Import& import, const ImportBinding& binding);
  Error link_default(const Import& import);
  Error link_fresh(const Import& import);
  Error link_value(const Import& import, const ImportBinding& binding);
  Error link_callback(const Import& import, const ImportBinding& binding);
  // A callback of the instance that it shares memories with. False: it has none.
  bool inherits_callback(const Import& import);
  Error link_candidate(const Import& import, const Candidate& candidate);
  bool find_export(const ImportBinding& binding, Candidate& candidate);
  [[nodiscard]] bool matches(const Import& import, const Candidate& candidate) const;
  void add_candidate_type(TextBuffer& out, const Candidate& candidate);

  void bind_host(const Import& import, const HostFunction& host);
  void bind_value(const Import& import, Slot low, Slot high);
  Error missing(const Import& import);
  Error mismatch(const Import& import, const Candidate* candidate, const char* what);
  Error fail_link(const Import& import);

  Instance& instance_;
  const Module& module_;
  const InstantiateOptions& options_;
  Diagnostic& diagnostic_;
  TextBuffer report_;
  Error first_ = Error::None;
};

}  // namespace wembed
