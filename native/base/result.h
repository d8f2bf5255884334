// A value or an error code; failure is a value everywhere in the core.
#pragma once

#include <utility>

#include "base/error.h"

namespace wembed {

template <class T> class [[nodiscard]] Result {
 public:
  // Both convert: that is the point.
  Result(T value) : value_(std::move(value)) {}
  Result(Error error) : error_(error) {}
  [[nodiscard]] bool ok() const { return error_ == Error::None; }
  [[nodiscard]] Error error() const { return error_; }
  T& value() { return value_; }
  const T& value() const { return value_; }

 private:
  T value_{};
  Error error_ = Error::None;
};

}  // namespace wembed

#define WEMBED_CONCAT_(a, b) a##b
#define WEMBED_CONCAT(a, b) WEMBED_CONCAT_(a, b)

// WEMBED_TRY(auto x, f()): x is f()'s value, or the function returns its error.
#define WEMBED_TRY(declaration, expression) \
  WEMBED_TRY_(declaration, expression, WEMBED_CONCAT(wembed_result_, __LINE__))
#define WEMBED_TRY_(declaration, expression, name) \
  auto name = (expression);                        \
  if (!name.ok()) [[unlikely]]                     \
    return name.error();                           \
  declaration = std::move(name.value())

// WEMBED_CHECK(f()): the function returns f()'s error, if any. f returns Error.
#define WEMBED_CHECK(expression)                                                              \
  do {                                                                                        \
    if (::wembed::Error wembed_error_ = (expression); wembed_error_ != ::wembed::Error::None) \
        [[unlikely]]                                                                          \
      return wembed_error_;                                                                   \
  } while (false)
