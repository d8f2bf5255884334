;; What threads do with the memory of shared_memory.wat.
(module
  (import "shared" "memory" (memory 1 20 shared))
  (export "memory" (memory 0))
  ;; Adds one so often, by an atomic instruction; the last value that was there.
  (func (export "count") (param $times i32) (result i32)
    (local $last i32)
    (loop $again
      (local.set $last (i32.atomic.rmw.add (i32.const 0) (i32.const 1)))
      (br_if $again (local.tee $times (i32.sub (local.get $times) (i32.const 1)))))
    (local.get $last))
  ;; Adds one so often to a plain word at 12, under a lock that waits.
  (func (export "count_locked") (param $times i32) (result i32)
    (loop $again
      (block $locked
        (loop $try
          (br_if $locked
            (i32.eqz (i32.atomic.rmw.cmpxchg (i32.const 4) (i32.const 0) (i32.const 1))))
          (drop (memory.atomic.wait32 (i32.const 4) (i32.const 1) (i64.const -1)))
          (br $try)))
      (i32.store (i32.const 12) (i32.add (i32.load (i32.const 12)) (i32.const 1)))
      (i32.atomic.store (i32.const 4) (i32.const 0))
      (drop (memory.atomic.notify (i32.const 4) (i32.const 1)))
      (br_if $again (local.tee $times (i32.sub (local.get $times) (i32.const 1)))))
    (local.get $times))
  (func (export "wait") (param $expected i32) (param $nanoseconds i32) (result i32)
    (memory.atomic.wait32 (i32.const 8) (local.get $expected)
      (i64.extend_i32_s (local.get $nanoseconds))))
  (func (export "wait64") (param $expected i32) (param $nanoseconds i32) (result i32)
    (memory.atomic.wait64 (i32.const 8) (i64.extend_i32_u (local.get $expected))
      (i64.extend_i32_s (local.get $nanoseconds))))
  (func (export "notify") (param $most i32) (result i32)
    (memory.atomic.notify (i32.const 8) (local.get $most)))
  ;; Grows by a page, writes its last word and tells how many pages there are; -1 when it cannot.
  (func (export "grow") (result i32)
    (local $old i32)
    (local.set $old (memory.grow (i32.const 1)))
    (if (i32.lt_s (local.get $old) (i32.const 0)) (then (return (i32.const -1))))
    (i32.store
      (i32.add (i32.mul (local.get $old) (i32.const 65536)) (i32.const 65532)) (local.get $old))
    (i32.atomic.store (i32.const 16) (i32.add (local.get $old) (i32.const 1)))
    (local.get $old))
  ;; Without having asked for the size: the last word of the last page it was told of, once that is
  ;; not the first.
  (func (export "read_told") (result i32)
    (local $pages i32)
    (loop $again
      (br_if $again (i32.lt_u (local.tee $pages (i32.atomic.load (i32.const 16))) (i32.const 2))))
    (i32.load offset=65532
      (i32.mul (i32.sub (local.get $pages) (i32.const 1)) (i32.const 65536))))
  (func (export "size") (result i32) (memory.size))
  (func (export "load") (param i32) (result i32) (i32.load (local.get 0)))
  (func (export "store") (param i32 i32) (result i32)
    (i32.store (local.get 0) (local.get 1)) (i32.const 0))
)
