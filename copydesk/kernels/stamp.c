#include "kernels.h"

/* The digest of the sources that this library was compiled from; hatch_build.py defines it. */
KERNEL const char *read_stamp(void) { return KERNELS_SOURCES; }
