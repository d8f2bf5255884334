;; Calls in place of the function.
(module
  (import "env" "host" (func $host (param i32) (result i32)))
  (table 2 funcref)
  (func $many (param i32 i32) (result i32) (local.get 1))
  (func (export "direct") (param i32) (result i32)
    (local i32)
    (return_call $many (local.get 0) (i32.const 1)))
  (func (export "host") (param i32) (result i32)
    (return_call $host (i32.add (local.get 0) (i32.const 1))))
  (func (export "indirect") (param i32) (result i32)
    (return_call_indirect (param i32) (result i32) (local.get 0) (i32.const 1))))
