#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "CLinux.h"

unsigned long long clinux_monotonic_nanoseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (unsigned long long)now.tv_sec * 1000000000ULL + (unsigned long long)now.tv_nsec;
}

long long clinux_thread_nanoseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (long long)now.tv_sec * 1000000000LL + (long long)now.tv_nsec;
}

static long or_error(long result) { return result < 0 ? -errno : result; }

int clinux_socket(int is_v6, int is_stream) {
    int kind = (is_stream ? SOCK_STREAM : SOCK_DGRAM) | SOCK_NONBLOCK | SOCK_CLOEXEC;
    return (int)or_error(socket(is_v6 ? AF_INET6 : AF_INET, kind, 0));
}

int clinux_connect(int descriptor, const unsigned char *address, int address_octets, unsigned short port) {
    if (address_octets == 4) {
        struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};
        memcpy(&to.sin_addr, address, 4);
        return (int)or_error(connect(descriptor, (struct sockaddr *)&to, sizeof to));
    }
    if (address_octets == 16) {
        struct sockaddr_in6 to = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
        memcpy(&to.sin6_addr, address, 16);
        return (int)or_error(connect(descriptor, (struct sockaddr *)&to, sizeof to));
    }
    return -EAFNOSUPPORT;
}

int clinux_socket_error(int descriptor) {
    int code = 0;
    socklen_t size = sizeof code;
    if (getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &size) < 0) return -errno;
    return -code;
}

long clinux_send(int descriptor, const unsigned char *octets, long count) {
    return or_error(send(descriptor, octets, (size_t)count, MSG_NOSIGNAL));
}

long clinux_receive(int descriptor, unsigned char *octets, long capacity) {
    return or_error(recv(descriptor, octets, (size_t)capacity, 0));
}

int clinux_close(int descriptor) { return (int)or_error(close(descriptor)); }

int clinux_epoll(void) { return (int)or_error(epoll_create1(EPOLL_CLOEXEC)); }

int clinux_epoll_watch(int epoll, int descriptor, int for_output, unsigned long long tag) {
    struct epoll_event event = {.events = for_output ? EPOLLOUT : EPOLLIN, .data.u64 = tag};
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event) == 0) return 0;
    if (errno != EEXIST) return -errno;
    return (int)or_error(epoll_ctl(epoll, EPOLL_CTL_MOD, descriptor, &event));
}

int clinux_epoll_wait(int epoll, unsigned long long *tags, int capacity, int milliseconds) {
    struct epoll_event events[256];
    int count = epoll_wait(epoll, events, capacity < 256 ? capacity : 256, milliseconds);
    if (count < 0) return -errno;
    for (int index = 0; index < count; index++) tags[index] = events[index].data.u64;
    return count;
}

int clinux_wake_descriptor(void) { return (int)or_error(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)); }

void clinux_wake(int descriptor) {
    uint64_t one = 1;
    /* A full counter already wakes. */
    ssize_t ignored = write(descriptor, &one, sizeof one);
    (void)ignored;
}

void clinux_wake_consume(int descriptor) {
    uint64_t count;
    ssize_t ignored = read(descriptor, &count, sizeof count);
    (void)ignored;
}

struct start {
    void (*run)(void *);
    void *context;
};

static void *begin(void *given) {
    struct start start = *(struct start *)given;
    free(given);
    start.run(start.context);
    return NULL;
}

int clinux_run_thread(void (*run)(void *), void *context) {
    struct start *start = malloc(sizeof *start);
    if (start == NULL) return -ENOMEM;
    *start = (struct start){run, context};
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pthread_t thread;
    int code = pthread_create(&thread, NULL, begin, start);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (code != 0) {
        free(start);
        return -code;
    }
    pthread_detach(thread);
    return 0;
}
