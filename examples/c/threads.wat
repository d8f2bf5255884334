;; Several threads take numbers from one counter, and the host is told when all have been taken.
(module
  (memory (export "memory") 1 1 shared)
  ;; Takes numbers below `end` until there are none; their sum.
  (func (export "take") (param $end i32) (result i64)
    (local $number i32) (local $sum i64)
    (block $none
      (loop $again
        (local.set $number (i32.atomic.rmw.add (i32.const 0) (i32.const 1)))
        (br_if $none (i32.ge_u (local.get $number) (local.get $end)))
        (local.set $sum (i64.add (local.get $sum) (i64.extend_i32_u (local.get $number))))
        (br $again)))
    (drop (i32.atomic.rmw.add (i32.const 4) (i32.const 1)))
    (drop (memory.atomic.notify (i32.const 4) (i32.const -1)))
    (local.get $sum)))
