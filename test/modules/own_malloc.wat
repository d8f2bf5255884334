;; Exports malloc and free: a bump allocator that counts.
(module
  (memory (export "memory") 1)
  (global $next (mut i32) (i32.const 1024))
  (global $mallocs (export "mallocs") (mut i32) (i32.const 0))
  (global $frees (export "frees") (mut i32) (i32.const 0))
  (global $last (export "last_freed") (mut i32) (i32.const 0))
  (func (export "malloc") (param $size i32) (result i32)
    (local $at i32)
    (global.set $mallocs (i32.add (global.get $mallocs) (i32.const 1)))
    (if (i32.gt_u (local.get $size) (i32.const 32768)) (then (return (i32.const 0))))
    (if (i32.eq (local.get $size) (i32.const 13)) (then unreachable))
    (local.set $at (global.get $next))
    (global.set $next
      (i32.and
        (i32.add (i32.add (global.get $next) (local.get $size)) (i32.const 15))
        (i32.const -16)))
    (local.get $at))
  (func (export "free") (param i32)
    (global.set $frees (i32.add (global.get $frees) (i32.const 1)))
    (global.set $last (local.get 0))))
