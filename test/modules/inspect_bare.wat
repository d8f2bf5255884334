;; A program as it is delivered: laid out by a linker, without exported globals and without names.
(module
  (memory (export "memory") 2)
  (global (mut i32) (i32.const 66560))
  (global (mut i32) (i32.const 5))
  (data (i32.const 1024) "static data")
  (func (export "push") (param i32)
    (global.set 0 (i32.sub (global.get 0) (local.get 0)))
    (i32.store8 (global.get 0) (i32.const 1))))
