// What is the same for all instances of a module and worth finding out only once: where its
// allocator and constructors are, the values of globals, the first elements of tables.
#pragma once

#include <cstdint>

#include "base/error.h"
#include "module/module.h"
#include "runtime/conventions.h"
#include "runtime/global.h"
#include "runtime/guest_allocator.h"
#include "runtime/table_image.h"

namespace wembed {

class Runtime;

struct Blueprint {
  Module::Attachment attachment;
  Allocator* allocator;
  GuestAllocator guest_allocator;
  uint32_t constructors[Conventions::kConstructors];  // in their order; kNoFunction: there is none
  uint32_t initializer;                               // the same, see Conventions
  size_t instance_bytes;                              // see instance_storage.h
  // Of the globals that the module defines. Null: some of them are not constants.
  GlobalCell* globals;
  uint32_t table_count;
  TableImage* tables[1];  // by table index, see table_image.h
};

// The module's blueprint, made at the first call. Null, with the reason in `diagnostic`: no memory,
// or the module's bytes are lost. Safe from any thread.
const Blueprint* blueprint_of(Runtime& runtime, Module& module, Diagnostic& diagnostic);

}  // namespace wembed
