;; Calls functions of the host: one for each number below `count`, and one with several results.
(module
  (import "host" "visit" (func $visit (param i32 i64)))
  (import "host" "split" (func $split (param f64) (result i32 f64)))
  (func (export "walk") (param $count i32) (local $i i32)
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $i) (local.get $count)))
        (call $visit (local.get $i) (i64.mul (i64.extend_i32_u (local.get $i)) (i64.const 10000000000)))
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br $next))))
  (func (export "split") (param f64) (result i32 f64) (call $split (local.get 0))))
