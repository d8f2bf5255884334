/* Reading a whole file, as hosts of WAMR do. */
#ifndef _BH_FILE_H
#define _BH_FILE_H

#include "bh_platform.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The file's bytes, to be freed by wasm_runtime_free, and their number. The runtime has to be up.
   NULL: the file cannot be read, is of 4 GiB or more, or there is no memory; a line on standard
   output says which. An empty file gives a block of no use and 0. */
char* bh_read_file_to_buffer(const char* filename, uint32* ret_size);

#ifdef __cplusplus
}
#endif

#endif /* _BH_FILE_H */
