// How thread-locals are declared that hot code or a signal handler reads.
#pragma once

// Initial-exec makes the access a single load in a shared library too, and never allocates. Not
// where a library that is loaded later may have no static thread storage (musl).
#if defined(__GLIBC__)
#define WEMBED_TLS_MODEL __attribute__((tls_model("initial-exec")))
#else
#define WEMBED_TLS_MODEL
#endif
