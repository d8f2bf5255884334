;; A command of WASI, as a compiler for C would make one: reads note.txt in the first directory it was
;; given, prints what is in it, and ends with the number of bytes.
(module
  (import "wasi_snapshot_preview1" "path_open"
    (func $path_open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_read"
    (func $fd_read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write"
    (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "note.txt../secret.txt")

  ;; 3 is the first directory; 2 the right to read. What was opened goes to 64.
  (func $open (param $name i32) (param $length i32) (result i32)
    (call $path_open (i32.const 3) (i32.const 1) (local.get $name) (local.get $length)
      (i32.const 0) (i64.const 2) (i64.const 0) (i32.const 0) (i32.const 64)))

  (func (export "_start")
    ;; What lies outside is not there: 76, not capable.
    (if (i32.ne (call $open (i32.const 8) (i32.const 13)) (i32.const 76))
      (then (call $proc_exit (i32.const 1))))
    (if (call $open (i32.const 0) (i32.const 8)) (then (call $proc_exit (i32.const 2))))
    ;; One vector: 1000 bytes from 1024 on.
    (i32.store (i32.const 80) (i32.const 1024))
    (i32.store (i32.const 84) (i32.const 1000))
    (if (call $fd_read (i32.load (i32.const 64)) (i32.const 80) (i32.const 1) (i32.const 84))
      (then (call $proc_exit (i32.const 3))))
    ;; Its length is now that of what was read.
    (if (call $fd_write (i32.const 1) (i32.const 80) (i32.const 1) (i32.const 88))
      (then (call $proc_exit (i32.const 4))))
    (call $proc_exit (i32.load (i32.const 84)))))
