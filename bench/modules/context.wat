;; A guest that has the host work on 4 KiB of its memory, again and again; `none` only loops.
(module
  (import "context" "direct" (func $direct (param i32 i32) (result i32)))
  (import "context" "copied" (func $copied (param i32 i32) (result i32)))
  (memory (export "memory") 2)
  (func (export "none") (param $n i32) (result i32) (local $sum i32)
    (loop $again
      (local.set $sum (i32.add (local.get $sum) (i32.const 64)))
      (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $sum))
  (func (export "direct") (param $n i32) (result i32) (local $sum i32)
    (loop $again
      (local.set $sum (i32.add (local.get $sum) (call $direct (i32.const 1024) (i32.const 4096))))
      (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $sum))
  (func (export "copied") (param $n i32) (result i32) (local $sum i32)
    (loop $again
      (local.set $sum (i32.add (local.get $sum) (call $copied (i32.const 1024) (i32.const 4096))))
      (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $sum)))
