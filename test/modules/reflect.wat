;; Imports and exports of every kind, mixed on purpose.
(module
  (import "env" "g" (global $g (mut i64)))
  (import "env" "f" (func $f (param i32 i64 f32 f64 externref funcref) (result i32)))
  (import "env" "memory" (memory 1 7))
  (import "other" "h" (func $h (result externref)))
  (import "env" "table" (table 2 5 funcref))
  (table $own (export "externs") 3 externref)
  (global $pi (export "pi") f64 (f64.const 3.25))
  (global $count (export "count") (mut i32) (i32.const 11))
  (func (export "first") (param i32) (result i64 f64) (i64.const 1) (f64.const 2))
  (export "memory" (memory 0))
  (export "imported" (func $f))
  (func (export "last")))
