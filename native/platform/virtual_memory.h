// Address space from the operating system: reserve it, make parts of it usable, give it back.
//
// Addresses and lengths are multiples of page_size() unless a comment says otherwise. Functions
// that return int return 0 or the system's error number (errno), which stays available to
// whoever reports the failure. A failed call leaves the whole range reserved, but may have changed
// parts of it when the range is more than one mapping of the system's.
#pragma once

#include <cstddef>
#include <cstdint>

namespace wembed::platform {

// Constant for the life of the process, a power of two.
size_t page_size();

struct Reserved {
  uint8_t* address = nullptr;  // null when `error` is set
  int error = 0;
};

// Address space without storage: every access faults until it is committed. Costs no memory and
// is not counted against overcommit limits, but does count against RLIMIT_AS.
[[nodiscard]] Reserved reserve(size_t bytes);

// Whether a large reservation costs no more than a small one. Under emulators that keep an entry
// for each page it takes time and memory by its size: 50 MiB and half a second for 8 GiB. Found out
// by trying 64 MiB, once in a process.
[[nodiscard]] bool reservations_are_cheap();

// Storage of its own: reads as zero, is readable and writable, and takes memory where it is
// written.
[[nodiscard]] Reserved map_zeros(size_t bytes);

// What map_zeros() gave with another size, the same contents and zeros behind them; may move. When
// it fails (ENOSYS among others) the old one is as it was.
[[nodiscard]] Reserved resize_zeros(void* address, size_t old_bytes, size_t bytes);

// Gives back a whole reservation, committed parts included, or what map_zeros() gave. Where the
// system refuses (it keeps one range as two only below a number of them), the storage goes at
// least.
void release(void* address, size_t bytes);

// Makes a part of a reservation readable and writable. Pages that were never committed, or were
// decommitted since, read as zero; pages committed already keep their contents.
[[nodiscard]] int commit(void* address, size_t bytes);

// Takes the storage away again: contents are lost, accesses fault, the addresses stay reserved.
[[nodiscard]] int decommit(void* address, size_t bytes);

// Committed pages stay accessible, read as zero from now on and give their storage back.
[[nodiscard]] int discard(void* address, size_t bytes);

enum class Access : uint8_t { None, Read, ReadWrite, ReadExecute };

// Changes what may be done with committed pages; contents are kept.
[[nodiscard]] int protect(void* address, size_t bytes, Access access);

// Whether a mapping is replaced in two steps: by one that nobody may write to, which is then made
// writable. Where the system never overcommits, some kernels answer a lack of memory to anything
// else by a hole, and what comes to lie there next is somebody else's.
bool is_careful();
void be_careful(bool is_wanted);  // for tests; else the system is asked once

// Replaces whatever a part of a reservation holds (files mapped there too) by pages of `access`
// without contents: they read as zero where they may be read. Access::None fails only when the
// process has too many mappings.
[[nodiscard]] int renew(void* address, size_t bytes, Access access);

// Asks the system not to use large pages there: one touched byte would cost 2 MiB. Only a hint.
void avoid_large_pages(void* address, size_t bytes);

// For tests: asked before every reservation; a result other than 0 refuses it with that error
// number. Null removes it. What reservations cost is found out anew.
using ReserveFilter = int (*)(size_t bytes);
void set_reserve_filter(ReserveFilter filter);

}  // namespace wembed::platform
