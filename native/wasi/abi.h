// Numbers and layouts of WASI preview 1, and where those of its predecessor differ.
#pragma once

#include <cstdint>
#include <cstring>

#include "platform/files.h"

namespace wembed::wasi {

enum class FileType : uint8_t {
  Unknown,
  BlockDevice,
  CharacterDevice,
  Directory,
  RegularFile,
  SocketDgram,
  SocketStream,
  SymbolicLink,
};

// Kinds are in the same order, and a pipe has none of its own here.
constexpr FileType to_file_type(platform::FileKind kind) {
  return kind == platform::FileKind::Pipe ? FileType::Unknown : static_cast<FileType>(kind);
}

// Rights, by bit.
namespace right {
constexpr uint64_t bit(int number) { return uint64_t{1} << number; }
constexpr uint64_t kDatasync = bit(0), kRead = bit(1), kSeek = bit(2), kSetFlags = bit(3);
constexpr uint64_t kSync = bit(4), kTell = bit(5), kWrite = bit(6), kAdvise = bit(7);
constexpr uint64_t kAllocate = bit(8), kCreateDirectory = bit(9), kCreateFile = bit(10);
constexpr uint64_t kLinkSource = bit(11), kLinkTarget = bit(12), kOpen = bit(13);
constexpr uint64_t kReaddir = bit(14), kReadlink = bit(15), kRenameSource = bit(16);
constexpr uint64_t kRenameTarget = bit(17), kPathFilestatGet = bit(18);
constexpr uint64_t kPathFilestatSetSize = bit(19), kPathFilestatSetTimes = bit(20);
constexpr uint64_t kFilestatGet = bit(21), kFilestatSetSize = bit(22), kFilestatSetTimes = bit(23);
constexpr uint64_t kSymlink = bit(24), kRemoveDirectory = bit(25), kUnlinkFile = bit(26);
constexpr uint64_t kPoll = bit(27);
// The standard and WAMR give the bits from here on different meanings: a socket has all of them.
constexpr uint64_t kSocket = bit(38) - bit(28);
// WAMR's, of which the first two are others of the standard's.
constexpr uint64_t kConnect = bit(28), kListen = bit(29), kBind = bit(30), kAddressLocal = bit(34);
constexpr uint64_t kAddressRemote = bit(35), kReceiveFrom = bit(36), kSendTo = bit(37);

// What kinds of files can have.
constexpr uint64_t kFile = 0x8e001ff;
constexpr uint64_t kDirectory = 0xfbffe98;
constexpr uint64_t kStream = kFile & ~(kSeek | kTell);
constexpr uint64_t kConnection = kStream | kSocket;
// What may be asked for in a directory; more is given to nobody, but only asking for bits below 28
// is refused.
constexpr uint64_t kInheriting = bit(28) - 1;
}  // namespace right

constexpr uint16_t kAppend = 1, kDsync = 2, kNonblock = 4, kRsync = 8, kSyncFlag = 16;
constexpr uint16_t kAllFdFlags = 31;
constexpr uint16_t kCreat = 1, kOpenDirectory = 2, kExcl = 4, kTrunc = 8, kAllOflags = 15;
constexpr uint32_t kFollow = 1;
constexpr uint16_t kAtim = 1, kAtimNow = 2, kMtim = 4, kMtimNow = 8, kAllFstflags = 15;

constexpr uint32_t kRealtime = 0, kMonotonic = 1, kProcessCpu = 2, kThreadCpu = 3;
constexpr uint8_t kEventClock = 0, kEventRead = 1, kEventWrite = 2;
constexpr uint16_t kAbsoluteTime = 1;
constexpr uint16_t kHangup = 1;

constexpr uint16_t kPeek = 1, kWaitAll = 2;

// Of WAMR's sockets, beside those of preview 1.
constexpr uint32_t kInet4 = 0, kInet6 = 1;                    // address families
constexpr uint32_t kAnyType = UINT32_MAX, kDatagramType = 0;  // socket types; others: streams
constexpr uint32_t kAddressBytes = 24;                        // kind, bytes or groups, port
constexpr uint32_t kAddressIpBytes = 20;                      // the same without a port
constexpr uint32_t kAddressInfoBytes = 28;                    // address, type
constexpr uint32_t kHintsBytes = 12;                          // type, family, whether they count

constexpr uint32_t kVectorBytes = 8;
constexpr uint32_t kPrestatBytes = 8;
constexpr uint32_t kFdstatBytes = 24;
constexpr uint32_t kDirentBytes = 24;
constexpr uint32_t kEventBytes = 32;

// Both of the interface, of which the predecessor's are other in three places.
enum class Version : uint8_t { Unstable, Preview1 };

constexpr uint32_t filestat_bytes(Version version) {
  return version == Version::Unstable ? 56 : 64;
}
constexpr uint32_t subscription_bytes(Version version) {
  return version == Version::Unstable ? 56 : 48;
}

// The guest's memory is little endian, and so are all hosts; its pointers need not be aligned.
template <class T> void store(uint8_t* at, T value) { std::memcpy(at, &value, sizeof(value)); }
template <class T> T load(const uint8_t* at) {
  T value;
  std::memcpy(&value, at, sizeof(value));
  return value;
}

}  // namespace wembed::wasi
