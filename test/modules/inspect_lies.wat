;; Globals whose names promise what is not so: the stack runs over the data, the heap begins in it.
(module
  (memory (export "memory") 1)
  (global (export "__data_end") i32 (i32.const -1))
  (global (export "__heap_base") i32 (i32.const 2000))
  (global (export "__stack_low") i32 (i32.const 16))
  (global (export "__stack_high") i32 (i32.const 60000))
  (global (export "__stack_pointer") (mut i32) (i32.const -16))
  (data (i32.const 1990) "twenty bytes of data")
  (data (i32.const 3000) "more"))
