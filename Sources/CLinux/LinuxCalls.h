/* What the .c files of this target include first: the public headers, and the system's with all of Linux in them. */
#ifndef CLINUX_LINUX_CALLS_H
#define CLINUX_LINUX_CALLS_H
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "CLinux.h"
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/socket.h>
#endif
