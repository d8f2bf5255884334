;; A reactor: counts how often it was initialized, and whether a constructor of C ran, which it must
;; not.
(module
  (import "wasi_snapshot_preview1" "sched_yield" (func $yield (result i32)))
  (import "wasi_snapshot_preview1" "fd_close" (func $close (param i32) (result i32)))
  (memory (export "memory") 1)
  (global $count (mut i32) (i32.const 0))
  (func (export "_initialize")
    (global.set $count (i32.add (global.get $count) (i32.add (i32.const 1) (call $yield)))))
  (func (export "__wasm_call_ctors") (global.set $count (i32.const 100)))
  (export "close" (func $close))
  (func (export "count") (result i32) (global.get $count)))
