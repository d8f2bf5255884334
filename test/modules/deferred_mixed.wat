;; Calls that are left in frames of several kinds: what has vectors or exceptions in it is
;; interpreted where other functions are machine code.
(module
  (import "env" "ask" (func $ask (param i32 i32) (result i32)))
  (import "env" "halve" (func $halve (param f64) (result f64)))
  (memory (export "memory") 1)
  (tag $stop (param i32))
  (type $number (func (param i32) (result i32)))
  (table 2 funcref)
  (elem (i32.const 0) $even $odd)

  ;; In turns, down to the question: answer + 3 n + (n - 1) + 3 (n - 2) + ...
  (func $odd (export "odd") (param $n i32) (result i32) (local $kept i32)
    (local.set $kept (i32.mul (local.get $n) (i32.const 3)))
    (if (result i32) (i32.eqz (local.get $n))
      (then (call $ask (i32.const 7) (i32.const 8)))
      (else (i32.add (call $even (i32.sub (local.get $n) (i32.const 1))) (local.get $kept)))))
  (func $even (export "even") (param $n i32) (result i32) (local $kept v128)
    (local.set $kept (i32x4.splat (local.get $n)))
    (if (result i32) (i32.eqz (local.get $n))
      (then (call $ask (i32.const 9) (i32.const 10)))
      (else (i32.add (call $odd (i32.sub (local.get $n) (i32.const 1)))
                     (i32x4.extract_lane 1 (local.get $kept))))))

  ;; The same through a table, n times one after the other.
  (func (export "often") (param $n i32) (result i32) (local $sum i32)
    (loop $again
      (if (local.get $n) (then
        (local.set $sum (i32.add (local.get $sum)
          (call_indirect (type $number) (i32.const 3) (i32.and (local.get $n) (i32.const 1)))))
        (local.set $n (i32.sub (local.get $n) (i32.const 1)))
        (br $again))))
    (local.get $sum))

  ;; Several results of all types, over a frame of the other kind.
  (func $several (param f64) (result f64 i32 i64 f32)
    (call $halve (local.get 0)) (i32.const -2) (i64.const -3) (f32.const 4.5))
  (func $several_over (param f64) (result f64 i32 i64 f32) (local v128) (call $several (local.get 0)))
  (func (export "sum") (param f64) (result f64) (local i32 i64 f32)
    (call $several_over (local.get 0))
    (local.set 3) (local.set 2) (local.set 1)
    (f64.add (f64.add (f64.convert_i32_s (local.get 1)) (f64.convert_i64_s (local.get 2)))
             (f64.promote_f32 (local.get 3)))
    (f64.add))
  (func (export "single") (param f32) (result f32)
    (f32.mul (call $single (local.get 0)) (f32.const 2)))
  (func $single (param f32) (result f32) (local v128)
    (f32.add (f32.const 0.5) (call $single_native (local.get 0))))
  (func $single_native (param f32) (result f32)
    (f32.demote_f64 (call $halve (f64.promote_f32 (local.get 0)))))

  ;; For another instance to import.
  (func (export "add_answer") (param i32 i32) (result i32)
    (i32.add (i32.add (local.get 0) (local.get 1)) (call $ask (local.get 0) (local.get 1))))

  ;; A deep chain of one kind below a loop that asks.
  (func $deep (param $n i32) (result i32)
    (if (result i32) (local.get $n)
      (then (i32.add (call $deep (i32.sub (local.get $n) (i32.const 1))) (i32.const 1)))
      (else (call $loop (i32.const 50)))))
  (func $loop (param $n i32) (result i32) (local $sum i32)
    (loop $again
      (local.set $sum (i32.add (local.get $sum) (call $ask (local.get $n) (local.get $sum))))
      (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $sum))
  (export "deep" (func $deep))

  ;; What is thrown behind the question goes through frames that were left.
  (func $throws (param i32) (result i32) (throw $stop (call $odd (local.get 0))))
  (func $calls_throws (param i32) (result i32) (i32.add (call $throws (local.get 0)) (i32.const 1)))
  (func (export "catch") (param i32) (result i32)
    (i32.add (i32.const 1000)
      (block $caught (result i32)
        (try_table (result i32) (catch $stop $caught) (call $calls_throws (local.get 0))))))

  ;; A trap in a frame that was left.
  (func $reads (param i32) (result i32) (i32.load offset=4 (call $odd (local.get 0))))
  (func (export "read") (param i32) (result i32) (local v128) (call $reads (local.get 0))))
