(module
  (memory (export "memory") 1)
  (func (export "__new") (param i32 i32) (result i32) (i32.const 512))
  (func (export "free") (param i32)))
