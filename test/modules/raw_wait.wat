;; Calls a host function that waits.
(module
  (import "host" "wait" (func $wait))
  (func (export "wait") (result i32) (call $wait) (i32.const 0))
)
