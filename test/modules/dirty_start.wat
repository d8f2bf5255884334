;; Writes all over its memory, grown too, and then traps while it is instantiated.
(module
  (memory (export "memory") 2 10)
  (func $dirty
    (drop (memory.grow (i32.const 3)))
    (memory.fill (i32.const 0) (i32.const 0xEE) (i32.const 327680))
    (unreachable))
  (start $dirty))
