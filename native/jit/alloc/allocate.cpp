#include "jit/alloc/allocate.h"

#include "jit/alloc/liveness.h"
#include "jit/alloc/resolve.h"
#include "jit/alloc/scan.h"

namespace wembed::jit {

Error allocate(const MachineFunction& function, const AllocationOptions& options, Arena& arena,
               Poll& poll, Allocation& made) {
  Liveness liveness(function, arena.allocator());
  WEMBED_CHECK(liveness.find(poll));
  Scan scan(function, options, liveness, arena.allocator(), made);
  WEMBED_CHECK(scan.run(poll));
  Resolver resolver(function, liveness, scan, arena.allocator(), made);
  return resolver.run(poll);
}

}  // namespace wembed::jit
