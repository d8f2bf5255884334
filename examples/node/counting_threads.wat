;; Counts in a memory that others have too. Words: 0 the count, 4 threads that have finished.
(module
  (import "env" "memory" (memory 1 4 shared))
  (func (export "count") (param $times i32)
    (loop $again
      (drop (i32.atomic.rmw.add (i32.const 0) (i32.const 1)))
      (br_if $again (local.tee $times (i32.sub (local.get $times) (i32.const 1)))))
    (drop (i32.atomic.rmw.add (i32.const 4) (i32.const 1)))
    (drop (memory.atomic.notify (i32.const 4) (i32.const 1))))
  (func (export "wait") (param $threads i32)
    (local $finished i32)
    (block $all
      (loop $again
        (local.set $finished (i32.atomic.load (i32.const 4)))
        (br_if $all (i32.ge_u (local.get $finished) (local.get $threads)))
        (drop (memory.atomic.wait32 (i32.const 4) (local.get $finished) (i64.const -1)))
        (br $again)))))
