;; A module others import from: a counter, a memory, a table, globals, a trap, an allocator.
(module
  (import "env" "native" (func $native (param i32) (result i32)))
  (memory (export "memory") 1 4)
  (table (export "table") 2 funcref)
  (elem (i32.const 0) $next)
  (global $count (export "count") (mut i32) (i32.const 10))
  (global (export "limit") i32 (i32.const 99))
  (func $next (export "next") (result i32)
    (global.set $count (i32.add (global.get $count) (i32.const 1)))
    (global.get $count))
  (func (export "store") (param i32 i32) (i32.store (local.get 0) (local.get 1)))
  (func (export "through") (param i32) (result i32) (call $native (local.get 0)))
  (func (export "trap") unreachable))
