// Which sanitizers watch this build.
#pragma once

#if defined(__has_feature)
#define WEMBED_HAS_FEATURE(name) __has_feature(name)
#else
#define WEMBED_HAS_FEATURE(name) 0
#endif

#if defined(__SANITIZE_ADDRESS__) || WEMBED_HAS_FEATURE(address_sanitizer)
#define WEMBED_ADDRESS_SANITIZER 1
#else
#define WEMBED_ADDRESS_SANITIZER 0
#endif

#if defined(__SANITIZE_THREAD__) || WEMBED_HAS_FEATURE(thread_sanitizer)
#define WEMBED_THREAD_SANITIZER 1
#else
#define WEMBED_THREAD_SANITIZER 0
#endif

#if WEMBED_ADDRESS_SANITIZER || WEMBED_THREAD_SANITIZER || WEMBED_HAS_FEATURE(memory_sanitizer) || \
    WEMBED_HAS_FEATURE(undefined_behavior_sanitizer)
#define WEMBED_SANITIZED 1
#else
#define WEMBED_SANITIZED 0
#endif
