;; binaryen
;; The other instance of tail_calls.wat.
(module
  (type $count (func (param i64 i64) (result i64)))
  (table $table (export "table") 2 funcref)
  (memory (export "memory") 1)
  (data (i32.const 0) "\22")
  (func (export "step") (type $count)
    (if (i64.eqz (local.get 0)) (then (return (local.get 1))))
    (return_call_indirect $table (type $count)
      (i64.sub (local.get 0) (i64.const 1)) (i64.add (local.get 1) (i64.const 1)) (i32.const 0)))
  (func (export "value") (result i32) (i32.load8_u (i32.const 0))))
