;; An instance with 128 KiB of memory and a little data.
(module
  (memory (export "memory") 2)
  (func (export "get") (param i32) (result i32) (i32.load (local.get 0)))
  (data (i32.const 1024) "some bytes that every instance begins with"))
