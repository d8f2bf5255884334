;; Imports from a reactor of WASI, and is one itself: both are initialized, and share descriptors.
(module
  (import "reactor" "count" (func $count (result i32)))
  (import "reactor" "close" (func $close (param i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_close" (func $fd_close (param i32) (result i32)))
  (memory (export "memory") 1)
  (global $own (mut i32) (i32.const 0))
  (func (export "_initialize") (global.set $own (i32.add (global.get $own) (i32.const 10))))
  (func (export "count") (result i32) (i32.add (global.get $own) (call $count)))
  ;; 8, when the reactor's descriptors are these.
  (func (export "close") (result i32)
    (drop (call $close (i32.const 2)))
    (call $fd_close (i32.const 2))))
