;; Adds up floats in memory, after having said so.
(module
  (import "env" "log" (func $log (param $text i32) (param $length i32)))
  (memory (export "memory") 1)
  (data (i32.const 16) "adding up")
  (func (export "sum") (param $at i32) (param $count i32) (result f32)
    (local $total f32)
    (call $log (i32.const 16) (i32.const 9))
    (block $end
      (loop $next
        (br_if $end (i32.eqz (local.get $count)))
        (local.set $total (f32.add (local.get $total) (f32.load (local.get $at))))
        (local.set $at (i32.add (local.get $at) (i32.const 4)))
        (local.set $count (i32.sub (local.get $count) (i32.const 1)))
        (br $next)))
    (local.get $total)))
