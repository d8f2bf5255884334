;; Exceptions: each loop throws and catches n times, one frame apart.
(module
  (tag $e (param i32))
  (func $throw (param i32) (throw $e (local.get 0)))
  (func (export "catch_value") (param $n i32) (result i32) (local $sum i32)
    (loop $again
      (block $caught (result i32)
        (try_table (catch $e $caught) (call $throw (local.get $n)))
        (unreachable))
      (local.set $sum (i32.add (local.get $sum)))
      (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $sum))
  (func (export "catch_ref") (param $n i32) (result i32) (local $sum i32)
    (loop $again
      (block $caught (result i32 exnref)
        (try_table (catch_ref $e $caught) (call $throw (local.get $n)))
        (unreachable))
      (drop)
      (local.set $sum (i32.add (local.get $sum)))
      (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $sum))
  (func (export "catch_legacy") (param $n i32) (result i32) (local $sum i32)
    (loop $again
      (local.set $sum
        (try (result i32)
          (do (call $throw (local.get $n)) (local.get $sum))
          (catch $e (i32.add (local.get $sum)))))
      (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $sum)))
