#include "runtime/table_image.h"

#include <algorithm>
#include <cstddef>
#include <new>

#include "module/const_expr.h"
#include "module/type_registry.h"
#include "runtime/code.h"
#include "runtime/runtime.h"

namespace wembed {

struct ModuleTables {
  Allocator* allocator;
  uint32_t count;
  TableImage* images[1];  // by table index
};

namespace {

// More elements than this are not worth a description that stays.
constexpr uint64_t kMostElements = 1 << 20;

// Function references are their index plus one; globals differ between instances.
class IndexScope final : public ConstScope {
 public:
  bool global(uint32_t, ConstValue&) override { return false; }
  Result<uint64_t> function(uint32_t index) override { return uint64_t{index} + 1; }
};

class ImageMaker {
 public:
  ImageMaker(Runtime& runtime, const Module& module, uint32_t table)
      : runtime_(runtime), module_(module), table_(table) {}

  // Null: none, or there can be none.
  TableImage* make() {
    const TableDef& table = module_.tables()[table_];
    bool holds_functions = module_.registry().matches(table.type.element, kFuncRef);
    if (table_ < module_.imported_table_count() || table.init.size != 0 || !holds_functions) {
      return nullptr;
    }
    uint64_t count = 0;
    if (!measure(table.type, count) || count == 0) return nullptr;
    size_t bytes = offsetof(TableImage, indices) + count * sizeof(uint32_t);
    auto* image = static_cast<TableImage*>(runtime_.allocator().allocate(bytes));
    if (image == nullptr) return nullptr;
    image->count = static_cast<uint32_t>(count);
    std::fill_n(image->indices, count, kNoFunction);
    if (write(table.type, *image)) return image;
    runtime_.allocator().release(image);
    return nullptr;
  }

 private:
  [[nodiscard]] bool is_wanted(const ElementSegment& segment) const {
    return segment.mode == SegmentMode::Active && segment.table == table_;
  }

  bool offset_of(const TableType& type, const ElementSegment& segment, uint64_t& offset) {
    IndexScope scope;
    ConstValue value;
    Diagnostic ignored;
    ValType expected = type.limits.is_64 ? kI64 : kI32;
    if (evaluate(module_, segment.offset, expected, scope, value, ignored) != Error::None) {
      return false;
    }
    offset = type.limits.is_64 ? value.bits[0] : static_cast<uint32_t>(value.bits[0]);
    return segment.count <= type.limits.min && offset <= type.limits.min - segment.count;
  }

  bool measure(const TableType& type, uint64_t& count) {
    for (const ElementSegment& segment : module_.elements()) {
      uint64_t offset;
      if (!is_wanted(segment)) continue;
      if (!offset_of(type, segment, offset)) return false;
      if (segment.count > 0) count = std::max(count, offset + segment.count);
    }
    return count <= kMostElements;
  }

  bool write(const TableType& type, TableImage& image) {
    for (const ElementSegment& segment : module_.elements()) {
      uint64_t offset;
      if (!is_wanted(segment)) continue;
      // The bytes are read again: they may have changed.
      if (!offset_of(type, segment, offset) || segment.count > image.count ||
          offset > image.count - segment.count) {
        return false;
      }
      IndexScope scope;
      Diagnostic ignored;
      ElementItems items(module_, segment, scope, ignored);
      for (uint32_t i = 0; i < segment.count; i++) {
        Result<uint64_t> item = items.next();
        if (!item.ok() || item.value() > module_.function_count()) return false;
        uint32_t number = static_cast<uint32_t>(item.value());
        image.indices[offset + i] = number == 0 ? kNoFunction : number - 1;
      }
    }
    return true;
  }

  Runtime& runtime_;
  const Module& module_;
  uint32_t table_;
};

ModuleTables* make_tables(Runtime& runtime, const Module& module) {
  auto count = static_cast<uint32_t>(module.tables().size());
  size_t bytes = offsetof(ModuleTables, images) + count * sizeof(TableImage*);
  auto* tables = static_cast<ModuleTables*>(runtime.allocator().allocate(bytes));
  if (tables == nullptr) return nullptr;
  tables->allocator = &runtime.allocator();
  tables->count = count;
  const ReadScope scope(module.source());
  for (uint32_t i = 0; i < count; i++) {
    tables->images[i] = scope.lost() ? nullptr : ImageMaker(runtime, module, i).make();
  }
  // With lost bytes it would show zeros: the segments, copied one by one, will tell.
  if (!scope.lost()) return tables;
  destroy_tables(tables);
  return nullptr;
}

}  // namespace

void destroy_tables(ModuleTables* tables) {
  if (tables == nullptr) return;
  Allocator& allocator = *tables->allocator;
  for (uint32_t i = 0; i < tables->count; i++) allocator.release(tables->images[i]);
  allocator.release(tables);
}

const TableImage* table_image(Runtime& runtime, Module& module, uint32_t index) {
  if (module.elements().empty()) return nullptr;
  std::atomic<ModuleTables*>* place = tables_place(module, runtime.engine());
  if (place == nullptr) return nullptr;
  ModuleTables* known = place->load(std::memory_order_acquire);
  if (known != nullptr) return known->images[index];
  ModuleTables* made = make_tables(runtime, module);
  if (made == nullptr) return nullptr;
  if (place->compare_exchange_strong(known, made, std::memory_order_acq_rel)) {
    return made->images[index];
  }
  destroy_tables(made);
  return known->images[index];
}

}  // namespace wembed
