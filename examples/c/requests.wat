;; A guest that remembers: it counts requests and keeps each one's text.
(module
  (memory (export "memory") 1 16)
  (global $requests (mut i32) (i32.const 0))
  (global $end (mut i32) (i32.const 4096))
  (func (export "handle") (param $text i32) (param $length i32) (result i32)
    (memory.copy (global.get $end) (local.get $text) (local.get $length))
    (global.set $end (i32.add (global.get $end) (local.get $length)))
    (global.set $requests (i32.add (global.get $requests) (i32.const 1)))
    (global.get $requests))
  ;; Bytes of former requests that can still be seen.
  (func (export "remembered") (result i32)
    (i32.sub (global.get $end) (i32.const 4096)))
  (func (export "fail") unreachable))
