// The ABI program once more, as C++.
#include "abi.c"
