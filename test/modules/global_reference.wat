;; Calls what the host puts into a global.
(module
  (type $binary (func (param i32 i32) (result i32)))
  (table 1 funcref)
  (global $function (export "function") (mut funcref) (ref.null func))
  (global (export "number") (mut i32) (i32.const 1))
  (global (export "constant") i32 (i32.const 2))
  (func (export "call") (param i32 i32) (result i32)
    (table.set 0 (i32.const 0) (global.get $function))
    (call_indirect (type $binary) (local.get 0) (local.get 1) (i32.const 0))))
