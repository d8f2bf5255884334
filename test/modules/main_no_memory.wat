;; main(argc, argv) of a module without a memory for the arguments.
(module
  (func (export "main") (param i32 i32) (result i32) (i32.const 1)))
