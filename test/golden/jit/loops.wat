;; --steps: what a loop sets are its parameters, what it does not need goes
(module
  (memory 1)
  (func (param $n i32) (result i32)
    (local $i i32) (local $sum i32) (local $dead i32)
    loop $next
      local.get $sum
      local.get $i
      i32.const 2
      i32.shl
      i32.load offset=16
      i32.add
      local.set $sum
      local.get $sum
      local.set $dead
      local.get $i
      i32.const 1
      i32.add
      local.tee $i
      local.get $n
      i32.lt_u
      br_if $next
    end
    local.get $sum)
  (func (param $n i32) (result i32)
    (local $i i32)
    block $out
      loop $outer
        local.get $i
        local.get $n
        i32.ge_s
        br_if $out
        loop $inner
          local.get $n
          i32.const 1
          i32.sub
          local.tee $n
          i32.const 7
          i32.and
          br_if $inner
        end
        local.get $i
        i32.const 1
        i32.add
        local.set $i
        br $outer
      end
    end
    local.get $i))
