// Builds a Module from bytes: one function per section, called in the order of the file.
#pragma once

#include <cstdint>

#include "base/result.h"
#include "module/module.h"
#include "module/reader.h"
#include "module/type_reader.h"
#include "module/type_registry.h"

namespace wembed {

class ModuleReader {
 public:
  ModuleReader(Module& module, Diagnostic& diagnostic, const Poll& poll)
      : module_(module), diagnostic_(diagnostic), poll_(poll) {}

  // Everything the specification asks for at load, function bodies included.
  Error read();

 private:
  friend Error check_const_expression(ModuleReader& reader, Reader& in, ValType expected,
                                      ByteRange& range);
  struct TypeDrafts;

  // An item of a list was read, or is next.
  Error item(Reader& in) {
    Error error = poll_.spend(2);
    return error == Error::None ? error : in.fail(error, "%s", error_text(error));
  }

  Error read_header(Reader& in);
  Error read_sections(Reader& in);
  Error check_frame(Reader in);
  Error check_section_order(Reader& in, uint32_t at, uint8_t id);
  Error finish();

  Error read_custom(Reader& in);
  Error read_types(Reader& in);
  Error read_imports(Reader& in);
  Error read_functions(Reader& in);
  Error read_tables(Reader& in);
  Error read_memories(Reader& in);
  Error read_tags(Reader& in);
  Error read_globals(Reader& in);
  Error read_exports(Reader& in);
  Error read_start(Reader& in);
  Error read_elements(Reader& in);
  Error read_data_count(Reader& in);
  Error read_code(Reader& in);
  Error read_data(Reader& in);

  Error read_recursion_group(Reader& in, TypeDrafts& drafts, uint32_t count);
  Error read_subtype(Reader& in, TypeDrafts& drafts);
  Error name_super(Reader& in, const TypeDrafts& drafts, uint32_t super, TypeDraft& draft);
  Error read_composite(Reader& in, TypeDrafts& drafts, uint8_t form);
  Error read_values(Reader& in, TypeDrafts& drafts, uint32_t limit);
  Error read_field(Reader& in, TypeDrafts& drafts);
  Error check_subtype(Reader& in, const TypeDef* type);

  Error read_import(Reader& in);
  Error index_exports(Reader& in);
  Error read_element(Reader& in);
  Error read_element_items(Reader& in, ElementSegment& segment);
  Error declare(Reader& in, uint32_t function_index);

  Result<TableDef> table_type(Reader& in);
  Result<GlobalType> global_type(Reader& in);
  Error require_tags(Reader& in, const char* text);
  Result<const TypeDef*> tag_type(Reader& in);
  Result<uint32_t> function_type_index(Reader& in);

  Module& module_;
  Diagnostic& diagnostic_;
  Poll poll_;
  uint32_t declared_functions_ = 0;  // by the function section
  bool has_functions_ = false;
  bool has_code_ = false;
  bool makes_objects_ = false;  // one of the constant expressions checked since it was set
  uint32_t last_rank_ = 0;      // of the last section that has an order
};

// Checks a constant expression with its end, and that it gives `expected`; notes the functions
// it refers to as declared.
Error check_const_expression(ModuleReader& reader, Reader& in, ValType expected, ByteRange& range);

}  // namespace wembed
