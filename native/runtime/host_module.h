// The embedder's own object for a module.
#pragma once

namespace wembed {

// What the embedder keeps for a module, held by each instance made from it.
struct HostModule {
  void* object = nullptr;
  void (*retain)(void* object) = nullptr;
  void (*release)(void* object) = nullptr;
};

}  // namespace wembed
