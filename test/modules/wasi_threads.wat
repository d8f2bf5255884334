;; A program with a stack in its memory, threads of which run beside each other until one ends all.
(module
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (import "wasi_snapshot_preview1" "poll_oneoff"
    (func $poll (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 2)
  (global $sp (mut i32) (i32.const 66560))
  (global (export "__data_end") i32 (i32.const 1024))
  (global (export "__heap_base") i32 (i32.const 66560))
  (func (export "_start"))
  (func (export "sp") (result i32) (global.get $sp))
  (func (export "loop") (loop $again (br $again)))
  ;; A relative time of a clock: an hour.
  (func (export "sleep")
    (i32.store (i32.const 32) (i32.const 1))
    (i64.store (i32.const 40) (i64.const 3600000000000))
    (drop (call $poll (i32.const 16) (i32.const 128) (i32.const 1) (i32.const 8))))
  (func (export "exit") (param i32) (call $exit (local.get 0))))
