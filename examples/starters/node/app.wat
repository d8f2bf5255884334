;; The guest of the starters: greets whoever the host says is there, and adds up floats.
(module
  (import "host" "print" (func $print (param i32 i32)))
  (memory (export "memory") 1)
  (data (i32.const 16) "hello from the guest")
  (func (export "greet") (call $print (i32.const 16) (i32.const 20)))
  (func (export "sum") (param $at i32) (param $count i32) (result f32)
    (local $total f32)
    (block $done
      (loop $next
        (br_if $done (i32.eqz (local.get $count)))
        (local.set $total (f32.add (local.get $total) (f32.load (local.get $at))))
        (local.set $at (i32.add (local.get $at) (i32.const 4)))
        (local.set $count (i32.sub (local.get $count) (i32.const 1)))
        (br $next)))
    (local.get $total)))
