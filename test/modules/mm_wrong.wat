;; Imports that cannot be linked: another type, no such export, no such module, itself in a circle.
(module
  (import "counter" "next" (func $typed (param i64)))
  (import "counter" "nothing" (func $missing))
  (import "nowhere" "function" (func $nowhere))
  (import "circle" "function" (func $circle))
  (import "command" "function" (func $command))
  (import "broken" "function" (func $broken))
  (func (export "typed") (call $typed (i64.const 1)))
  (func (export "nowhere") (call $nowhere)))
