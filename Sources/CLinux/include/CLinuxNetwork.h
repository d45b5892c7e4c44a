/* What Exchange asks of the kernel: sockets, epoll and one thread. Where a call can fail it gives the negated errno. */
#ifndef CLINUX_NETWORK_H
#define CLINUX_NETWORK_H

/* Nanoseconds of CLOCK_MONOTONIC. */
unsigned long long clinux_monotonic_nanoseconds(void);
/* Nanoseconds of processor time of the calling thread. */
long long clinux_thread_nanoseconds(void);

/* A non-blocking, close-on-exec socket. */
int clinux_socket(int is_v6, int is_stream);
/* Connects to an address of 4 or 16 octets in network order; 0, or -EINPROGRESS for a stream that is on its way. */
int clinux_connect(int descriptor, const unsigned char *address, int address_octets, unsigned short port);
/* The pending error of a socket as a negated errno, and takes it away; 0 for none. */
int clinux_socket_error(int descriptor);
/* Octets sent; never raises SIGPIPE. */
long clinux_send(int descriptor, const unsigned char *octets, long count);
/* Octets received; 0 is the end of a stream. */
long clinux_receive(int descriptor, unsigned char *octets, long capacity);
int clinux_close(int descriptor);

int clinux_epoll(void);
/* Watches a descriptor for input, or for output; a second call for the same descriptor changes what is watched. */
int clinux_epoll_watch(int epoll, int descriptor, int for_output, unsigned long long tag);
/* Tags of the descriptors that have something to say, at most `capacity`; how many. */
int clinux_epoll_wait(int epoll, unsigned long long *tags, int capacity, int milliseconds);

/* A descriptor that wakes whoever waits for it, from any thread. */
int clinux_wake_descriptor(void);
void clinux_wake(int descriptor);
void clinux_wake_consume(int descriptor);

/* Runs a function on a detached thread of its own that receives no signals; 0 on success. */
int clinux_run_thread(void (*run)(void *), void *context);
#endif
