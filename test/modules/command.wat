;; A program for the tests of the command.
(module
  (import "wasi_snapshot_preview1" "args_sizes_get" (func $args_sizes (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "args_get" (func $args (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "environ_sizes_get" (func $env_sizes (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "environ_get" (func $env (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_prestat_get" (func $prestat (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_prestat_dir_name"
    (func $prestat_name (param i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 4)

  (func $print (param $at i32) (param $length i32)
    (i32.store (i32.const 0) (local.get $at))
    (i32.store (i32.const 4) (local.get $length))
    (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8))))

  ;; Arguments, environment and the names of directories, each text with its NUL; ends with the
  ;; number of arguments.
  (func (export "_start") (local $fd i32)
    (drop (call $args_sizes (i32.const 16) (i32.const 20)))
    (drop (call $args (i32.const 1024) (i32.const 4096)))
    (call $print (i32.const 4096) (i32.load (i32.const 20)))
    (drop (call $env_sizes (i32.const 24) (i32.const 28)))
    (drop (call $env (i32.const 1024) (i32.const 4096)))
    (call $print (i32.const 4096) (i32.load (i32.const 28)))
    (local.set $fd (i32.const 3))
    (block $none
      (loop $next
        (br_if $none (call $prestat (local.get $fd) (i32.const 32)))
        (drop (call $prestat_name (local.get $fd) (i32.const 4096) (i32.load (i32.const 36))))
        (i32.store8 (i32.add (i32.const 4096) (i32.load (i32.const 36))) (i32.const 0))
        (call $print (i32.const 4096) (i32.add (i32.load (i32.const 36)) (i32.const 1)))
        (local.set $fd (i32.add (local.get $fd) (i32.const 1)))
        (br $next)))
    (call $exit (i32.load (i32.const 16))))

  ;; Waits for input; how much came.
  (func (export "wait") (result i32)
    (i32.store (i32.const 0) (i32.const 4096))
    (i32.store (i32.const 4) (i32.const 1000))
    (drop (call $read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)))
    (i32.load (i32.const 8)))

  (func (export "spin") (loop (br 0)))
  (func (export "crash") (call $fall (i32.const 0)))
  (func $fall (param i32) (drop (i32.div_u (i32.const 1) (local.get 0))))

  ;; Lines of 4096 bytes without an end.
  (func (export "write")
    (memory.fill (i32.const 65536) (i32.const 0x78) (i32.const 4095))
    (i32.store8 (i32.const 69631) (i32.const 10))
    (loop (call $print (i32.const 65536) (i32.const 4096)) (br 0))))
