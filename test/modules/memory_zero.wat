(module (memory 0 0) (func (export "size") (result i32) (memory.size)))
