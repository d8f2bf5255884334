#include "inspect/program_layout.h"

#include <cstdio>
#include <initializer_list>

#include "module/names.h"
#include "runtime/const_scope.h"
#include "runtime/type_text.h"

namespace wembed {

namespace {

constexpr uint64_t kUnknown = ProgramLayout::kUnknown;
constexpr uint32_t kNoGlobal = UINT32_MAX;
constexpr const char* kGuess = "guess";

enum Symbol : uint8_t { kDataEnd, kHeapBase, kStackLow, kStackHigh, kStackPointer, kSymbols };
constexpr std::string_view kNames[kSymbols] = {"__data_end", "__heap_base", "__stack_low",
                                               "__stack_high", "__stack_pointer"};

struct Found {
  uint32_t global = kNoGlobal;
  const char* where = "";  // how the global is known
};

// The linker's alignment of a stack.
uint64_t align_stack(uint64_t at) { return (at + 15) & ~uint64_t{15}; }

class Finder {
 public:
  explicit Finder(Instance& instance) : instance_(instance), module_(*instance.module) {
    bool is_64 = !module_.memories().empty() && module_.memories()[0].limits.is_64;
    address_ = is_64 ? kI64 : kI32;
  }

  void find() {
    for (int i = 0; i < kSymbols; i++) {
      const Export* item = module_.find_export(kNames[i]);
      if (item != nullptr && item->kind == ExternKind::Global) take(i, item->index, "exported");
    }
    NameCursor names(module_, NameKind::Global);
    for (uint32_t i = 0; i < module_.globals().size(); i++) take_named(i, names.at(i));
    if (found_[kStackPointer].global == kNoGlobal) find_stack_pointer();
    if (found_[kStackPointer].global == kNoGlobal) guess_stack_pointer();
  }

  [[nodiscard]] const Found& operator[](Symbol symbol) const { return found_[symbol]; }

  // The value the global has in a new instance.
  [[nodiscard]] uint64_t initial(Symbol symbol) {
    uint32_t global = found_[symbol].global;
    return global == kNoGlobal ? kUnknown : initial_of(global);
  }
  [[nodiscard]] uint64_t current(Symbol symbol) {
    uint32_t global = found_[symbol].global;
    return global == kNoGlobal ? kUnknown : narrow(instance_.global(global)->slots[0]);
  }

 private:
  [[nodiscard]] uint64_t narrow(Slot value) const {
    return address_ == kI64 ? value : static_cast<uint32_t>(value);
  }

  [[nodiscard]] uint64_t initial_of(uint32_t global) {
    if (global < module_.imported_global_count()) return current_of(global);
    GlobalCell value;
    Diagnostic ignored;
    Error error = evaluate_in(instance_, module_.globals()[global].init, address_, value, ignored);
    return error == Error::None ? narrow(value.slots[0]) : kUnknown;
  }
  [[nodiscard]] uint64_t current_of(uint32_t global) {
    return narrow(instance_.global(global)->slots[0]);
  }

  // Only the stack pointer changes, and has to be defined here so that its first value is known.
  void take(int symbol, uint32_t global, const char* where) {
    if (found_[symbol].global != kNoGlobal) return;
    const GlobalType& type = module_.globals()[global].type;
    bool is_stack_pointer = symbol == kStackPointer;
    if (type.type != address_ || type.is_mutable != is_stack_pointer) return;
    if (is_stack_pointer && global < module_.imported_global_count()) return;
    found_[symbol] = {global, where};
  }

  // AssemblyScript's names have a path in front.
  void take_named(uint32_t global, std::string_view name) {
    name.remove_prefix(name.rfind('/') + 1);  // without a slash: npos + 1 is 0
    for (int i = 0; i < kSymbols; i++) {
      if (name == kNames[i]) take(i, global, "named");
    }
  }

