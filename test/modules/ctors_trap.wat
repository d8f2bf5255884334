(module (func (export "__wasm_call_ctors") unreachable))
