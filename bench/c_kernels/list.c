/* Linked lists: merge sort by functions that are given, searches, reversals. */
#include "kernel.h"

typedef struct Node {
  struct Node* next;
  uint16_t index;
  uint16_t data;
} Node;

typedef int32_t (*Order)(const Node* a, const Node* b);

enum { kNodes = 120 };
static Node nodes[kNodes];

static int32_t by_index(const Node* a, const Node* b) { return a->index - b->index; }
static int32_t by_data(const Node* a, const Node* b) { return a->data - b->data; }
static int32_t by_low_bits(const Node* a, const Node* b) {
  return (a->data & 0x3f) - (b->data & 0x3f);
}
static const Order orders[] = {by_data, by_low_bits, by_index};

static Node* sort(Node* list, Order order) {
  for (uint32_t width = 1;; width *= 2) {
    Node *left = list, *tail = 0;
    uint32_t merges = 0;
    list = 0;
    while (left) {
      merges++;
      Node* right = left;
      uint32_t left_size = 0, right_size = width;
      while (left_size < width && right) {
        left_size++;
        right = right->next;
      }
      while (left_size > 0 || (right_size > 0 && right)) {
        Node* taken;
        if (left_size == 0 || (right_size > 0 && right && order(left, right) > 0)) {
          taken = right;
          right = right->next;
          right_size--;
        } else {
          taken = left;
          left = left->next;
          left_size--;
        }
        if (tail)
          tail->next = taken;
        else
          list = taken;
        tail = taken;
      }
      left = right;
    }
    if (tail) tail->next = 0;
    if (merges <= 1) return list;
  }
}

static Node* reverse(Node* list) {
  Node* reversed = 0;
  while (list) {
    Node* next = list->next;
    list->next = reversed;
    reversed = list;
    list = next;
  }
  return reversed;
}

static const Node* find(const Node* list, uint16_t data) {
  while (list && list->data != data) list = list->next;
  return list;
}

EXPORT uint32_t run(uint32_t n) {
  uint32_t random = 7, sum = 0;
  for (uint32_t i = 0; i < kNodes; i++) {
    random = random * 1664525 + 1013904223;
    nodes[i] = (Node){i + 1 < kNodes ? &nodes[i + 1] : 0, (uint16_t)i, (uint16_t)(random >> 16)};
  }
  Node* list = nodes;
  for (uint32_t i = 0; i < n; i++) {
    list = sort(list, orders[i % 3]);
    list = reverse(list);
    for (uint32_t k = 0; k < 8; k++) {
      const Node* found = find(list, nodes[(i * 13 + k * 29) % kNodes].data);
      sum = sum * 31 + (found ? found->index : 0xffff);
    }
  }
  return sum;
}
