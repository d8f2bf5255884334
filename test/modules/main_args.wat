;; main(argc, argv): 100 * argc plus the first letter of the last argument.
(module
  (memory (export "memory") 1)
  (func (export "main") (param $argc i32) (param $argv i32) (result i32)
    (if (i32.eqz (local.get $argc)) (then (return (i32.const 1))))
    (i32.add
      (i32.mul (local.get $argc) (i32.const 100))
      (i32.load8_u
        (i32.load
          (i32.add
            (local.get $argv)
            (i32.mul (i32.sub (local.get $argc) (i32.const 1)) (i32.const 4))))))))
