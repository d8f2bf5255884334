// Objects of the host's that no module made: instances of modules that import one thing and export
// it.
#pragma once

#include "wasm_c_api/reference.h"

namespace wembed::c_api {

// A new instance of such a module, counted once; export 0 is the object; the data of a
// callback is the instance. Null: no memory, no such
// type, or the limits do not allow it.
wasm_instance_t* tiny_instance(wasm_store_t& store, const wasm_externtype_t& type,
                               wembed_import_t import);

}  // namespace wembed::c_api
