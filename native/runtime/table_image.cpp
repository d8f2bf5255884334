#include "runtime/table_image.h"

#include <algorithm>
#include <cstddef>

#include "module/const_expr.h"
#include "module/type_registry.h"

namespace wembed {

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
  ImageMaker(Allocator& allocator, const Module& module, uint32_t table)
      : allocator_(allocator), module_(module), table_(table) {}

  Error make(TableImage*& image) {
    image = nullptr;
    const TableDef& table = module_.tables()[table_];
    bool holds_functions = module_.registry().matches(table.type.element, kFuncRef);
    if (table_ < module_.imported_table_count() || table.init.size != 0 || !holds_functions) {
      return Error::None;
    }
    uint64_t count = 0;
    if (!measure(table.type, count) || count == 0) return Error::None;
    size_t bytes = offsetof(TableImage, indices) + count * sizeof(uint32_t);
    image = static_cast<TableImage*>(allocator_.allocate(bytes));
    if (image == nullptr) return Error::OutOfMemory;
    image->count = static_cast<uint32_t>(count);
    std::fill_n(image->indices, count, kNoFunction);
    if (write(table.type, *image)) return Error::None;
    allocator_.release(image);
    image = nullptr;
    return Error::None;
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

  Allocator& allocator_;
  const Module& module_;
  uint32_t table_;
};

}  // namespace

Error make_table_image(Allocator& allocator, const Module& module, uint32_t index,
                       TableImage*& image) {
  return ImageMaker(allocator, module, index).make(image);
}

}  // namespace wembed
