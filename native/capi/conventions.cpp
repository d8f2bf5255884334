#include "capi/conventions.h"

#include "capi/references.h"

namespace wembed {

namespace {

constexpr std::string_view kOwnModules[] = {"env", "wasi_unstable", "wasi_snapshot_preview1", ""};

constexpr std::string_view kSystemModules[] = {"wasi_unstable", "wasi_snapshot_preview1"};

constexpr BuiltinGlobal kGlobals[] = {{"global", "NaN", 0x7ff8000000000000},
                                      {"global", "Infinity", 0x7ff0000000000000}};

constexpr AllocatorName kAllocator[] = {
    {"malloc", AllocatorRole::Allocate}, {"__new", AllocatorRole::Create},
    {"__retain", AllocatorRole::Retain}, {"__pin", AllocatorRole::Retain},
    {"free", AllocatorRole::Release},    {"__release", AllocatorRole::Release},
    {"__unpin", AllocatorRole::Release},
};

constexpr uint32_t kStackSize = 16 * 1024;  // on 64-bit hosts

}  // namespace

constinit const Conventions kWamrConventions = {
    kOwnModules,    kGlobals,      {"__post_instantiate", "__wasm_call_ctors"},
    kSystemModules, "_initialize", "_start",
    kAllocator,     kStackSize,    &kReferenceForm,
};

}  // namespace wembed
