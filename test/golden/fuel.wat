;; --metered: blocks are paid for where they begin; their loops are not turned round.
(module
  (import "env" "host" (func $host))
  (func $blocks (param i32) (result i32)
    (if (local.get 0)
      (then (loop
        (br_if 1 (i32.lt_s (local.get 0) (i32.const 9)))
        (local.set 0 (i32.sub (local.get 0) (i32.const 1)))
        (br 0)))
      (else (call $host)))
    (block (br 0) (unreachable))
    (local.get 0)))
