;; --steps: sums as addresses are made, bytes that are known, divisions by constants, what is the same in all turns
(module
  (memory 1)
  (func (param $a i32) (param $b i32) (result i32)
    local.get $a
    local.get $b
    i32.const 2
    i32.shl
    i32.add
    i32.const 12
    i32.add
    local.get $b
    i32.const 3
    i32.shl
    i32.const 100
    i32.add
    i32.xor)
  (func (param $a i32)
    local.get $a
    i32.const 511
    i32.store8)
  (func (param $a i32) (result i32)
    local.get $a
    i32.const 10
    i32.div_u
    local.get $a
    i32.const 7
    i32.rem_s
    i32.add)
  (func (param $a i32) (param $n i32)
    block $out
      loop $next
        local.get $n
        i32.eqz
        br_if $out
        local.get $n
        local.get $a
        i32.const 40
        i32.mul
        i32.add
        i32.const 1
        i32.store8
        local.get $n
        i32.const 1
        i32.sub
        local.set $n
        br $next
      end
    end)
  (func (param $a i64) (param $n i32) (result i64)
    block $out
      loop $next
        local.get $n
        i32.eqz
        br_if $out
        local.get $a
        i64.const 1
        i64.and
        i32.wrap_i64
        if
          local.get $a
          i64.const 3
          i64.mul
          local.set $a
        else
          local.get $a
          i64.const 1
          i64.shr_u
          local.set $a
        end
        local.get $n
        i32.const 1
        i32.sub
        local.set $n
        br $next
      end
    end
    local.get $a))
