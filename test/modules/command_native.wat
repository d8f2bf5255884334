;; Imports functions of a native library.
(module
  (import "plugin" "twice" (func $twice (param i32) (result i32)))
  (import "plugin" "size_of" (func $size_of (param i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 16) "from the guest\00")
  (func (export "twice") (param i32) (result i32) (call $twice (local.get 0)))
  (func (export "size") (result i32) (call $size_of (i32.const 16))))
