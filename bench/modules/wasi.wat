;; Calls of WASI's. Each loop makes n of them, and answers how many have done all of it.
(module
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_seek" (func $seek (param i32 i64 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "clock_time_get" (func $clock (param i32 i64 i32) (result i32)))
  (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
  (memory (export "memory") 1)
  ;; 16: a vector of 4 KiB at 4096; 24: what was done.
  (data (i32.const 16) "\00\10\00\00\00\10\00\00")
  (func $begin (param $fd i32) (param $i i32)
    (if (i32.eqz (i32.and (local.get $i) (i32.const 255))) (then
      (drop (call $seek (local.get $fd) (i64.const 0) (i32.const 0) (i32.const 32))))))
  (func $whole (param $error i32) (result i32)
    (i32.and (i32.eqz (local.get $error)) (i32.eq (i32.load (i32.const 24)) (i32.const 4096))))
  (func (export "write") (param $n i32) (result i32) (local $i i32) (local $good i32)
    (loop $again
      (call $begin (i32.const 1) (local.get $i))
      (local.set $good (i32.add (local.get $good)
        (call $whole (call $write (i32.const 1) (i32.const 16) (i32.const 1) (i32.const 24)))))
      (br_if $again
        (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $n))))
    (local.get $good))
  (func (export "read") (param $n i32) (result i32) (local $i i32) (local $good i32)
    (loop $again
      (call $begin (i32.const 0) (local.get $i))
      (local.set $good (i32.add (local.get $good)
        (call $whole (call $read (i32.const 0) (i32.const 16) (i32.const 1) (i32.const 24)))))
      (br_if $again
        (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $n))))
    (local.get $good))
  (func (export "clock") (param $n i32) (result i32) (local $i i32) (local $good i32)
    (loop $again
      (local.set $good (i32.add (local.get $good)
        (i32.eqz (call $clock (i32.const 1) (i64.const 0) (i32.const 40)))))
      (br_if $again
        (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $n))))
    (local.get $good))
  (func (export "random") (param $n i32) (result i32) (local $i i32) (local $good i32)
    (loop $again
      (local.set $good (i32.add (local.get $good)
        (i32.eqz (call $random (i32.const 4096) (i32.const 32)))))
      (br_if $again
        (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $n))))
    (local.get $good)))
