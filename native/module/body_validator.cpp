// Validation of function bodies at load.
#include "module/function_walker.h"
#include "module/module_reader.h"

namespace wembed {

Error validate_function_bodies(const Module& module, Diagnostic& diagnostic) {
  WalkScratch scratch(module.allocator());
  NullSink sink;
  for (uint32_t i = module.imported_function_count(); i < module.function_count(); i++) {
    WEMBED_CHECK(FunctionWalker<NullSink>(module, i, diagnostic, scratch, sink).walk());
  }
  return Error::None;
}

}  // namespace wembed
