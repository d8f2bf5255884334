;; Where guests keep what the host gives them.
(module
  (import "env" "look" (func $look))
  (import "env" "fresh" (func $fresh (result externref)))
  (global $kept (export "kept") (mut externref) (ref.null extern))
  (table $table (export "table") 8 externref)
  (func (export "pass") (param externref))
  (func (export "echo") (param externref) (result externref) (local.get 0))
  (func (export "keep") (param externref) (global.set $kept (local.get 0)))
  (func (export "put") (param i32 externref) (table.set $table (local.get 0) (local.get 1)))
  (func (export "get") (param i32) (result externref) (table.get $table (local.get 0)))
  ;; The host looks while the frame has the argument, and once it has not.
  (func (export "hold") (param externref)
    (call $look)
    (local.set 0 (ref.null extern))
    (call $look))
  ;; The lower of two operands is on the stack only.
  (func (export "below") (result externref)
    (call $fresh)
    (call $look))
  (func (export "many") (param $n i32)
    (loop $again
      (drop (call $fresh))
      (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))))
