;; Growth during which the host calls back, with live frames that have to stay as they are.
(module
  (memory (export "memory") 1 3)
  (func $dig (param $depth i32) (result i32)
    (local $mark i64)
    (local.set $mark (i64.extend_i32_u (local.get $depth)))
    (if (result i32) (i32.eqz (local.get $depth))
      (then (i32.const 7))
      (else
        (i32.add
          (call $dig (i32.sub (local.get $depth) (i32.const 1)))
          (i32.wrap_i64 (i64.sub (local.get $mark) (local.get $mark)))))))
  (func (export "dig") (param i32) (result i32) (call $dig (local.get 0)))
  (func $grow (param $a i32) (param $b i64) (result i32)
    (local $c i32)
    (local.set $c (i32.const 1000))
    (i32.add
      (i32.add (local.get $a) (i32.wrap_i64 (local.get $b)))
      (i32.add (local.get $c) (memory.grow (local.get $a)))))
  (func (export "grow_inside") (param i32) (result i32)
    (local $kept i32)
    (local.set $kept (i32.const 1234))
    (i32.add (call $grow (local.get 0) (i64.const 5)) (local.get $kept))))
