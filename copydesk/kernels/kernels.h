/* What the kernels share. Lengths and offsets are int64_t, as in numpy. */
#ifndef COPYDESK_KERNELS_H
#define COPYDESK_KERNELS_H

#include <stdint.h>

#ifdef _WIN32
#define KERNEL __declspec(dllexport)
#else
#define KERNEL __attribute__((visibility("default")))
#endif

#endif
