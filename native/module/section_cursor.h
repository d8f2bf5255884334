// The sections of a module, found in its bytes when somebody asks: a module may have millions of
// custom ones, of which nothing is kept. Inside a ReadScope of the module's bytes, and no longer
// than that: names and contents are views of them.
#pragma once

#include "module/module.h"
#include "module/reader.h"

namespace wembed {

struct Section {
  uint8_t id = 0;       // 0: custom
  uint32_t offset = 0;  // of the id
  ByteRange content;
};

// Goes through all sections in the order of the file.
class SectionCursor {
 public:
  explicit SectionCursor(const Module& module);
  // False: there are no more.
  [[nodiscard]] bool next(Section& section);

 private:
  Diagnostic ignored_;
  Reader in_;
};

struct CustomSection {
  std::string_view name;
  ByteRange bytes;  // content after the name
};

// False: it is none, or its name is broken.
[[nodiscard]] bool read_custom(const Module& module, const Section& section, CustomSection& custom);

// Goes through the custom ones.
class CustomSectionCursor {
 public:
  explicit CustomSectionCursor(const Module& module) : module_(module), sections_(module) {}
  [[nodiscard]] bool next(CustomSection& section);

 private:
  const Module& module_;
  SectionCursor sections_;
};

}  // namespace wembed
