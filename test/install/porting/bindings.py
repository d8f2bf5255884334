"""The host of examples/c/porting.c as WAMR's bindings for Python are: by ctypes, over libiwasm.so.

bindings.py LIBRARY MODULE
"""

import ctypes
import sys
from ctypes import POINTER, c_bool, c_char, c_char_p, c_int, c_int32, c_uint32, c_void_p


class NativeSymbol(ctypes.Structure):
    _fields_ = [
        ("symbol", c_char_p),
        ("func_ptr", c_void_p),
        ("signature", c_char_p),
        ("attachment", c_void_p),
    ]


class Pool(ctypes.Structure):
    _fields_ = [("heap_buf", c_void_p), ("heap_size", c_uint32)]


class Functions(ctypes.Structure):
    _fields_ = [
        ("malloc_func", c_void_p),
        ("realloc_func", c_void_p),
        ("free_func", c_void_p),
        ("user_data", c_void_p),
    ]


class MemAllocOption(ctypes.Union):
    _fields_ = [("pool", Pool), ("allocator", Functions)]


class RuntimeInitArgs(ctypes.Structure):
    _fields_ = [
        ("mem_alloc_type", c_int),
        ("mem_alloc_option", MemAllocOption),
        ("native_module_name", c_char_p),
        ("native_symbols", POINTER(NativeSymbol)),
        ("n_native_symbols", c_uint32),
        ("max_thread_num", c_uint32),
        ("ip_addr", c_char * 128),
        ("platform_port", c_int),
        ("instance_port", c_int),
        ("fast_jit_code_cache_size", c_uint32),
        ("gc_heap_size", c_uint32),
        ("running_mode", c_int),
        ("llvm_jit_opt_level", c_uint32),
        ("llvm_jit_size_level", c_uint32),
        ("segue_flags", c_uint32),
        ("enable_linux_perf", c_bool),
    ]


def declare(library, name, result, *parameters):
    function = getattr(library, name)
    function.restype = result
    function.argtypes = parameters
    return function


@ctypes.CFUNCTYPE(c_int32, c_void_p, c_char_p)
def price(_exec_env, name):
    return {b"apples": 30, b"pears": 45}.get(name, 0)


def main(library, path):
    wamr = ctypes.CDLL(library)
    load = declare(wamr, "wasm_runtime_load", c_void_p, c_void_p, c_uint32, c_char_p, c_uint32)
    instantiate = declare(
        wamr, "wasm_runtime_instantiate", c_void_p, c_void_p, c_uint32, c_uint32, c_char_p, c_uint32
    )
    lookup = declare(wamr, "wasm_runtime_lookup_function", c_void_p, c_void_p, c_char_p)
    create_env = declare(wamr, "wasm_runtime_create_exec_env", c_void_p, c_void_p, c_uint32)
    call = declare(
        wamr, "wasm_runtime_call_wasm", c_bool, c_void_p, c_void_p, c_uint32, POINTER(c_uint32)
    )
    exception = declare(wamr, "wasm_runtime_get_exception", c_char_p, c_void_p)
    destroy_env = declare(wamr, "wasm_runtime_destroy_exec_env", None, c_void_p)
    deinstantiate = declare(wamr, "wasm_runtime_deinstantiate", None, c_void_p)
    unload = declare(wamr, "wasm_runtime_unload", None, c_void_p)

    symbols = (NativeSymbol * 1)(
        NativeSymbol(b"price", ctypes.cast(price, c_void_p), b"($)i", None)
    )
    block = ctypes.create_string_buffer(1 << 20)
    args = RuntimeInitArgs()
    args.mem_alloc_option.pool.heap_buf = ctypes.addressof(block)
    args.mem_alloc_option.pool.heap_size = len(block)
    args.native_module_name = b"shop"
    args.native_symbols = symbols
    args.n_native_symbols = 1
    if not wamr.wasm_runtime_full_init(ctypes.byref(args)):
        sys.exit("no runtime")

    with open(path, "rb") as file:
        content = file.read()
    text = ctypes.create_string_buffer(content, len(content))
    error = ctypes.create_string_buffer(128)
    module = load(text, len(content), error, len(error))
    instance = instantiate(module, 8192, 0, error, len(error)) if module else None
    if not instance:
        sys.exit(error.value.decode())
    env = create_env(instance, 8192)
    cells = (c_uint32 * 2)(3, 2)
    if not call(env, lookup(instance, b"bill"), 2, cells):
        sys.exit(exception(instance).decode())
    print("3 apples and 2 pears:", cells[0])
    destroy_env(env)
    deinstantiate(instance)
    unload(module)
    wamr.wasm_runtime_destroy()


main(*sys.argv[1:])
