/*
 * Starts a program for which openat2 does not exist, as before Linux 5.6: paths of WASI are walked
 * step by step then.
 *   without_openat2 PROGRAM ARGUMENT...
 */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "../refused_call.h"

#define OPENAT2 437 /* of all processors; older headers do not have it */

int main(int argc, char** argv) {
  if (argc < 2) {
    fprintf(stderr, "usage: %s PROGRAM ARGUMENT...\n", argv[0]);
    return 2;
  }
  if (!refuse_system_call(OPENAT2, ENOSYS)) {
    perror("seccomp");
    return 1;
  }
  execv(argv[1], argv + 1);
  perror(argv[1]);
  return 1;
}