  // As WAMR has it: with both ends exported, the first global that may be one.
  void find_stack_pointer() {
    uint64_t heap_base = initial(kHeapBase);
    if (heap_base == kUnknown || found_[kDataEnd].global == kNoGlobal) return;
    uint32_t count = static_cast<uint32_t>(module_.globals().size());
    for (uint32_t i = module_.imported_global_count(); i < count; i++) {
      const GlobalType& type = module_.globals()[i].type;
      if (type.type != address_ || !type.is_mutable || initial_of(i) > heap_base) continue;
      found_[kStackPointer] = {i, "first mutable"};
      return;
    }
  }

  // Without any name, as most programs are delivered: linkers define it before all other globals
  // that change, and begin with the stack's end.
  void guess_stack_pointer() {
    if (module_.memories().empty()) return;
    const MemoryType& memory = module_.memories()[0];
    uint32_t count = static_cast<uint32_t>(module_.globals().size());
    for (uint32_t i = module_.imported_global_count(); i < count; i++) {
      const GlobalType& type = module_.globals()[i].type;
      if (!type.is_mutable || type.type != address_) continue;
      uint64_t value = initial_of(i);
      bool is_likely =
          value > 0 && value % 16 == 0 && value / memory.page_size <= memory.limits.min;
      if (is_likely) found_[kStackPointer] = {i, kGuess};
      return;
    }
  }

  Instance& instance_;
  const Module& module_;
  ValType address_;
  Found found_[kSymbols];
};

// Names the symbols that were found, with how.
void explain(char (&how)[ProgramLayout::kHow], const Finder& finder,
             std::initializer_list<Symbol> symbols) {
  TextBuffer out(how, sizeof how);
  for (Symbol symbol : symbols) {
    if (finder[symbol].global == kNoGlobal) continue;
    out.add("%s%s (%s)", out.size() == 0 ? "" : ", ", kNames[symbol].data(), finder[symbol].where);
  }
}

void find_stack(ProgramLayout& layout, Finder& finder, FindData find_data, void* context) {
  layout.stack_pointer = finder.current(kStackPointer);
  uint64_t low = finder.initial(kStackLow);
  uint64_t high = finder.initial(kStackHigh);
  explain(layout.stack_how, finder, {kStackLow, kStackHigh});
  if (low == kUnknown || high == kUnknown) {
    high = finder.initial(kStackPointer);
    if (high == kUnknown) return;
    // A linker puts the stack behind the static data, or first of all.
    uint64_t data_end = finder.initial(kDataEnd);
    DataAround data = find_data(context, high);
    bool is_known = data_end != kUnknown || (data.below == 0 && data.is_above);
    uint64_t aligned = align_stack(data_end != kUnknown ? data_end : data.below);
    low = high > aligned && aligned >= data.below ? aligned : 0;
    if (is_known) {
      explain(layout.stack_how, finder, {kStackPointer, kDataEnd});
    } else {
      std::snprintf(layout.stack_how, sizeof layout.stack_how, "%s (%s); static data may be in it",
                    kNames[kStackPointer].data(), finder[kStackPointer].where);
    }
  }
  if (low >= high) return;
  layout.stack_low = low;
  layout.stack_high = high;
  // Behind the data and the stack, a linker puts the heap. Not where the data is behind the stack:
  // what has no contents at first is behind that.
  DataAround data = find_data(context, high);
  if (layout.heap_base != kUnknown || data.below == 0 || data.is_above) return;
  layout.heap_base = high;
  std::snprintf(layout.heap_how, sizeof layout.heap_how, "the stack's end (%s)", kGuess);
}

}  // namespace

ProgramLayout find_program_layout(Instance& instance, FindData find_data, void* context) {
  ProgramLayout layout;
  Finder finder(instance);
  finder.find();
  layout.data_end = finder.initial(kDataEnd);
  if (layout.data_end != kUnknown) explain(layout.static_how, finder, {kDataEnd});
  layout.heap_base = finder.initial(kHeapBase);
  if (layout.heap_base != kUnknown) explain(layout.heap_how, finder, {kHeapBase});
  find_stack(layout, finder, find_data, context);
  return layout;
}

}  // namespace wembed
