#include "LinuxCalls.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
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

int clinux_user(const char *name, unsigned *user, unsigned *group, unsigned *groups, int *count, char *home, int home_bytes) {
    char room[16384];
    struct passwd entry;
    struct passwd *found = NULL;
    int error = getpwnam_r(name, &entry, room, sizeof room, &found);
    if (error) return error;
    if (!found) return ENOENT;
    *user = entry.pw_uid;
    *group = entry.pw_gid;
    if (getgrouplist(name, entry.pw_gid, groups, count) < 0) return ERANGE;
    if (strlen(entry.pw_dir) >= (size_t)home_bytes) return ERANGE;
    strcpy(home, entry.pw_dir);
    return 0;
}

/* Deeper than any program needs; what lies below stays. */
enum { tree_depth_limit = 64 };

static int remove_entry(int parent, const char *name, int depth) {
    if (unlinkat(parent, name, 0) == 0) return 0;
    if (errno != EISDIR && errno != EPERM) return -1;
    int folder = depth < tree_depth_limit ? openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC) : -1;
    DIR *entries = folder < 0 ? NULL : fdopendir(folder);
    if (!entries) {
        if (folder >= 0) close(folder);
        return -1;
    }
    for (struct dirent *entry = readdir(entries); entry; entry = readdir(entries))
        if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, "..")) remove_entry(folder, entry->d_name, depth + 1);
    closedir(entries);
    return unlinkat(parent, name, AT_REMOVEDIR);
}

int clinux_remove_tree(const char *path) { return remove_entry(AT_FDCWD, path, 0); }

int clinux_terminal_columns(int descriptor) {
    struct winsize size = {0};
    return ioctl(descriptor, TIOCGWINSZ, &size) < 0 ? 0 : size.ws_col;
}
