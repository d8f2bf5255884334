;; A guest without a memory, whose host function may be a start function's.
(module
  (import "env" "visit" (func $visit (param i32) (result i32)))
  (func (export "call") (param i32) (result i32) (call $visit (local.get 0))))
