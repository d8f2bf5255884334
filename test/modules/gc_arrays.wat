;; binaryen
;; Arrays that a host copies from one to another.
(module
  (rec
    (type $node (sub (struct (field i32))))
    (type $leaf (sub $node (struct (field i32) (field i32))))
    (type $nodes (array (mut (ref null $node))))
    (type $leaves (array (mut (ref null $leaf))))
    (type $some_leaves (array (mut (ref $leaf))))
    (type $externs (array (mut externref))))
  (type $shorts (array (mut i16)))
  (type $ints (array (mut i32)))
  (type $floats (array (mut f32)))
  (func $leaf (result (ref $leaf)) (struct.new $leaf (i32.const 4) (i32.const 5)))
  (func (export "nodes") (result (ref $nodes)) (array.new_default $nodes (i32.const 2)))
  (func (export "leaves") (result (ref $leaves)) (array.new_default $leaves (i32.const 2)))
  (func (export "some_leaves") (result (ref $some_leaves))
    (array.new $some_leaves (call $leaf) (i32.const 2)))
  (func (export "externs") (result (ref $externs)) (array.new_default $externs (i32.const 2)))
  (func (export "shorts") (result (ref $shorts)) (array.new $shorts (i32.const 1) (i32.const 2)))
  (func (export "ints") (result (ref $ints)) (array.new $ints (i32.const 1) (i32.const 2)))
  (func (export "floats") (result (ref $floats)) (array.new $floats (f32.const 0) (i32.const 2))))
