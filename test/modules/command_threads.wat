;; A program that starts threads as long as it may, and ends with their number.
(module
  (import "wasi" "thread-spawn" (func $spawn (param i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 1 1 shared)
  (func (export "wasi_thread_start") (param i32 i32)
    (drop (memory.atomic.wait32 (i32.const 1024) (i32.const 0) (i64.const -1))))
  (func (export "_start")
    (local $count i32)
    (loop $again
      (if (i32.gt_s (call $spawn (i32.const 0)) (i32.const 0)) (then
        (local.set $count (i32.add (local.get $count) (i32.const 1)))
        (br $again))))
    (call $exit (local.get $count))))
