;; Its memory is imported, from a module that nobody has. A thread leaves its argument there.
(module
  (import "wasi" "thread-spawn" (func $spawn (param i32) (result i32)))
  (import "nobody" "has it" (memory 1 1 shared))
  (export "memory" (memory 0))
  (func (export "_start"))
  (func (export "wasi_thread_start") (param $number i32) (param $argument i32)
    (i32.atomic.store (i32.const 16) (local.get $argument))
    (drop (memory.atomic.notify (i32.const 16) (i32.const 1))))
  (func (export "spawn") (param i32) (result i32) (call $spawn (local.get 0)))
  (func (export "left") (result i32)
    (drop (memory.atomic.wait32 (i32.const 16) (i32.const 0) (i64.const -1)))
    (i32.atomic.load (i32.const 16))))
