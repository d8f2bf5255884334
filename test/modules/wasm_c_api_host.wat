;; One import, and a bit of everything.
(module
  (import "host" "twice" (func $twice (param i32) (result i32)))
  (memory (export "memory") 1)
  (table (export "table") 1 funcref)
  (global (export "global") (mut i32) (i32.const 1))
  (elem (i32.const 0) func $four_times)
  (func $four_times (export "four_times") (param i32) (result i32)
    (call $twice (call $twice (local.get 0)))))
