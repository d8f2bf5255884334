;; Starts threads without saying where they begin.
(module
  (import "wasi" "thread-spawn" (func $spawn (param i32) (result i32)))
  (memory (export "memory") 1 1 shared)
  (func (export "_start"))
  (func (export "wasi_thread_start") (param i32))
  (func (export "spawn") (param i32) (result i32) (call $spawn (local.get 0))))
