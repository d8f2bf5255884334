;; Keeps references to objects of the host.
(module
  (table (export "table") 2 externref)
  (global (export "kept") (mut externref) (ref.null extern))
  (func (export "keep") (param externref) (result externref)
    (local $before externref)
    (local.set $before (global.get 0))
    (global.set 0 (local.get 0))
    (local.get $before))
  (func (export "put") (param i32 externref) (table.set 0 (local.get 0) (local.get 1)))
  (func (export "get") (param i32) (result externref) (table.get 0 (local.get 0)))
  (func (export "is_null") (param externref) (result i32) (ref.is_null (local.get 0))))
