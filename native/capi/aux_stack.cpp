#include "capi/aux_stack.h"

#include <string_view>

#include "runtime/const_scope.h"
#include "runtime/instance_cold.h"

namespace wembed {

namespace {

class Finder {
 public:
  explicit Finder(Instance& instance) : instance_(instance), module_(*instance.module) {}

  bool find(AuxStack& stack) {
    uint32_t data_end;
    uint32_t heap_base;
    if (!exported(data_end, "__data_end") || !exported(heap_base, "__heap_base")) return false;
    uint32_t count = static_cast<uint32_t>(module_.globals().size());
    for (uint32_t i = module_.imported_global_count(); i < count; i++) {
      const GlobalType& type = module_.globals()[i].type;
      uint32_t first;
      if (type.type != kI32 || !type.is_mutable || !initial(i, first) || first > heap_base)
        continue;
      uint32_t aligned = (data_end + 15) & ~uint32_t{15};
      stack = {i, first, first > aligned ? first - aligned : first};
      return true;
    }
    return false;
  }

 private:
  bool exported(uint32_t& value, std::string_view name) {
    const ReadScope scope(module_.source());
    if (scope.lost()) return false;
    for (const Export& item : module_.exports()) {
      if (item.kind != ExternKind::Global || item.name != name) continue;
      const GlobalType& type = module_.globals()[item.index].type;
      return !scope.lost() && type.type == kI32 && !type.is_mutable && initial(item.index, value);
    }
    return false;
  }
  bool initial(uint32_t global, uint32_t& value) {
    if (global < module_.imported_global_count()) return false;
    GlobalCell cell;
    Diagnostic ignored;
    const ByteRange& init = module_.globals()[global].init;
    if (evaluate_in(instance_, init, kI32, cell, ignored) != Error::None) return false;
    value = static_cast<uint32_t>(cell.slots[0]);
    return true;
  }

  Instance& instance_;
  const Module& module_;
};

constexpr uint32_t kLeastPart = 256;  // bytes

}  // namespace

bool find_aux_stack(Instance& instance, AuxStack& stack) { return Finder(instance).find(stack); }

uint32_t part_of(const AuxStack& stack, uint32_t most) {
  uint32_t part = stack.size / (most + 1) & ~uint32_t{15};
  return part < kLeastPart ? 0 : part;
}

}  // namespace wembed
