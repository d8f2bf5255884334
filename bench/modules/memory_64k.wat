;; An instance with one page of memory, as there can be many.
(module
  (memory (export "memory") 1)
  (func (export "get") (param i32) (result i32) (i32.load (local.get 0))))
