/* What kernels in C have: numbers, and an export. They use no library. */
#pragma once

typedef __INT8_TYPE__ int8_t;
typedef __INT16_TYPE__ int16_t;
typedef __INT32_TYPE__ int32_t;
typedef __INT64_TYPE__ int64_t;
typedef __UINT8_TYPE__ uint8_t;
typedef __UINT16_TYPE__ uint16_t;
typedef __UINT32_TYPE__ uint32_t;
typedef __UINT64_TYPE__ uint64_t;

#define EXPORT __attribute__((visibility("default")))

/* n times the kernel's work; the result depends on all of it. */
EXPORT uint32_t run(uint32_t n);
