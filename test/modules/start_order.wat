;; Each function that may run at instantiation appends its digit.
(module
  (memory (export "memory") 1)
  (global $order (export "order") (mut i32) (i32.const 0))
  (func $append (param i32)
    (global.set $order
      (i32.add (i32.mul (global.get $order) (i32.const 10)) (local.get 0))))
  (func $start (call $append (i32.const 1)))
  (func (export "__post_instantiate") (call $append (i32.const 2)))
  (func (export "__wasm_call_ctors") (call $append (i32.const 3)))
  (func (export "_initialize") (call $append (i32.const 4)))
  (start $start))
