;; Calls in and out. Each loop makes n calls; `none` is the same loop without one.
(module
  (import "env" "plain" (func $plain (param i32 i32) (result i32)))
  (import "env" "raw" (func $raw (param i32 i32) (result i32)))
  (import "env" "buffer" (func $buffer (param i32 i32) (result i32)))
  (memory (export "memory") 2)
  (func (export "add") (param i32 i32) (result i32)
    (i32.add (local.get 0) (local.get 1)))
  (func (export "none") (param $n i32) (result i32) (local $sum i32)
    (loop $again
      (local.set $sum (i32.add (local.get $sum) (i32.const 64)))
      (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $sum))
  (func (export "call_plain") (param $n i32) (result i32) (local $sum i32)
    (loop $again
      (local.set $sum (call $plain (local.get $sum) (i32.const 64)))
      (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $sum))
  (func (export "call_turns") (param $n i32) (result i32) (local $sum i32)
    (loop $again
      (local.set $sum (call $plain (local.get $sum) (i32.const 64)))
      (local.set $sum (call $raw (local.get $sum) (i32.const 64)))
      (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $sum))
  (func (export "call_raw") (param $n i32) (result i32) (local $sum i32)
    (loop $again
      (local.set $sum (call $raw (local.get $sum) (i32.const 64)))
      (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $sum))
  (func (export "call_buffer") (param $n i32) (result i32) (local $sum i32)
    (loop $again
      (local.set $sum (i32.add (local.get $sum) (call $buffer (i32.const 256) (i32.const 64))))
      (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $sum)))
