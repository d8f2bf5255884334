;; Starts threads that call a function of the host's, and loop then if they are told 1.
(module
  (import "env" "memory" (memory 1 1 shared))
  (import "wasi" "thread-spawn" (func $spawn (param i32) (result i32)))
  (import "env" "count" (func $count))
  (export "memory" (memory 0))
  (func (export "wasi_thread_start") (param i32 i32)
    (call $count)
    (loop $again (br_if $again (local.get 1))))
  (func (export "spawn") (param i32) (result i32) (call $spawn (local.get 0))))
