(module (memory 1) (func (export "main")))
