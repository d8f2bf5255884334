/* A module that keeps the compile thread busy: many long functions that are called in turn. */
#ifndef WEMBED_TEST_BUSY_MODULE_H
#define WEMBED_TEST_BUSY_MODULE_H

#include "host.h"

enum { BUSY_FUNCTIONS = 48, BUSY_STEPS = 1500 };

typedef struct BusyWriter {
  uint8_t* data;
  uint32_t size;
} BusyWriter;

static void busy_byte(BusyWriter* out, uint32_t byte) { out->data[out->size++] = (uint8_t)byte; }

static void busy_number(BusyWriter* out, uint32_t value) {
  for (; value >= 128; value >>= 7) busy_byte(out, (value & 127) | 128);
  busy_byte(out, value);
}

static void busy_bytes(BusyWriter* out, const void* bytes, uint32_t size) {
  memcpy(out->data + out->size, bytes, size);
  out->size += size;
}

/* A section of what was written to `content`, which is empty again. */
static void busy_section(BusyWriter* out, uint32_t id, BusyWriter* content) {
  busy_byte(out, id);
  busy_number(out, content->size);
  busy_bytes(out, content->data, content->size);
  content->size = 0;
}

/* With its size before it. */
static void busy_body(BusyWriter* out, BusyWriter* body) {
  busy_number(out, body->size);
  busy_bytes(out, body->data, body->size);
  body->size = 0;
}

/* part(x) = x + 1, BUSY_STEPS times, with its number mixed in so that no two are the same. */
static void busy_part(BusyWriter* body, uint32_t number) {
  busy_byte(body, 0); /* no locals */
  for (uint32_t i = 0; i < BUSY_STEPS; i++) {
    const uint8_t step[] = {0x20, 0, 0x41, 1, 0x6a, 0x41, (uint8_t)(number & 63), 0x73, 0x21, 0};
    busy_bytes(body, step, sizeof step);
  }
  const uint8_t end[] = {0x20, 0, 0x0b};
  busy_bytes(body, end, sizeof end);
}

/* run(x) = all of them, one after the other, to be freed. */
UNUSED static Bytes busy_module(void) {
  const uint32_t room = BUSY_FUNCTIONS * (BUSY_STEPS * 10u + 16u) + 4096u;
  BusyWriter out = {malloc(room), 0};
  BusyWriter content = {malloc(room), 0};
  BusyWriter body = {malloc(room), 0};
  busy_bytes(&out, "\0asm\1\0\0\0", 8);
  busy_bytes(&content, "\1\x60\1\x7f\1\x7f", 6);
  busy_section(&out, 1, &content);
  busy_number(&content, BUSY_FUNCTIONS + 1);
  for (uint32_t i = 0; i <= BUSY_FUNCTIONS; i++) busy_byte(&content, 0);
  busy_section(&out, 3, &content);
  busy_bytes(&content, "\1\3run\0", 6);
  busy_number(&content, BUSY_FUNCTIONS);
  busy_section(&out, 7, &content);
  busy_number(&content, BUSY_FUNCTIONS + 1);
  for (uint32_t i = 0; i < BUSY_FUNCTIONS; i++) {
    busy_part(&body, i);
    busy_body(&content, &body);
  }
  busy_byte(&body, 0);
  const uint8_t argument[] = {0x20, 0};
  busy_bytes(&body, argument, sizeof argument);
  for (uint32_t i = 0; i < BUSY_FUNCTIONS; i++) {
    busy_byte(&body, 0x10);
    busy_number(&body, i);
  }
  busy_byte(&body, 0x0b);
  busy_body(&content, &body);
  busy_section(&out, 10, &content);
  free(content.data);
  free(body.data);
  return (Bytes){out.data, out.size};
}

/* What `run` gives. */
UNUSED static uint32_t busy_result(uint32_t x) {
  for (uint32_t number = 0; number < BUSY_FUNCTIONS; number++) {
    for (uint32_t i = 0; i < BUSY_STEPS; i++) x = (x + 1) ^ (number & 63);
  }
  return x;
}

#endif
