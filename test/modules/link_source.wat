;; Exports for another instance to import.
(module
  (memory (export "memory") 1 3)
  (table (export "table") 2 4 funcref)
  (global $count (export "count") (mut i32) (i32.const 5))
  (global (export "limit") i64 (i64.const 77))
  (func $add (export "add") (param i32 i32) (result i32)
    (global.set $count (i32.add (global.get $count) (i32.const 1)))
    (i32.add (local.get 0) (local.get 1)))
  (func (export "count_is") (result i32) (global.get $count))
  (func (export "load8") (param i32) (result i32) (i32.load8_u (local.get 0)))
  (func (export "fail") unreachable)
  (elem (i32.const 0) func $add))
