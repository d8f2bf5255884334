/* The name under which WAMR has a part of bh_platform.h. */
#ifndef _PLATFORM_INTERNAL_H
#define _PLATFORM_INTERNAL_H

#include "bh_platform.h"

#endif /* _PLATFORM_INTERNAL_H */
