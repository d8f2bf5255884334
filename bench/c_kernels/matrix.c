/* Matrices of small integers, with casts between all widths, and of floats that are rounded. */
#include "kernel.h"

enum { kSize = 24 };
static int16_t a[kSize][kSize];
static int8_t b[kSize][kSize];
static int32_t c[kSize][kSize];
static float f[kSize][kSize];

static void multiply(void) {
  for (int i = 0; i < kSize; i++) {
    for (int k = 0; k < kSize; k++) {
      int32_t sum = 0;
      for (int m = 0; m < kSize; m++) sum += (int32_t)a[i][m] * (int32_t)b[m][k];
      c[i][k] = sum;
    }
  }
}

static void multiply_bits(void) {
  for (int i = 0; i < kSize; i++) {
    for (int k = 0; k < kSize; k++) {
      int64_t sum = 0;
      for (int m = 0; m < kSize; m++) {
        const uint32_t product = (uint32_t)a[i][m] * (uint32_t)b[m][k];
        sum += (int64_t)(int16_t)(product >> 2) * (product >> 5 & 127);
      }
      c[i][k] ^= (int32_t)(sum >> 3);
    }
  }
}

static void smooth(void) {
  for (int i = 1; i + 1 < kSize; i++) {
    for (int k = 1; k + 1 < kSize; k++) {
      const float mean = (f[i - 1][k] + f[i + 1][k] + f[i][k - 1] + f[i][k + 1]) * 0.25f;
      f[i][k] = f[i][k] * 0.5f + mean * 0.5f + (float)(c[i][k] & 255) * 0.001f;
    }
  }
}

static uint32_t fold(void) {
  uint32_t sum = 0;
  for (int i = 0; i < kSize; i++) {
    for (int k = 0; k < kSize; k++) {
      a[i][k] = (int16_t)(a[i][k] + c[k][i] / 127);
      b[i][k] = (int8_t)(b[i][k] + (int8_t)f[i][k]);
      sum = (sum << 5 | sum >> 27) + (uint16_t)a[i][k] + (uint8_t)b[i][k];
      if (f[i][k] > 100.0f) f[i][k] -= 100.0f;
    }
  }
  return sum;
}

EXPORT uint32_t run(uint32_t n) {
  for (int i = 0; i < kSize; i++) {
    for (int k = 0; k < kSize; k++) {
      a[i][k] = (int16_t)(i * 37 + k * 5);
      b[i][k] = (int8_t)(i * 11 - k * 3);
      f[i][k] = (float)(i - k);
    }
  }
  uint32_t sum = 0;
  for (uint32_t i = 0; i < n; i++) {
    multiply();
    multiply_bits();
    smooth();
    sum = sum * 31 + fold();
  }
  return sum;
}
