(module
  (global (export "answer") i32 (i32.const 42))
  (func (export "nothing")))
