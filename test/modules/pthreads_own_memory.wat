;; A program whose memory nobody shares: locks there are, and threads not.
(module
  (import "env" "pthread_create" (func $create (param i32 i32 i32 i32) (result i32)))
  (import "env" "pthread_mutex_init" (func $init (param i32 i32) (result i32)))
  (import "env" "pthread_mutex_lock" (func $lock (param i32) (result i32)))
  (import "env" "pthread_mutex_unlock" (func $unlock (param i32) (result i32)))
  (memory (export "memory") 2)
  (global $sp (mut i32) (i32.const 66560))
  (global (export "__data_end") i32 (i32.const 1024))
  (global (export "__heap_base") i32 (i32.const 66560))
  (table funcref (elem $nothing))
  (func $nothing (param i32) (result i32) (local.get 0))
  (func (export "create") (result i32)
    (call $create (i32.const 32) (i32.const 0) (i32.const 0) (i32.const 0)))
  ;; 0: all was right.
  (func (export "use") (result i32)
    (i32.or (i32.or
      (call $init (i32.const 16) (i32.const 0))
      (call $lock (i32.const 16)))
      (call $unlock (i32.const 16)))))
