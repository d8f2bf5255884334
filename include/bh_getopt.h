/* getopt, optarg, optind: the system's. */
#ifndef _BH_GETOPT_H
#define _BH_GETOPT_H

#include <getopt.h>

#endif /* _BH_GETOPT_H */
