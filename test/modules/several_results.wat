(module
  (import "env" "several" (func $several (param i32 i32) (result i32 i64 f64)))
  (func (export "several") (param i32 i32) (result i32 i64 f64)
    (call $several (local.get 0) (local.get 1))))
