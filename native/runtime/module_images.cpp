#include "runtime/module_images.h"

#include <atomic>
#include <mutex>
#include <new>

#include "module/const_expr.h"
#include "runtime/runtime.h"

namespace wembed {

namespace {

// All images of one module.
struct ModuleImages {
  struct Entry {
    std::atomic<bool> is_made{false};
    MemoryImage* image = nullptr;  // once `is_made`
  };
  explicit ModuleImages(Runtime& owner) : runtime(owner) {}
  Module::Attachment attachment;
  Runtime& runtime;
  std::mutex mutex;
  uint32_t count = 0;
  Entry* entries = nullptr;  // by memory index
};

constexpr size_t kMostSegments = 4096;

// Constants only: a global's value may differ between instances.
class NoScope final : public ConstScope {
 public:
  bool global(uint32_t, ConstValue&) override { return false; }
  Result<uint64_t> function(uint32_t) override { return Error::Invalid; }
};

// The segment as a part; false: only an instance can tell where it goes.
bool part_of(const Module& module, const DataSegment& segment, ImagePart& part) {
  const MemoryType& type = module.memories()[segment.memory];
  NoScope scope;
  ConstValue value;
  Diagnostic ignored;
  ValType expected = type.limits.is_64 ? kI64 : kI32;
  if (evaluate(module, segment.offset, expected, scope, value, ignored) != Error::None) {
    return false;
  }
  uint64_t size = type.limits.min * type.page_size;
  part.offset = type.limits.is_64 ? value.bits[0] : static_cast<uint32_t>(value.bits[0]);
  part.size = segment.bytes.size;
  part.bytes = module.slice(segment.bytes).data();
  return part.size <= size && part.offset <= size - part.size;
}

MemoryImage* make_image(Runtime& runtime, const Module& module, uint32_t index) {
  auto segments = module.data();
  if (segments.size() > kMostSegments) return nullptr;
  const ReadScope scope(module.source());
  if (scope.lost()) return nullptr;
  Vector<ImagePart> parts(runtime.allocator());
  for (const DataSegment& segment : segments) {
    if (segment.mode != SegmentMode::Active || segment.memory != index) continue;
    ImagePart part;
    if (!part_of(module, segment, part) || !parts.push_back(part)) return nullptr;
  }
  // With lost bytes it would show zeros: the segments, written one by one, will tell.
  if (parts.empty() || scope.lost()) return nullptr;
  return MemoryImage::create(runtime.allocator(), parts.span(), &module.source());
}

void drop(Module::Attachment* attachment) {
  auto* images = reinterpret_cast<ModuleImages*>(attachment);
  Allocator& allocator = images->runtime.allocator();
  for (uint32_t i = 0; i < images->count; i++) {
    MemoryImage* image = images->entries[i].image;
    if (image == nullptr) continue;
    images->runtime.memory_system().forget(*image);
    image->destroy();
  }
  allocator.release(images->entries);
  allocator.destroy(images);
}

ModuleImages* make_images(Runtime& runtime, const Module& module) {
  auto* images = runtime.allocator().create<ModuleImages>(runtime);
  if (images == nullptr) return nullptr;
  images->attachment.drop = &drop;
  images->count = static_cast<uint32_t>(module.memories().size());
  void* block = runtime.allocator().allocate(images->count * sizeof(ModuleImages::Entry));
  images->entries = static_cast<ModuleImages::Entry*>(block);
  if (block == nullptr) {
    runtime.allocator().destroy(images);
    return nullptr;
  }
  for (uint32_t i = 0; i < images->count; i++) ::new (&images->entries[i]) ModuleImages::Entry;
  return images;
}

ModuleImages* images_of(Runtime& runtime, Module& module) {
  Module::Attachment* known = module.kept(Module::Kept::Images);
  if (known == nullptr) {
    ModuleImages* made = make_images(runtime, module);
    if (made == nullptr) return nullptr;
    known = module.keep(Module::Kept::Images, &made->attachment);
  }
  return reinterpret_cast<ModuleImages*>(known);
}

}  // namespace

MemoryImage* memory_image(Runtime& runtime, Module& module, uint32_t index) {
  if (module.data().empty()) return nullptr;
  ModuleImages* images = images_of(runtime, module);
  if (images == nullptr) return nullptr;
  ModuleImages::Entry& entry = images->entries[index];
  if (entry.is_made.load(std::memory_order_acquire)) return entry.image;
  std::lock_guard lock(images->mutex);
  if (!entry.is_made.load(std::memory_order_relaxed)) {
    entry.image = make_image(runtime, module, index);
    entry.is_made.store(true, std::memory_order_release);
  }
  return entry.image;
}

}  // namespace wembed
