;; Reaches another instance's functions, memory and table.
(module
  (type $pair (func (param i32 i32) (result i32)))
  (import "bytes" "add" (func $add (type $pair)))
  (import "bytes" "memory_init" (func $memory_init (param i32)))
  (import "bytes" "fail" (func $fail))
  (import "bytes" "table" (table 4 funcref))
  (func (export "add") (param i32 i32) (result i32)
    (call $add (local.get 0) (local.get 1)))
  (func (export "memory_init") (param i32) (call $memory_init (local.get 0)))
  (func (export "through_table") (param i32 i32 i32) (result i32)
    (call_indirect (type $pair) (local.get 0) (local.get 1) (local.get 2)))
  (func (export "fail") (call $fail)))
