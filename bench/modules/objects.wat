;; binaryen
;; Objects that nobody keeps, and a thousand that are replaced one after the other.
(module
  (type $pair (struct (field $other (mut (ref null $pair))) (field $a (mut i32)) (field $b i32)))
  (type $ring (array (mut (ref null $pair))))
  (global $ring (ref $ring) (array.new_default $ring (i32.const 1024)))
  (func (export "none") (param $n i32)
    (local $sum i32)
    (loop $more
      (local.set $sum (i32.add (local.get $sum) (local.get $n)))
      (br_if $more (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))
  (func (export "make") (param $n i32)
    (local $sum i32) (local $pair (ref null $pair))
    (loop $more
      (local.set $pair (struct.new $pair (ref.null $pair) (local.get $n) (i32.const 1)))
      (struct.set $pair $a (local.get $pair) (local.get $sum))
      (local.set $sum (i32.add (local.get $sum) (struct.get $pair $b (local.get $pair))))
      (br_if $more (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))
  (func (export "keep") (param $n i32)
    (loop $more
      (array.set $ring (global.get $ring) (i32.and (local.get $n) (i32.const 1023))
        (struct.new $pair (ref.null $pair) (local.get $n) (i32.const 1)))
      (br_if $more (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))))
