;; Slots that no field of an operation reaches go through the four that are kept for it.
(module
  (func $near (param i32))
  (func $add (param i32 i32) (result i32)
    (local @33000 i32)
    (i32.add (local.get 0) (local.get 33001)))
  (func $store (param i32)
    (local @33000 i32)
    (local.set 0 (local.get 33000)))
  (func $loop (param i32)
    (local @33000 i32)
    (loop
      (local.set 1 (i32.sub (local.get 1) (i32.const 1)))
      (br_if 0 (local.get 1))))
  (func $call (param i32)
    (local @33000 i32)
    (call $near (local.get 0))))
