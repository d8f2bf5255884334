// Conversion between cells and slots. Cells need not be aligned for anything wider than themselves.
#include "capi/cells.h"

#include <cstring>

#include "capi/references.h"
#include "capi/value_kind.h"
#include "runtime/funcref.h"

namespace wembed {

namespace {

uint64_t read64(const uint32_t* cells) {
  uint64_t value;
  std::memcpy(&value, cells, sizeof(value));
  return value;
}

void write64(uint32_t* cells, uint64_t value) { std::memcpy(cells, &value, sizeof(value)); }

}  // namespace

uint32_t cell_count(std::span<const ValType> types) {
  uint32_t count = 0;
  for (ValType type : types) {
    switch (value_kind(type)) {
      case WASM_I64:
      case WASM_F64:
      case WASM_EXTERNREF:
      case WEMBED_EXNREF:
      case WEMBED_ANYREF: count += 2; break;
      case WASM_V128: count += 4; break;
      case WASM_FUNCREF: count += kReferenceForm.are_words ? 2 : 1; break;
      default: count += 1; break;
    }
  }
  return count;
}

bool cells_to_slots_slowly(Instance& instance, std::span<const ValType> types,
                           const uint32_t* cells, Slot* slots) {
  for (ValType type : types) {
    if (type == kI32 || type == kF32) [[likely]] {
      *slots++ = *cells++;
    } else if (type == kI64 || type == kF64) {
      *slots++ = read64(cells);
      cells += 2;
    } else if (type == kV128) {
      *slots++ = read64(cells);
      *slots++ = read64(cells + 2);
      cells += 4;
    } else {
      const uint32_t size = cell_count({&type, 1});
      const uint64_t word = size == 1 ? *cells : read64(cells);
      cells += size;
      if (kReferenceForm.from_host(instance, type, word, *slots) != Trap::None) return false;
      if (!is_of_type(instance, type, *slots++)) return false;
    }
  }
  return true;
}

bool slots_to_cells_slowly(Instance& instance, std::span<const ValType> types, const Slot* slots,
                           uint32_t* cells) {
  for (ValType type : types) {
    if (type == kI32 || type == kF32) [[likely]] {
      *cells++ = static_cast<uint32_t>(*slots++);
    } else if (type == kI64 || type == kF64) {
      write64(cells, *slots++);
      cells += 2;
    } else if (type == kV128) {
      write64(cells, *slots++);
      write64(cells + 2, *slots++);
      cells += 4;
    } else {
      const uint32_t size = cell_count({&type, 1});
      uint64_t word;
      if (!kReferenceForm.to_host(instance, type, *slots++, word)) return false;
      if (size == 1) {
        *cells = static_cast<uint32_t>(word);
      } else {
        write64(cells, word);
      }
      cells += size;
    }
  }
  return true;
}

}  // namespace wembed
