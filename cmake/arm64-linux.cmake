# Builds for 64-bit ARM on Linux with Debian's cross compiler, and runs what was built in qemu:
#   cmake -S . -B out/cmake-arm64 -DCMAKE_TOOLCHAIN_FILE=cmake/arm64-linux.cmake
# `npm test -- --arch arm64` does that, builds the tests and runs them.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)

set(wembed_triple aarch64-linux-gnu)
set(CMAKE_C_COMPILER ${wembed_triple}-gcc)
set(CMAKE_CXX_COMPILER ${wembed_triple}-g++)

# Libraries of the target only, programs of this machine only.
set(CMAKE_FIND_ROOT_PATH /usr/${wembed_triple})
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)

# WEMBED_QEMU: another qemu than the system's.
set(wembed_qemu $ENV{WEMBED_QEMU})
if(NOT wembed_qemu)
  set(wembed_qemu qemu-aarch64)
endif()
set(CMAKE_CROSSCOMPILING_EMULATOR ${wembed_qemu} -L /usr/${wembed_triple})
