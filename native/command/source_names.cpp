// What source texts of C and its kin name: words outside of comments and texts, and headers.
#include <cctype>
#include <string_view>

#include "command/api_table.h"
#include "command/api_uses.h"

namespace wembed::command {

namespace {

bool is_word(char c) { return c == '_' || std::isalnum(static_cast<unsigned char>(c)) != 0; }

class Source {
 public:
  Source(std::string_view text, ApiUses& uses) : text_(text), uses_(uses) {}

  void read() {
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (starts("//")) {
        skip_to("\n");
      } else if (starts("/*")) {
        at_ += 2;
        skip_to("*/");
      } else if (c == '"' || c == '\'') {
        skip_quoted(c);
      } else if (is_word(c)) {
        add_word();
      } else if (c == '#') {
        add_header();
      } else {
        at_++;
      }
    }
  }

 private:
  [[nodiscard]] bool starts(std::string_view what) const {
    return text_.substr(at_, what.size()) == what;
  }

  void skip_to(std::string_view end) {
    const size_t found = text_.find(end, at_);
    at_ = found == std::string_view::npos ? text_.size() : found + end.size();
  }

  // To its end or the line's: an apostrophe need not begin anything.
  void skip_quoted(char quote) {
    for (at_++; at_ < text_.size() && text_[at_] != '\n'; at_++) {
      if (text_[at_] == '\\') {
        at_++;
      } else if (text_[at_] == quote) {
        at_++;
        return;
      }
    }
  }

  void add_word() {
    const size_t begin = at_;
    while (at_ < text_.size() && is_word(text_[at_])) at_++;
    const std::string_view word = text_.substr(begin, at_ - begin);
    if (find_api_function(word) != nullptr) {
      uses_.names.emplace(word);
      return;
    }
    // A type or a macro of a similar name is no use; a call is.
    size_t next = at_;
    while (next < text_.size() && text_[next] == ' ') next++;
    if (next < text_.size() && text_[next] == '(' && is_of_wamr(word)) uses_.names.emplace(word);
  }

  // #include "name" or <name>; the rest of other lines is read as any text.
  void add_header() {
    at_++;
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t')) at_++;
    if (!starts("include")) return;
    const size_t line = text_.find('\n', at_);
    const size_t begin = text_.find_first_of("\"<", at_);
    if (begin == std::string_view::npos || begin > line) return;
    const size_t end = text_.find_first_of("\">", begin + 1);
    if (end == std::string_view::npos || end > line) return;
    const std::string_view name = text_.substr(begin + 1, end - begin - 1);
    if (is_internal_header(name)) uses_.internal_headers.emplace(name);
    at_ = end + 1;
  }

  std::string_view text_;
  size_t at_ = 0;
  ApiUses& uses_;
};

}  // namespace

void add_uses_of_source(std::span<const uint8_t> bytes, ApiUses& uses) {
  Source({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, uses).read();
}

}  // namespace wembed::command
