;; --steps: calls, whose other results follow; what lives on is in slots meanwhile
(module
  (type $pair (func (param i32) (result i32 i64)))
  (memory 1)
  (table 1 funcref)
  (global $g (mut i32) (i32.const 0))
  (func $two (type $pair)
    local.get 0
    i64.const 9)
  (func (param $a i32) (param $b i32) (result i32)
    local.get $b
    local.get $a
    call $two
    i32.wrap_i64
    i32.add
    global.set $g
    local.get $a
    local.get $b
    call_indirect (type $pair)
    drop
    i32.add
    i32.const 1
    memory.grow
    i32.add
    global.get $g
    i32.add))
