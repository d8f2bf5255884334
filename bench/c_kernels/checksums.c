/* Checksums of a buffer: bit by bit, by table, and Adler's, with a mix in between. */
#include "kernel.h"

enum { kBytes = 4096 };
static uint8_t buffer[kBytes];
static uint32_t table[256];

static uint32_t crc_of_byte(uint32_t crc, uint8_t byte) {
  crc ^= byte;
  for (int bit = 0; bit < 8; bit++) crc = crc & 1 ? crc >> 1 ^ 0xedb88320 : crc >> 1;
  return crc;
}

static uint16_t crc16(const uint8_t* at, uint32_t bytes) {
  uint16_t crc = 0xffff;
  for (uint32_t i = 0; i < bytes; i++) {
    uint8_t value = at[i];
    for (int bit = 0; bit < 8; bit++) {
      const uint8_t carry = (uint8_t)((value ^ crc) & 1);
      value >>= 1;
      crc >>= 1;
      if (carry) crc ^= 0xa001;
    }
  }
  return crc;
}

static uint32_t crc32(const uint8_t* at, uint32_t bytes) {
  uint32_t crc = 0xffffffff;
  for (uint32_t i = 0; i < bytes; i++) crc = crc >> 8 ^ table[(crc ^ at[i]) & 0xff];
  return ~crc;
}

static uint32_t adler(const uint8_t* at, uint32_t bytes) {
  uint32_t a = 1, b = 0;
  for (uint32_t i = 0; i < bytes; i++) {
    a = (a + at[i]) % 65521;
    b = (b + a) % 65521;
  }
  return b << 16 | a;
}

EXPORT uint32_t run(uint32_t n) {
  for (uint32_t i = 0; i < 256; i++) table[i] = crc_of_byte(0, (uint8_t)i) ^ crc_of_byte(0, 0);
  for (uint32_t i = 0; i < kBytes; i++) buffer[i] = (uint8_t)(i * 31 + (i >> 5));
  uint32_t sum = 0;
  for (uint32_t i = 0; i < n; i++) {
    sum = sum * 31 + crc32(buffer, kBytes);
    sum ^= adler(buffer, kBytes);
    sum += crc16(buffer, kBytes / 8);
    buffer[sum % kBytes] = (uint8_t)sum;
  }
  return sum;
}
