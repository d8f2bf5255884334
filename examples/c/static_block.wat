;; A controller: keeps the last readings in a ring and tells how far they are from a target.
(module
  (import "board" "set_output" (func $set_output (param i32)))
  (memory (export "memory") 1 2)
  (global $next (mut i32) (i32.const 0))
  (func $average (result i32)
    (local $at i32) (local $sum i32)
    (loop $each
      (local.set $sum (i32.add (local.get $sum) (i32.load (local.get $at))))
      (local.set $at (i32.add (local.get $at) (i32.const 4)))
      (br_if $each (i32.lt_u (local.get $at) (i32.const 32))))
    (i32.shr_s (local.get $sum) (i32.const 3)))
  (func (export "start") (param $reading i32)
    (loop $each
      (i32.store (global.get $next) (local.get $reading))
      (global.set $next (i32.and (i32.add (global.get $next) (i32.const 4)) (i32.const 31)))
      (br_if $each (global.get $next))))
  (func (export "step") (param $reading i32) (param $target i32)
    (i32.store (global.get $next) (local.get $reading))
    (global.set $next (i32.and (i32.add (global.get $next) (i32.const 4)) (i32.const 31)))
    (call $set_output (i32.sub (local.get $target) (call $average)))))
