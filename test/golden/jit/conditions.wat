;; --steps: Conditions of several parts, decided where their parts are; bits that are tested; a table.
(module
  (memory 1)
  (func (param $list i32) (param $wanted i32) (result i32)
    (block $out
      (loop $next
        (br_if $out (i32.eqz
          (if (result i32) (local.get $list)
            (then (i32.ne (i32.load offset=4 (local.get $list)) (local.get $wanted)))
            (else (i32.const 0)))))
        (local.set $list (i32.load (local.get $list)))
        (br $next)))
    (local.get $list))
  (func (param $a i32) (param $b i32) (result i32)
    (if (result i32)
      (if (result i32) (i32.and (local.get $a) (i32.const 4))
        (then (i32.const 1))
        (else (i32.lt_s (local.get $b) (i32.const 0))))
      (then (select (local.get $a) (local.get $b) (i32.and (local.get $b) (local.get $a))))
      (else (i32.const 7))))
  (func (param $n i32) (result i32)
    (block $two (block $one (block $zero
      (br_table $zero $one $zero $two (local.get $n)))
      (return (i32.const 10)))
      (return (i32.const 20)))
    (i32.const 30)))
