(module
  (import "host" "open" (func $open (param i32) (result i32)))
  (import "host" "refused" (tag $refused (param i32)))
  (tag $failure (export "failure") (param i32 f64))
  ;; What open() gives, or 1000 and more when it is refused.
  (func (export "careful") (param i32) (result i32)
    (block $caught (result i32)
      (try_table (catch $refused $caught) (return (call $open (local.get 0))))
      (unreachable))
    (i32.add (i32.const 1000)))
  (func (export "careless") (param i32) (result i32) (call $open (local.get 0)))
  (func (export "fail") (throw $failure (i32.const 7) (f64.const 0.5))))
