;; Its first call is measured together with loading it.
(module
  (memory 1)
  (func (export "run") (param i32) (result i32)
    (i32.add (i32.load (local.get 0)) (i32.const 1))))
