;; --steps: constants, identities, the same value twice, divisions that trap, floats
(module
  (func (param $a i32) (param $b i32) (result i32)
    i32.const 6
    i32.const 7
    i32.mul
    local.get $a
    i32.const 0
    i32.add
    i32.add
    local.get $a
    local.get $b
    i32.xor
    local.get $b
    local.get $a
    i32.xor
    i32.sub
    i32.add)
  (func (param $a i32) (param $b i32) (result i32)
    local.get $a
    local.get $b
    i32.div_s
    local.get $a
    local.get $b
    i32.div_s
    i32.sub
    local.get $a
    i32.const 0
    i32.rem_u
    i32.add)
  (func (param $x f64) (param $y f64) (result f64)
    local.get $x
    local.get $y
    f64.lt
    i32.eqz
    if (result f64)
      local.get $x
      f64.neg
      f64.neg
    else
      local.get $x
      local.get $y
      f64.add
      f64.sqrt
    end))
