;; --steps: values that differ where ways meet; branches by constants, and out of tables
(module
  (func (param $a i32) (param $b i64) (result i64)
    local.get $a
    if (result i64)
      local.get $b
      i64.const 1
      i64.add
    else
      i64.const 5
      local.set $b
      local.get $b
    end
    local.get $b
    i64.mul)
  (func (param $a i32) (result i32)
    block $two
      block $one
        block $zero
          local.get $a
          br_table $zero $one $one $two
        end
        i32.const 10
        return
      end
      i32.const 20
      local.set $a
    end
    local.get $a)
  (func (param $a i32) (result i32)
    i32.const 0
    if
      unreachable
    end
    local.get $a
    i32.eqz
    i32.eqz
    if
      i32.const 3
      local.set $a
    end
    block
      br 0
    end
    local.get $a))
