// What is known of the bodies of one function.
#include "runtime/code.h"

#include "runtime/engine.h"
#include "runtime/root_map.h"
#include "runtime/roots.h"

namespace wembed {

const Body* Code::body_of(const Tier& tier) const {
  const Body* body = bodies.load(std::memory_order_acquire);
  while (body != nullptr && body->tier != &tier) body = body->next;
  return body;
}

const Body& publish_once(Code& code, Body& body) {
  body.next = code.bodies.load(std::memory_order_acquire);
  do {
    for (const Body* known = body.next; known != nullptr; known = known->next) {
      if (known->tier == body.tier) return *known;
    }
  } while (!code.bodies.compare_exchange_weak(body.next, &body, std::memory_order_acq_rel));
  return body;
}

void release_bodies(Code& code) {
  Body* body = code.bodies.exchange(nullptr, std::memory_order_acq_rel);
  while (body != nullptr) {
    Body* next = body->next;
    body->tier->release(code, *body);
    body = next;
  }
}

uint64_t locate(const Code& code, const void* place, bool is_return) {
  const Body* body = body_at(code, place, is_return);
  return body == nullptr ? kNoOffset : body->tier->locate(code, *body, place, is_return);
}

const RootMap* roots_at(const Code& code, const void* place, bool is_return, uint32_t& position) {
  const Body* body = body_at(code, place, is_return);
  if (body == nullptr) return nullptr;
  if (body->roots == nullptr) body->roots = body->tier->root_map(code, *body);
  position = body->tier->position(*body, place, is_return);
  return body->roots;
}

bool mark_frame(const Code& code, const void* place, bool is_return, const Slot* fp,
                Marker& marker) {
  uint32_t position = 0;
  const RootMap* roots = roots_at(code, place, is_return, position);
  if (roots == nullptr) return false;
  roots->for_each(position, [&](int32_t slot) { mark_slot(marker, fp[slot]); });
  return true;
}

}  // namespace wembed
