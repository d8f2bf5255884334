/* Captures what is printed to standard output, for tests of logs and printed results. */
#ifndef WEMBED_TEST_API_CAPTURE_H
#define WEMBED_TEST_API_CAPTURE_H

#include <unistd.h>

#include "host.h"

static int host_stdout = -1;
static FILE* host_captured;

UNUSED static void capture_begin(void) {
  fflush(stdout);
  host_captured = tmpfile();
  host_stdout = dup(1);
  if (host_captured == NULL || host_stdout < 0 || dup2(fileno(host_captured), 1) < 0) exit(2);
}

/* What was printed since capture_begin(); valid until the next capture. */
UNUSED static const char* capture_end(void) {
  static char text[8192];
  fflush(stdout);
  dup2(host_stdout, 1);
  close(host_stdout);
  rewind(host_captured);
  text[fread(text, 1, sizeof text - 1, host_captured)] = 0;
  fclose(host_captured);
  return text;
}

/* Whether captured text has a log line with this message. */
UNUSED static bool logged(const char* text, const char* message) {
  const char* at = strstr(text, message);
  return at != NULL && at - text >= 3 && strncmp(at - 3, "]: ", 3) == 0;
}

#endif /* WEMBED_TEST_API_CAPTURE_H */
