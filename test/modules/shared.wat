;; Used by several threads at once: a start function, state everywhere, functions that are
;; translated at their first call.
(module
  (type $binary (func (param i32 i32) (result i32)))
  (memory (export "memory") 1 8)
  (data (i32.const 64) "initial contents")
  (table $table (export "table") 8 funcref)
  (elem (i32.const 0) func $add $sub $mul $and $or $xor)
  (global $count (export "count") (mut i32) (i32.const 5))
  (func $start
    (i32.store (i32.const 32) (i32.add (i32.load (i32.const 32)) (i32.const 1)))
    (global.set $count (i32.add (global.get $count) (i32.const 1))))
  (start $start)
  (func $add (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
  (func $sub (param i32 i32) (result i32) (i32.sub (local.get 0) (local.get 1)))
  (func $mul (param i32 i32) (result i32) (i32.mul (local.get 0) (local.get 1)))
  (func $and (param i32 i32) (result i32) (i32.and (local.get 0) (local.get 1)))
  (func $or (param i32 i32) (result i32) (i32.or (local.get 0) (local.get 1)))
  (func $xor (param i32 i32) (result i32) (i32.xor (local.get 0) (local.get 1)))
  ;; What the state of a new instance adds up to: 1 + 6 + 'i' + 1 page + 2 null elements.
  (func (export "state") (result i32)
    (i32.add (i32.load (i32.const 32))
      (i32.add (global.get $count)
        (i32.add (i32.load8_u (i32.const 64))
          (i32.add (memory.size)
            (i32.add (ref.is_null (table.get $table (i32.const 6)))
              (ref.is_null (table.get $table (i32.const 7)))))))))
  ;; Every function through the table, in a loop.
  (func (export "work") (param $rounds i32) (result i32)
    (local $i i32) (local $sum i32)
    (loop $again
      (local.set $sum
        (call_indirect (type $binary) (local.get $sum) (local.get $i)
          (i32.rem_u (local.get $i) (i32.const 6))))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $again (i32.lt_u (local.get $i) (local.get $rounds))))
    (local.get $sum))
  ;; Leaves traces in everything that an instance has.
  (func (export "soil") (param $byte i32) (result i32)
    (memory.fill (i32.const 0) (local.get $byte) (i32.const 65536))
    (global.set $count (local.get $byte))
    (table.set $table (i32.const 7) (table.get $table (i32.const 0)))
    (table.set $table (i32.const 0) (ref.null func))
    (if (i32.eq (memory.grow (i32.const 2)) (i32.const -1)) (then (return (i32.const -1))))
    (i32.store8 (i32.const 196607) (local.get $byte))
    (memory.size))
  (func (export "trap") (param i32) (result i32)
    (i32.load (i32.add (local.get 0) (i32.mul (memory.size) (i32.const 65536)))))
  (func (export "endless") (loop $again (br $again))))
