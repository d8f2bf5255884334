;; Something of everything that a reset has to bring back, and a function that soils it all.
(module
  (type $get (func (result i32)))
  (import "env" "on_start" (func $on_start))
  (import "env" "inside" (func $inside (result i32)))
  (memory (export "memory") 2 10)
  (table $table (export "table") 20 60 funcref)
  (table $things (export "things") 4 8 externref)
  (global $count (export "count") (mut i32) (i32.const 7))
  (global $wide (export "wide") (mut i64) (i64.const -3))
  (global $float (mut f64) (f64.const 1.5))
  (global $pointer (mut funcref) (ref.func $one))
  (global $starts (export "starts") (mut i32) (i32.const 0))
  (data (i32.const 16) "hello\00world\00")
  (data (i32.const 131068) "tail")
  (data $later "later")
  (elem (i32.const 3) func $one $two)
  (elem (i32.const 18) func $two)
  (elem $more func $three)
  (func $one (export "one") (result i32) (i32.const 1))
  (func $two (result i32) (i32.const 2))
  (func $three (result i32) (i32.const 3))

  (func $started
    (call $on_start)
    (global.set $starts (i32.add (global.get $starts) (i32.const 1)))
    (i32.store8 (i32.const 1000) (i32.const 42)))
  (start $started)
  (func (export "__wasm_call_ctors")
    (global.set $starts (i32.add (global.get $starts) (i32.const 100))))

  ;; A number made of all bytes of memory, the sizes, globals and tables.
  (func (export "state") (result i32)
    (local $at i32) (local $sum i32)
    (loop $bytes
      (local.set $sum
        (i32.add
          (i32.mul (local.get $sum) (i32.const 31))
          (i32.load8_u (local.get $at))))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (br_if $bytes
        (i32.lt_u (local.get $at) (i32.mul (memory.size) (i32.const 65536)))))
    (local.set $sum (i32.add (local.get $sum) (memory.size)))
    (local.set $sum (i32.add (i32.mul (local.get $sum) (i32.const 31)) (global.get $count)))
    (local.set $sum
      (i32.add (i32.mul (local.get $sum) (i32.const 31)) (i32.wrap_i64 (global.get $wide))))
    (local.set $sum
      (i32.add (i32.mul (local.get $sum) (i32.const 31)) (i32.trunc_f64_s (global.get $float))))
    (local.set $sum
      (i32.add
        (i32.mul (local.get $sum) (i32.const 31))
        (ref.is_null (global.get $pointer))))
    (local.set $at (i32.const 0))
    (loop $functions
      (local.set $sum
        (i32.add
          (i32.mul (local.get $sum) (i32.const 31))
          (if (result i32) (ref.is_null (table.get $table (local.get $at)))
            (then (i32.const 9))
            (else (call_indirect $table (type $get) (local.get $at))))))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (br_if $functions (i32.lt_u (local.get $at) (table.size $table))))
    (local.set $at (i32.const 0))
    (loop $things
      (local.set $sum
        (i32.add
          (i32.mul (local.get $sum) (i32.const 31))
          (ref.is_null (table.get $things (local.get $at)))))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (br_if $things (i32.lt_u (local.get $at) (table.size $things))))
    (local.get $sum))

  (func (export "soil") (param $pages i32)
    (drop (memory.grow (local.get $pages)))
    (memory.fill
      (i32.const 0) (i32.const 0xEE) (i32.mul (memory.size) (i32.const 65536)))
    (global.set $count (i32.const -1))
    (global.set $wide (i64.const 99))
    (global.set $float (f64.const 77))
    (global.set $pointer (ref.null func))
    (global.set $starts (i32.const 5000))
    (table.set $table (i32.const 3) (ref.null func))
    (table.set $table (i32.const 5) (ref.func $three))
    (drop (table.grow $table (ref.func $three) (i32.const 30)))
    (drop (table.grow $things (ref.null extern) (i32.const 4)))
    (data.drop $later)
    (elem.drop $more))
  (func (export "put_thing") (param externref) (table.set $things (i32.const 2) (local.get 0)))

  ;; Both trap once their segment is dropped.
  (func (export "use_segments") (result i32)
    (memory.init $later (i32.const 500) (i32.const 0) (i32.const 5))
    (table.init $table $more (i32.const 7) (i32.const 0) (i32.const 1))
    (i32.add (call_indirect $table (type $get) (i32.const 7)) (i32.load8_u (i32.const 504))))
  (func (export "at") (param i32) (result i32)
    (call_indirect $table (type $get) (local.get 0)))
  (func (export "load8") (param i32) (result i32) (i32.load8_u (local.get 0)))
  (func (export "call_inside") (result i32) (call $inside))
  (func (export "trap") unreachable)
  (func (export "loop") (loop $forever (br $forever))))
