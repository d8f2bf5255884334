;; A memory, and functions that set and get a byte of it and say so.
(module
  (import "" "report" (func $report (param i32)))
  (memory (export "memory") 2 2)
  (func (export "set") (param i32 i32)
    (call $report (i32.const 1))
    (i32.store8 (local.get 0) (local.get 1)))
  (func (export "get") (param i32) (result i32)
    (call $report (i32.const 2))
    (i32.load8_u (local.get 0))))
