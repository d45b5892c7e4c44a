/* The system calls that Swift's Glibc module lacks, with signatures that need no `unsafe` where that is possible.
   No system header is included here: with _GNU_SOURCE they would declare types otherwise than Swift's own Glibc module does. */
#ifndef CLINUX_H
#define CLINUX_H
#include "CLinuxNetwork.h"
#include "CLinuxProcess.h"
#endif
