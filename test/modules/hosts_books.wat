;; binaryen
;; A shelf of books that the host makes, and the guest puts in order.
(module
  (rec
    (type $text (array (mut i8)))
    (type $book (struct (field $title (mut (ref null $text))) (field $price (mut i32))
      (field $rank (mut i8))))
    (type $shelf (array (mut (ref null $book)))))
  (import "env" "say" (func $say (param (ref null $text) i32)))
  (func (export "total") (param $shelf (ref $shelf)) (result i32)
    (local $i i32) (local $sum i32)
    (block $end
      (loop $more
        (br_if $end (i32.ge_u (local.get $i) (array.len (local.get $shelf))))
        (local.set $sum (i32.add (local.get $sum)
          (struct.get $book $price (array.get $shelf (local.get $shelf) (local.get $i)))))
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br $more)))
    (local.get $sum))
  (func $price (param $shelf (ref $shelf)) (param $at i32) (result i32)
    (struct.get $book $price (array.get $shelf (local.get $shelf) (local.get $at))))
  ;; Dearest last; each book gets its place.
  (func (export "sort") (param $shelf (ref $shelf))
    (local $i i32) (local $k i32) (local $book (ref null $book))
    (block $end
      (loop $next
        (br_if $end (i32.ge_u (local.get $i) (array.len (local.get $shelf))))
        (local.set $book (array.get $shelf (local.get $shelf) (local.get $i)))
        (local.set $k (local.get $i))
        (block $found
          (loop $down
            (br_if $found (i32.eqz (local.get $k)))
            (br_if $found (i32.le_s
              (call $price (local.get $shelf) (i32.sub (local.get $k) (i32.const 1)))
              (struct.get $book $price (local.get $book))))
            (array.set $shelf (local.get $shelf) (local.get $k)
              (array.get $shelf (local.get $shelf) (i32.sub (local.get $k) (i32.const 1))))
            (local.set $k (i32.sub (local.get $k) (i32.const 1)))
            (br $down)))
        (array.set $shelf (local.get $shelf) (local.get $k) (local.get $book))
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br $next)))
    (local.set $i (i32.const 0))
    (block $done
      (loop $rank
        (br_if $done (i32.ge_u (local.get $i) (array.len (local.get $shelf))))
        (struct.set $book $rank (array.get $shelf (local.get $shelf) (local.get $i))
          (i32.sub (local.get $i) (array.len (local.get $shelf))))
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br $rank))))
  ;; Small letters to capital ones, in a copy.
  (func $shout (param $text (ref null $text)) (result (ref $text))
    (local $copy (ref $text)) (local $i i32) (local $letter i32)
    (local.set $copy (array.new_default $text (array.len (local.get $text))))
    (block $end
      (loop $more
        (br_if $end (i32.ge_u (local.get $i) (array.len (local.get $text))))
        (local.set $letter (array.get_u $text (local.get $text) (local.get $i)))
        (if (i32.lt_u (i32.sub (local.get $letter) (i32.const 97)) (i32.const 26))
          (then (local.set $letter (i32.sub (local.get $letter) (i32.const 32)))))
        (array.set $text (local.get $copy) (local.get $i) (local.get $letter))
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br $more)))
    (local.get $copy))
  (func (export "list") (param $shelf (ref $shelf))
    (local $i i32)
    (block $end
      (loop $more
        (br_if $end (i32.ge_u (local.get $i) (array.len (local.get $shelf))))
        (call $say
          (call $shout
            (struct.get $book $title (array.get $shelf (local.get $shelf) (local.get $i))))
          (call $price (local.get $shelf) (local.get $i)))
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br $more))))
  (func (export "dearest") (param $shelf (ref $shelf)) (result (ref null $book))
    (array.get $shelf (local.get $shelf)
      (i32.sub (array.len (local.get $shelf)) (i32.const 1)))))
