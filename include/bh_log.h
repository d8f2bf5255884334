/*
 * The runtime's log for hosts: lines as the runtime's own, to the same place (wembed_config_t.log
 * of the process-wide runtime, else standard output), under the same threshold.
 */
#ifndef _BH_LOG_H
#define _BH_LOG_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
  BH_LOG_LEVEL_FATAL = 0,
  BH_LOG_LEVEL_ERROR = 1,
  BH_LOG_LEVEL_WARNING = 2,
  BH_LOG_LEVEL_DEBUG = 3,
  BH_LOG_LEVEL_VERBOSE = 4
} LogLevel;

/* The same as wasm_runtime_set_log_level. */
void bh_log_set_verbose_level(uint32_t level);

/* A line: time and thread, `file` and `line` unless file is NULL, and the text. */
void bh_log(LogLevel log_level, const char* file, int line, const char* fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* What the process has of memory as the system tells, from level DEBUG on. */
void bh_log_proc_mem(const char* function, uint32_t line);

#if defined(BH_DEBUG) && BH_DEBUG != 0
#define LOG_FATAL(...) bh_log(BH_LOG_LEVEL_FATAL, __FILE__, __LINE__, __VA_ARGS__)
#define LOG_DEBUG(...) bh_log(BH_LOG_LEVEL_DEBUG, __FILE__, __LINE__, __VA_ARGS__)
#else
#define LOG_FATAL(...) bh_log(BH_LOG_LEVEL_FATAL, __func__, __LINE__, __VA_ARGS__)
#define LOG_DEBUG(...) (void)0
#endif
#define LOG_ERROR(...) bh_log(BH_LOG_LEVEL_ERROR, NULL, 0, __VA_ARGS__)
#define LOG_WARNING(...) bh_log(BH_LOG_LEVEL_WARNING, NULL, 0, __VA_ARGS__)
#define LOG_VERBOSE(...) bh_log(BH_LOG_LEVEL_VERBOSE, NULL, 0, __VA_ARGS__)
#define LOG_PROC_MEM(...) bh_log_proc_mem(__func__, __LINE__)

#ifdef __cplusplus
}
#endif

#endif /* _BH_LOG_H */
