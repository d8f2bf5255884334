// What a backend supplies to create_linear_memory(): a function that makes storage or says why it
// cannot, leaving no trace. A further backend is one more file and one more row in backends.cpp.
#pragma once

#include "memory/backend.h"

namespace wembed {

// `signals` tells whether faults may be relied on, and thereby whether guarded() may be true.
using CreateMemory = LinearMemory* (*)(Allocator& allocator, bool signals,
                                       const MemoryRequest& request, Diagnostic& diagnostic);

LinearMemory* create_mapped_memory(Allocator& allocator, bool signals, const MemoryRequest& request,
                                   Diagnostic& diagnostic);
LinearMemory* create_heap_memory(Allocator& allocator, bool signals, const MemoryRequest& request,
                                 Diagnostic& diagnostic);
LinearMemory* create_buffer_memory(Allocator& allocator, bool signals, const MemoryRequest& request,
                                   Diagnostic& diagnostic);
LinearMemory* create_functions_memory(Allocator& allocator, bool signals,
                                      const MemoryRequest& request, Diagnostic& diagnostic);

}  // namespace wembed
