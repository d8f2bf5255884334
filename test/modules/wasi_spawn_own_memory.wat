;; Starts threads that would have a memory of their own.
(module
  (import "wasi" "thread-spawn" (func $spawn (param i32) (result i32)))
  (memory (export "memory") 1)
  (func (export "_start"))
  (func (export "wasi_thread_start") (param i32 i32))
  (func (export "spawn") (param i32) (result i32) (call $spawn (local.get 0))))
