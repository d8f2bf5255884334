(module
  (import "env" "sum" (func $sum (param i32 i64 f32 f64) (result i64)))
  (import "env" "text" (func $text (param i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 8) "raw\00")
  (func (export "sum") (param i32 i64 f32 f64) (result i64)
    (call $sum (local.get 0) (local.get 1) (local.get 2) (local.get 3)))
  (func (export "text") (param i32 i32) (result i32)
    (call $text (local.get 0) (local.get 1))))
