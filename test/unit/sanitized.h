// Which sanitizer watches this program: some reactions of the system cannot be tested under one.
#pragma once

#if defined(__has_feature)
#define WEMBED_TEST_HAS_FEATURE(name) __has_feature(name)
#else
#define WEMBED_TEST_HAS_FEATURE(name) 0
#endif

#if defined(__SANITIZE_ADDRESS__) || WEMBED_TEST_HAS_FEATURE(address_sanitizer)
constexpr bool kAddressSanitizer = true;
#else
constexpr bool kAddressSanitizer = false;
#endif

#if defined(__SANITIZE_THREAD__) || WEMBED_TEST_HAS_FEATURE(thread_sanitizer)
constexpr bool kThreadSanitizer = true;
#else
constexpr bool kThreadSanitizer = false;
#endif
