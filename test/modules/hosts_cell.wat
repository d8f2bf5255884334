;; A cell that others import, and its own view of it.
(module
  (global $cell (export "cell") (mut f32) (f32.const 7))
  (func (export "read") (result f32) (global.get $cell))
  (func (export "write") (param f32) (global.set $cell (local.get 0))))
