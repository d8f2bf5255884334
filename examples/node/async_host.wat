;; Asks the host for three records, one behind the other; says how long they are together.
(module
  (import "host" "fetch" (func $fetch (param i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (func (export "collect") (param $at i32) (result i32) (local $start i32) (local $id i32)
    (local.set $start (local.get $at))
    (loop $next
      (local.set $id (i32.add (local.get $id) (i32.const 1)))
      (local.set $at (i32.add (local.get $at)
        (call $fetch (local.get $id) (local.get $at) (i32.const 64))))
      (br_if $next (i32.lt_u (local.get $id) (i32.const 3))))
    (i32.sub (local.get $at) (local.get $start)))
  (func (export "missing") (result i32)
    (call $fetch (i32.const 9) (i32.const 0) (i32.const 64))))
