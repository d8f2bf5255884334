;; Atomic accesses take operands from any slots; waits and notify take them from homes.
(module
  (memory 1 2 shared)
  (func (export "accesses") (param i32 i64) (result i64)
    (local $old i64)
    (i32.atomic.store offset=4 (local.get 0) (i32.const 7))
    (local.set $old (i64.atomic.rmw.add offset=8 (local.get 0) (local.get 1)))
    (drop (i32.atomic.rmw8.cmpxchg_u (local.get 0) (i32.const 1) (i32.const 2)))
    (i64.add (local.get $old) (i64.atomic.load32_u (local.get 0))))
  (func (export "waits") (param i32) (result i32)
    (atomic.fence)
    (i32.add
      (memory.atomic.wait64 offset=8 (local.get 0) (i64.const 3) (i64.const -1))
      (memory.atomic.notify (local.get 0) (i32.const 1))))
)
