/*
 * Queues of messages between threads of a host. A queue holds 50 messages at the most. Queues and
 * messages are made by the process-wide runtime's allocator: it has to be up.
 */
#ifndef _BH_QUEUE_H
#define _BH_QUEUE_H

#include "platform_common.h"

#ifdef __cplusplus
extern "C" {
#endif

struct bh_queue;
typedef struct bh_queue bh_queue;
struct bh_queue_node;
typedef struct bh_queue_node* bh_message_t;

typedef void (*bh_queue_handle_msg_callback)(void* message, void* arg);
/* Ends a message's body. */
typedef void (*bh_msg_cleaner)(void* msg);

/* NULL: no memory. */
bh_queue* bh_queue_create(void);
/* Frees the messages in it as well. Nobody uses it any more. NULL does nothing. */
void bh_queue_destroy(bh_queue* queue);

/* The parts of a message; the payload is the body it was made with (NULL: none), as long as the
   message. */
char* bh_message_payload(bh_message_t message);
uint32 bh_message_payload_len(bh_message_t message);
int bh_message_type(bh_message_t message);

/* A message around a body: `handler`, a bh_msg_cleaner, ends the body with it. Without one, a body
   of a length other than 0 is freed by wasm_runtime_free. NULL: no memory, the body is left alone.
 */
bh_message_t bh_new_msg(unsigned short tag, void* body, unsigned int len, void* handler);
void bh_free_msg(bh_message_t msg);

/* Puts a message at the end. False: the queue is full, and the message is freed. */
bool bh_post_msg2(bh_queue* queue, bh_message_t msg);
/* The same with a new message without a cleaner; on failure the body is freed too. */
bool bh_post_msg(bh_queue* queue, unsigned short tag, void* body, unsigned int len);

/* Takes the first message, for which it waits so many microseconds, BHT_WAIT_FOREVER among them.
   NULL: there is none, or bh_queue_exit_loop_run was called. The caller frees it. */
bh_message_t bh_get_msg(bh_queue* queue, uint64 timeout_us);
unsigned bh_queue_get_message_count(bh_queue* queue);

/* Hands each message to `handle_cb` and frees it, until bh_queue_exit_loop_run is called, from that
   function or any thread. */
void bh_queue_enter_loop_run(bh_queue* queue, bh_queue_handle_msg_callback handle_cb, void* arg);
void bh_queue_exit_loop_run(bh_queue* queue);

#ifdef __cplusplus
}
#endif

#endif /* _BH_QUEUE_H */
