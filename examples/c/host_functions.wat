;; Asks its host to do things with strings and with memory.
(module
  (import "host" "print" (func $print (param $text i32)))
  (import "host" "upper" (func $upper (param $bytes i32) (param $length i32) (result i32)))
  (import "host" "mean" (func $mean (param $values i32) (param $size i32) (result f64)))
  (import "host" "join" (func $join (param $to i32) (param $size i32) (param i32 i32) (result i32)))
  (import "host" "next_id" (func $next_id (result i64)))
  (memory (export "memory") 1)
  (data (i32.const 16) "hello from the guest\00")
  (data (i32.const 64) "left\00")
  (data (i32.const 72) "right\00")
  (data (i32.const 96) "\00\00\00\00\00\00\f0\3f\00\00\00\00\00\00\04\40\00\00\00\00\00\00\16\40")

  ;; A C string, bytes that are changed in place, an array of doubles.
  (func (export "talk") (result f64)
    (call $print (i32.const 16))
    (drop (call $upper (i32.const 16) (i32.const 5)))
    (call $print (i32.const 16))
    (call $mean (i32.const 96) (i32.const 24)))

  ;; Two strings into a buffer of the guest's.
  (func (export "join") (param $size i32) (result i32)
    (local $length i32)
    (local.set $length
      (call $join (i32.const 256) (local.get $size) (i32.const 64) (i32.const 72)))
    (if (i32.ge_s (local.get $length) (i32.const 0)) (then (call $print (i32.const 256))))
    (local.get $length))

  (func (export "ids") (result i64)
    (drop (call $next_id))
    (call $next_id))

  ;; A string that never ends: the host function is not called.
  (func (export "wild")
    (i32.store8 (i32.const 65535) (i32.const 33))
    (call $print (i32.const 65535))))
