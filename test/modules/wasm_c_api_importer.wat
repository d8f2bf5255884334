;; Imports one of each kind.
(module
  (import "a" "table" (table $table 1 funcref))
  (import "a" "memory" (memory 1))
  (import "a" "function" (func $function (param i32) (result i32)))
  (import "a" "global" (global $global (mut i32)))
  (func (export "peek") (param i32) (result i32) (i32.load (local.get 0)))
  (func (export "poke") (param i32 i32) (i32.store (local.get 0) (local.get 1)))
  (func (export "call") (param i32) (result i32)
    (call_indirect $table (param i32) (result i32) (local.get 0) (i32.const 0)))
  (func (export "direct") (param i32) (result i32) (call $function (local.get 0)))
  (func (export "set") (param i32) (global.set $global (local.get 0))))
