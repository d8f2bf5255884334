;; What execute_func prints and parses.
(module
  (func (export "none"))
  (func (export "id_i32") (param i32) (result i32) (local.get 0))
  (func (export "id_i64") (param i64) (result i64) (local.get 0))
  (func (export "id_f32") (param f32) (result f32) (local.get 0))
  (func (export "id_f64") (param f64) (result f64) (local.get 0))
  (func (export "id_extern") (param externref) (result externref) (local.get 0))
  (func (export "id_func") (param funcref) (result funcref) (local.get 0))
  (func (export "bits32") (param f32) (result i32) (i32.reinterpret_f32 (local.get 0)))
  (func (export "bits64") (param f64) (result i64) (i64.reinterpret_f64 (local.get 0)))
  (func (export "several") (result i32 i64 f64) (i32.const -1) (i64.const -1) (f64.const 0.1))
  (func (export "trap") unreachable)
  (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1))))
