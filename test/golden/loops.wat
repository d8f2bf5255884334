;; Loops that begin with their test get it again at their end; a step and a test are one operation.
(module
  (func $while (param i32 i32) (result i32)
    (block
      (loop
        (br_if 1 (i32.ge_s (local.get 0) (local.get 1)))
        (local.set 0 (i32.mul (local.get 0) (i32.const 3)))
        (br 0)))
    (local.get 0))
  (func $while_if (param i32) (result i32)
    (loop
      (if (i32.gt_u (local.get 0) (i32.const 9))
        (then (local.set 0 (i32.shr_u (local.get 0) (i32.const 1))) (br 1))))
    (local.get 0))
  (func $count (param i32) (local i32)
    (loop
      (local.set 1 (i32.add (local.get 1) (i32.const 1)))
      (br_if 0 (i32.lt_u (local.get 1) (local.get 0)))))
  (func $count_down (param i32)
    (loop
      (local.set 0 (i32.sub (local.get 0) (i32.const 1)))
      (br_if 0 (local.get 0))))
  (func $count_to_constant (local i32)
    (loop
      (br_if 0 (i32.ne (local.tee 0 (i32.add (local.get 0) (i32.const 4))) (i32.const 400))))))
