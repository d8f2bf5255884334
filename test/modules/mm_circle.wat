(module
  (import "circle" "function" (func $self))
  (func (export "function") (call $self)))
