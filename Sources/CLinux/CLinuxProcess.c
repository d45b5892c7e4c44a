#include "LinuxCalls.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static long long milliseconds(clockid_t clock) {
    struct timespec now = {0};
    clock_gettime(clock, &now);
    return (long long)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

long long clinux_wall_milliseconds(void) { return milliseconds(CLOCK_REALTIME); }

long long clinux_boot_milliseconds(void) { return milliseconds(CLOCK_BOOTTIME); }

int clinux_memory_file(void) { return memfd_create("input", MFD_CLOEXEC); }

int clinux_wait_readable(int first, int second, int third, int milliseconds) {
    struct pollfd watched[3] = {{first, POLLIN, 0}, {second, POLLIN, 0}, {third, POLLIN, 0}};
    int ready = poll(watched, 3, milliseconds);
    int bits = 0;
    for (int index = 0; ready > 0 && index < 3; index++)
        if (watched[index].revents) bits |= 1 << index;
    return bits;
}

int clinux_child_has_ended(int pid) {
    siginfo_t info = {0};
    if (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) < 0) return errno == ECHILD;
    return info.si_pid == pid;
}

int clinux_reap(int pid) { return waitpid(pid, NULL, WNOHANG) == pid; }

int clinux_adopt_orphans(void) { return prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); }

int clinux_forbid_dumps(void) {
    struct rlimit none = {0, 0};
    int limited = setrlimit(RLIMIT_CORE, &none);
    return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) | limited;
}

static int stop_signal_pipe[2] = {-1, -1};

static void pass_on(int number) {
    int saved = errno;
    unsigned char byte = (unsigned char)number;
    /* A full pipe holds enough notices already. */
    if (write(stop_signal_pipe[1], &byte, 1) < 0) errno = saved;
    errno = saved;
}

int clinux_catch_stop_signals(void) {
    if (pipe2(stop_signal_pipe, O_CLOEXEC) < 0) return -1;
    fcntl(stop_signal_pipe[1], F_SETFL, O_NONBLOCK);
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = pass_on;
    action.sa_flags = SA_RESTART;
    sigemptyset(&action.sa_mask);
    if (sigaction(SIGTERM, &action, NULL) < 0 || sigaction(SIGINT, &action, NULL) < 0) return -1;
    return stop_signal_pipe[0];
}

int clinux_ignore_signal(int number) { return signal(number, SIG_IGN) == SIG_ERR ? -1 : 0; }

int clinux_terminal_columns(int descriptor) {
    struct winsize size = {0};
    return ioctl(descriptor, TIOCGWINSZ, &size) < 0 ? 0 : size.ws_col;
}
