;; What a C compiler exports; WAMR shrinks such a memory, wembed leaves it alone.
(module
  (memory (export "memory") 2)
  (global (export "__data_end") i32 (i32.const 1024))
  (global (export "__heap_base") i32 (i32.const 66560))
  (global $stack (mut i32) (i32.const 66560))
  (func (export "set_stack") (param i32) (global.set $stack (local.get 0)))
  (func (export "load8") (param i32) (result i32) (i32.load8_u (local.get 0))))
