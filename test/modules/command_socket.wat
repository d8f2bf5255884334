;; A program that is told a port of the machine's own (two bytes of standard input), sends "ping" there
;; and prints what it is answered. It ends with the error number of what fails.
(module
  (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (import "wasi_snapshot_preview1" "sock_open"
    (func $open (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "sock_connect" (func $connect (param i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 36) "\7f\00\00\01") ;; the address, whose kind is at 32 and port at 40
  (data (i32.const 64) "ping")
  (func $check (param $error i32)
    (if (local.get $error) (then (call $exit (local.get $error)))))
  ;; A vector at 16, a result at 24.
  (func $vector (param $at i32) (param $size i32) (result i32)
    (i32.store (i32.const 16) (local.get $at))
    (i32.store (i32.const 20) (local.get $size))
    (i32.const 16))
  (func (export "_start") (local $socket i32)
    (call $check (call $read (i32.const 0) (call $vector (i32.const 40) (i32.const 2))
      (i32.const 1) (i32.const 24)))
    (call $check (call $open (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 28)))
    (local.set $socket (i32.load (i32.const 28)))
    (call $check (call $connect (local.get $socket) (i32.const 32)))
    (call $check (call $write (local.get $socket) (call $vector (i32.const 64) (i32.const 4))
      (i32.const 1) (i32.const 24)))
    (call $check (call $read (local.get $socket) (call $vector (i32.const 128) (i32.const 64))
      (i32.const 1) (i32.const 24)))
    (call $check (call $write (i32.const 1)
      (call $vector (i32.const 128) (i32.load (i32.const 24))) (i32.const 1) (i32.const 24)))))
