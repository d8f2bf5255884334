;; Counts how often it was called, at the address 16 of its memory.
(module
  (memory (export "memory") 1 3)
  (data (i32.const 0) "a counter:")
  (func (export "count") (result i32)
    (i32.store (i32.const 16) (i32.add (i32.load (i32.const 16)) (i32.const 1)))
    (i32.load (i32.const 16)))
  (func (export "grow") (result i32) (memory.grow (i32.const 1))))
