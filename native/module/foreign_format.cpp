#include "module/foreign_format.h"

#include <string_view>

#include "module/read_once.h"

namespace wembed {

namespace {

// As much as is looked at.
constexpr size_t kMostRead = 32;

struct Format {
  std::string_view begin;
  const char* sentence;
};

// In this order: the first that fits.
constexpr Format kFormats[] = {
    {{"\0aot", 4}, "this is WAMR's ahead-of-time format: load the .wasm file it was made from"},
    {"\x1f\x8b", "this is compressed with gzip: unpack it first"},
    {"\x28\xb5\x2f\xfd", "this is compressed with zstd: unpack it first"},
    {"\xfd"
     "7zXZ",
     "this is compressed with xz: unpack it first"},
    {"PK\x03\x04", "this is a zip archive: unpack it first"},
    {"BC\xc0\xde", "this is LLVM bitcode: link it to a module first"},
    {"\x7f"
     "ELF",
     "this is a native program or library, not a module"},
    {"!<arch>", "this is an archive of object files: link it to a module first"},
    {"version https://git-lfs", "this is a pointer of Git LFS: fetch the file it stands for"},
    {"(module", "this is WebAssembly text: assemble it first"},
    {"(component", "this is the text of a WebAssembly component: a core module is wanted"},
    {";;", "this is WebAssembly text: assemble it first"},
    {"(;", "this is WebAssembly text: assemble it first"},
    {"<!DOCTYPE", "this is HTML, perhaps a server's error page"},
    {"<!doctype", "this is HTML, perhaps a server's error page"},
    {"<html", "this is HTML, perhaps a server's error page"},
    {"<?xml", "this is XML, perhaps a server's error page"},
    {"AGFzb", "this is a module in base64: decode it first"},
    {"data:", "this is a data URL: decode what follows the comma"},
    {"0061736d", "this is a module in hexadecimal digits: decode it first"},
    {"{", "this is JSON, perhaps a server's error"},
};

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

// Without a byte order mark and what text may begin with before it says anything.
std::string_view skip_blanks(std::string_view text) {
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  return text;
}

}  // namespace

const char* describe_foreign(std::span<const uint8_t> bytes) {
  if (bytes.empty()) return "there are no bytes";
  char copy[kMostRead];
  size_t size = bytes.size() < kMostRead ? bytes.size() : kMostRead;
  for (size_t i = 0; i < size; i++) copy[i] = static_cast<char>(read_once(&bytes[i]));
  const std::string_view begin(copy, size);
  const std::string_view text = skip_blanks(begin);
  for (const Format& format : kFormats) {
    if (begin.starts_with(format.begin) || text.starts_with(format.begin)) return format.sentence;
  }
  return nullptr;
}

const char* describe_version(uint32_t version) {
  constexpr uint32_t kLayer = 0x10000;  // in the upper half, of components and what comes later
  return version >= kLayer ? "this is a WebAssembly component: a core module is wanted" : nullptr;
}

const char* describe_missing(Feature feature) {
  const bool is_here = is_built(feature);
  switch (feature) {
    case Feature::None: break;
#define FEATURE(name, bit, option, words)                                    \
  case Feature::name:                                                        \
    return is_here ? "the module needs " words " switched off for this load" \
                   : "the module needs " words                               \
                     " left out of this build of wembed (WEMBED_FEATURES has no " #option ")";
#include "isa/features.def"
#undef FEATURE
  }
  return nullptr;
}

}  // namespace wembed
