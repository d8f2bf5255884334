;; Imports of every origin: WASI, the C library, natives, callbacks and globals of the host.
(module
  (import "wasi_snapshot_preview1" "fd_write"
    (func $write (param i32 i32 i32 i32) (result i32)))
  (import "env" "strlen" (func $strlen (param i32) (result i32)))
  (import "natives" "multiply" (func $multiply (param i32 i32) (result i32)))
  (import "callbacks" "add" (func $add (param i32) (result i32)))
  (import "callbacks" "base" (global $base i32))
  (memory (export "memory") 1)
  (data (i32.const 0) "\10\00\00\00\0b\00\00\00")
  (data (i32.const 16) "from WASI.\n\00")
  (func (export "_initialize"))
  (func (export "written") (result i32)
    (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))
    (i32.load (i32.const 8)))
  (func (export "sum") (param i32) (result i32)
    (i32.add
      (i32.add (call $multiply (local.get 0) (i32.const 3)) (call $add (i32.const 9)))
      (i32.add (global.get $base) (call $strlen (i32.const 16))))))
