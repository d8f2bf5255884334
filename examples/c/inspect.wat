;; Laid out as a C compiler does it: static data, a stack that grows down, the program's own heap.
(module
  (memory (export "memory") 2 16)
  (global (export "__data_end") i32 (i32.const 1152))
  (global (export "__heap_base") i32 (i32.const 66688))
  (global $__stack_pointer (mut i32) (i32.const 66688))
  (data $greeting (i32.const 1024) "hello from static data")
  (data $table (i32.const 1088) "\01\00\00\00\02\00\00\00\04\00\00\00\08\00\00\00")
  (func (export "enter") (param i32)
    (global.set $__stack_pointer (i32.sub (global.get $__stack_pointer) (local.get 0)))))
