// bh_queue.h.
#include "bh_queue.h"

#include <new>

#include "bh_platform.h"
#include "capi/handles.h"

struct bh_queue_node {
  bh_queue_node* next;
  unsigned short tag;
  unsigned int length;
  void* body;
  bh_msg_cleaner cleaner;
};

struct bh_queue {
  static constexpr unsigned kMost = 50;

  korp_mutex mutex;
  korp_cond changed;
  unsigned count = 0;
  bool is_leaving = false;  // the loop ends
  bh_queue_node* first = nullptr;
  bh_queue_node* last = nullptr;
};

namespace {

class Lock {
 public:
  explicit Lock(bh_queue& queue) : queue_(queue) { os_mutex_lock(&queue_.mutex); }
  ~Lock() { os_mutex_unlock(&queue_.mutex); }
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;

 private:
  bh_queue& queue_;
};

// False: there is none in that time, or the loop is to end.
bool wait_for_message(bh_queue& queue, uint64 timeout_us) {
  const uint64 begin = os_time_get_boot_us();
  while (queue.count == 0 && !queue.is_leaving) {
    uint64 left = timeout_us;
    if (timeout_us != BHT_WAIT_FOREVER) {
      uint64 gone = os_time_get_boot_us() - begin;
      if (gone >= timeout_us) return false;
      left = timeout_us - gone;
    }
    os_cond_reltimedwait(&queue.changed, &queue.mutex, left);
  }
  return queue.count > 0;
}

bool is_leaving(bh_queue& queue) {
  Lock lock(queue);
  return queue.is_leaving;
}

}  // namespace

WEMBED_API bh_queue* bh_queue_create() {
  void* block = wasm_runtime_malloc(sizeof(bh_queue));
  if (block == nullptr) return nullptr;
  auto* queue = ::new (block) bh_queue;
  if (os_mutex_init(&queue->mutex) == BHT_OK) {
    if (os_cond_init(&queue->changed) == BHT_OK) return queue;
    os_mutex_destroy(&queue->mutex);
  }
  wasm_runtime_free(queue);
  return nullptr;
}

WEMBED_API void bh_queue_destroy(bh_queue* queue) {
  if (queue == nullptr) return;
  while (queue->first != nullptr) {
    bh_queue_node* message = queue->first;
    queue->first = message->next;
    bh_free_msg(message);
  }
  os_cond_destroy(&queue->changed);
  os_mutex_destroy(&queue->mutex);
  wasm_runtime_free(queue);
}

WEMBED_API char* bh_message_payload(bh_message_t message) {
  return static_cast<char*>(message->body);
}
WEMBED_API uint32 bh_message_payload_len(bh_message_t message) { return message->length; }
WEMBED_API int bh_message_type(bh_message_t message) { return message->tag; }

WEMBED_API bh_message_t bh_new_msg(unsigned short tag, void* body, unsigned int len,
                                   void* handler) {
  void* block = wasm_runtime_malloc(sizeof(bh_queue_node));
  if (block == nullptr) return nullptr;
  return ::new (block)
      bh_queue_node{nullptr, tag, len, body, reinterpret_cast<bh_msg_cleaner>(handler)};
}

WEMBED_API void bh_free_msg(bh_message_t msg) {
  if (msg == nullptr) return;
  if (msg->cleaner != nullptr) {
    msg->cleaner(msg->body);
  } else if (msg->body != nullptr && msg->length != 0) {
    // Without a length the body is often no pointer at all.
    wasm_runtime_free(msg->body);
  }
  wasm_runtime_free(msg);
}

WEMBED_API bool bh_post_msg2(bh_queue* queue, bh_message_t msg) {
  {
    Lock lock(*queue);
    if (queue->count < bh_queue::kMost) {
      msg->next = nullptr;
      (queue->count++ == 0 ? queue->first : queue->last->next) = msg;
      queue->last = msg;
      os_cond_signal(&queue->changed);
      return true;
    }
  }
  bh_free_msg(msg);
  return false;
}

WEMBED_API bool bh_post_msg(bh_queue* queue, unsigned short tag, void* body, unsigned int len) {
  bh_message_t msg = bh_new_msg(tag, body, len, nullptr);
  if (msg != nullptr) return bh_post_msg2(queue, msg);
  if (len != 0 && body != nullptr) wasm_runtime_free(body);
  return false;
}

WEMBED_API bh_message_t bh_get_msg(bh_queue* queue, uint64 timeout_us) {
  Lock lock(*queue);
  if (!wait_for_message(*queue, timeout_us)) return nullptr;
  bh_queue_node* message = queue->first;
  queue->first = message->next;
  queue->count--;
  return message;
}

WEMBED_API unsigned bh_queue_get_message_count(bh_queue* queue) {
  if (queue == nullptr) return 0;
  Lock lock(*queue);
  return queue->count;
}

WEMBED_API void bh_queue_enter_loop_run(bh_queue* queue, bh_queue_handle_msg_callback handle_cb,
                                        void* arg) {
  if (queue == nullptr) return;
  while (!is_leaving(*queue)) {
    bh_message_t message = bh_get_msg(queue, BHT_WAIT_FOREVER);
    if (message == nullptr) continue;
    handle_cb(message, arg);
    bh_free_msg(message);
  }
}

WEMBED_API void bh_queue_exit_loop_run(bh_queue* queue) {
  if (queue == nullptr) return;
  Lock lock(*queue);
  queue->is_leaving = true;
  os_cond_broadcast(&queue->changed);
}
