;; A program that starts threads by "thread-spawn" of "wasi". What a thread does is its argument:
;; 0 adds its number to a sum, 1 traps, 2 calls proc_exit(9), 3 loops, 4 sleeps for an hour, 5 waits
;; for a word for ever, 6 starts another that adds, 7 prints and adds.
(module
  (import "wasi" "thread-spawn" (func $spawn (param i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "poll_oneoff"
    (func $poll (param i32 i32 i32 i32) (result i32)))
  (import "env" "memory" (memory 2 4 shared))
  (export "memory" (memory 0))
  (global $own (mut i32) (i32.const 0))
  (data $text "hello\n")
  ;; What is to be done, when `_start` is called: the argument of the threads, how many of them, and
  ;; what the first thread does then: 0 waits until they have added, 1 loops, 2 sleeps, 3 returns, 4
  ;; waits for a word for ever.
  (global $argument (mut i32) (i32.const 0))
  (global $count (mut i32) (i32.const 3))
  (global $then (mut i32) (i32.const 0))
  (func (export "plan") (param i32 i32 i32)
    (global.set $argument (local.get 0))
    (global.set $count (local.get 1))
    (global.set $then (local.get 2)))
  ;; 1024: the sum, 1028: how many have begun, 1032: how many have added, 1036: nobody's.
  (func $begun (drop (i32.atomic.rmw.add (i32.const 1028) (i32.const 1))))
  (func $loop (loop $again (br $again)))
  (func $sleep (param $at i32)
    (i32.store (i32.add (local.get $at) (i32.const 16)) (i32.const 1))
    (i64.store (i32.add (local.get $at) (i32.const 24)) (i64.const 3600000000000))
    (drop (call $poll (local.get $at) (i32.add (local.get $at) (i32.const 64)) (i32.const 1)
      (i32.add (local.get $at) (i32.const 128)))))
  (func $wait_for_ever
    (drop (memory.atomic.wait32 (i32.const 1036) (i32.const 0) (i64.const -1))))
  (func $add (param $number i32)
    (drop (i32.atomic.rmw.add (i32.const 1024) (local.get $number)))
    (drop (i32.atomic.rmw.add (i32.const 1032) (i32.const 1)))
    (drop (memory.atomic.notify (i32.const 1032) (i32.const -1))))
  (func (export "wasi_thread_start") (param $number i32) (param $argument i32)
    ;; Globals are each thread's own.
    (if (global.get $own) (then unreachable))
    (global.set $own (local.get $number))
    (call $begun)
    (block $prints (block $spawns (block $waits (block $sleeps (block $loops (block $exits
    (block $traps (block $adds
      (br_table $adds $traps $exits $loops $sleeps $waits $spawns $prints (local.get $argument)))
      (return (call $add (local.get $number))))
      unreachable)
      (call $exit (i32.const 9)))
      (return (call $loop)))
      (return (call $sleep (i32.add (i32.const 4096) (i32.shl (local.get $number) (i32.const 8))))))
      (return (call $wait_for_ever)))
    ;; As soon as one that has done its work has ended.
    (loop $again (br_if $again (i32.lt_s (call $spawn (i32.const 0)) (i32.const 0))))
    return)
    (call $print)
    (call $add (local.get $number)))
  (func (export "spawn") (param i32) (result i32) (call $spawn (local.get 0)))
  (func (export "sum") (result i32) (i32.atomic.load (i32.const 1024)))
  (func (export "begun") (result i32) (i32.atomic.load (i32.const 1028)))
  (func (export "added") (result i32) (i32.atomic.load (i32.const 1032)))
  ;; Until so many have added.
  (func $await (export "await") (param $wanted i32)
    (local $now i32)
    (loop $again
      (local.set $now (i32.atomic.load (i32.const 1032)))
      (if (i32.lt_s (local.get $now) (local.get $wanted)) (then
        (drop (memory.atomic.wait32 (i32.const 1032) (local.get $now) (i64.const -1)))
        (br $again)))))
  (func $print
    (memory.init $text (i32.const 2048) (i32.const 0) (i32.const 6))
    (i32.store (i32.const 2064) (i32.const 2048))
    (i32.store (i32.const 2068) (i32.const 6))
    (drop (call $write (i32.const 1) (i32.const 2064) (i32.const 1) (i32.const 2072))))
  (func (export "_start")
    (local $left i32)
    (local.set $left (global.get $count))
    (loop $again
      (if (local.get $left) (then
        (if (i32.lt_s (call $spawn (global.get $argument)) (i32.const 0)) (then unreachable))
        (local.set $left (i32.sub (local.get $left) (i32.const 1)))
        (br $again))))
    (block $waits (block $returns (block $sleeps (block $loops (block $awaits
      (br_table $awaits $loops $sleeps $returns $waits (global.get $then)))
      (call $await (global.get $count))
      (return (call $print)))
      (return (call $loop)))
      (return (call $sleep (i32.const 8192))))
      return)
    (call $wait_for_ever)))
