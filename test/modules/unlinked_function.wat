(module
  (import "nowhere" "missing" (func $missing (param i32) (result i32)))
  (func (export "call") (param i32) (result i32) (call $missing (local.get 0)))
  (func (export "other") (result i32) (i32.const 5))
  (export "again" (func $missing)))
