;; binaryen
;; Values of the host that a guest holds: one in a global, one in a structure, others for a while.
(module
  (type $holder (struct (field $ticket (mut externref)) (field $any (mut anyref))))
  (import "env" "open" (func $open (param i32) (result externref)))
  (import "env" "number" (func $number (param externref) (result i32)))
  (global $first (mut externref) (ref.null extern))
  (global $holder (mut (ref null $holder)) (ref.null $holder))
  (func (export "keep") (param $number i32)
    (global.set $first (call $open (local.get $number)))
    (global.set $holder (struct.new $holder (call $open (i32.add (local.get $number) (i32.const 1)))
      (any.convert_extern (call $open (i32.add (local.get $number) (i32.const 2)))))))
  (func (export "kept") (result i32)
    (i32.add (call $number (global.get $first))
      (i32.add (call $number (struct.get $holder $ticket (global.get $holder)))
        (call $number
          (extern.convert_any (struct.get $holder $any (global.get $holder)))))))
  (func (export "drop_first") (global.set $first (ref.null extern)))
  (func (export "drop_all") (global.set $holder (ref.null $holder)))
  (func (export "use") (param $count i32) (result i32)
    (local $sum i32)
    (loop $more
      (local.set $sum (i32.add (local.get $sum) (call $number (call $open (local.get $count)))))
      (br_if $more (local.tee $count (i32.sub (local.get $count) (i32.const 1)))))
    (local.get $sum))
  (func (export "null") (result i32) (call $number (ref.null extern))))
