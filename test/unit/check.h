// The unit tests' own small harness: TEST_CASE(name) { ... } registers a case, the macros below
// check inside it. A failed CHECK is printed and the case goes on, a failed REQUIRE leaves it.
// check.cpp holds main: `program [--list | FILTER...]`.
#pragma once

#include <cstdio>
#include <string_view>
#include <type_traits>

namespace wembed::check {

struct Case {
  const char* name;
  void (*run)();
  Case* next = nullptr;
  Case(const char* case_name, void (*body)());
};

/// Reports a failed check of the running case.
void fail(const char* file, int line, const char* expression, const char* detail = "");

/// Text of a compared value for a failure's message.
struct Shown {
  char text[96];
  template <typename T> explicit Shown(const T& value) {
    if constexpr (std::is_same_v<T, bool>) {
      std::snprintf(text, sizeof text, "%s", value ? "true" : "false");
    } else if constexpr (std::is_convertible_v<T, std::string_view>) {
      std::string_view view = value;
      std::snprintf(text, sizeof text, "\"%.*s\"", static_cast<int>(view.size()), view.data());
    } else if constexpr (std::is_floating_point_v<T>) {
      std::snprintf(text, sizeof text, "%.17g", static_cast<double>(value));
    } else if constexpr (std::is_pointer_v<T>) {
      std::snprintf(text, sizeof text, "%p", reinterpret_cast<const void*>(value));
    } else if constexpr (std::is_enum_v<T> || std::is_integral_v<T>) {
      auto number = static_cast<long long>(value);
      std::snprintf(text, sizeof text, "%lld (0x%llx)", number, number);
    } else {
      std::snprintf(text, sizeof text, "another value");
    }
  }
};

template <typename A, typename B> bool equal(const A& a, const B& b) {
  if constexpr (std::is_convertible_v<A, std::string_view> &&
                std::is_convertible_v<B, std::string_view>) {
    return std::string_view(a) == std::string_view(b);  // C strings by their text
  } else {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wsign-compare"
    return a == b;
#pragma GCC diagnostic pop
  }
}

template <typename A, typename B>
void check_equal(const char* file, int line, const char* expression, const A& a, const B& b) {
  if (equal(a, b)) return;
  char detail[224];
  std::snprintf(detail, sizeof detail, "%s is not %s", Shown(a).text, Shown(b).text);
  fail(file, line, expression, detail);
}

}  // namespace wembed::check

#define TEST_CASE(name)                                                     \
  static void test_case_##name();                                           \
  static ::wembed::check::Case test_entry_##name(#name, &test_case_##name); \
  static void test_case_##name()

#define CHECK(...)                                                               \
  do {                                                                           \
    if (!(__VA_ARGS__)) ::wembed::check::fail(__FILE__, __LINE__, #__VA_ARGS__); \
  } while (0)

#define CHECK_EQ(a, b) ::wembed::check::check_equal(__FILE__, __LINE__, #a " == " #b, (a), (b))

#define REQUIRE(...)                                           \
  do {                                                         \
    if (!(__VA_ARGS__)) {                                      \
      ::wembed::check::fail(__FILE__, __LINE__, #__VA_ARGS__); \
      return;                                                  \
    }                                                          \
  } while (0)
