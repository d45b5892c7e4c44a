/* The system calls that Swift's Glibc module lacks, with signatures that need no `unsafe` where that is possible. */
#ifndef CLINUX_H
#define CLINUX_H
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <netinet/in.h>
#include "CLinuxProcess.h"
#endif
