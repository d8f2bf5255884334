;; Handles one request: makes its text upper case in place and tells the host how many requests
;; this instance has handled. A well-behaved server never sees more than one.
(module
  (import "env" "log" (func $log (param i32)))
  (memory (export "memory") 1)
  (global $handled (mut i32) (i32.const 0))
  (func (export "handle") (param $at i32) (param $length i32)
    (local $end i32) (local $byte i32)
    (global.set $handled (i32.add (global.get $handled) (i32.const 1)))
    (local.set $end (i32.add (local.get $at) (local.get $length)))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $at) (local.get $end)))
        (local.set $byte (i32.load8_u (local.get $at)))
        (if (i32.lt_u (i32.sub (local.get $byte) (i32.const 97)) (i32.const 26))
          (then (i32.store8 (local.get $at) (i32.sub (local.get $byte) (i32.const 32)))))
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (br $next)))
    (call $log (global.get $handled))))
