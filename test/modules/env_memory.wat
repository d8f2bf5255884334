;; Imports the runtime provides itself.
(module
  (import "env" "memory" (memory 1 4))
  (import "env" "table" (table 3 funcref))
  (func (export "size") (result i32) (memory.size))
  (func (export "table_size") (result i32) (table.size))
  (func (export "load8") (param i32) (result i32) (i32.load8_u (local.get 0)))
  (func (export "store8") (param i32 i32) (i32.store8 (local.get 0) (local.get 1))))
