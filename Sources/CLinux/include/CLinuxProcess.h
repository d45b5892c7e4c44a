/* What Platform asks of the kernel about its own process, its children and its terminal: integers in, integers out. */
#ifndef CLINUX_PROCESS_H
#define CLINUX_PROCESS_H

/* Milliseconds of CLOCK_REALTIME since the epoch, and of CLOCK_BOOTTIME since the machine started. */
long long clinux_wall_milliseconds(void);
long long clinux_boot_milliseconds(void);

/* An empty file in memory, close-on-exec; -1 on failure. */
int clinux_memory_file(void);

/* Waits until one of three descriptors (negative: none) has something to read or has ended, at most so many
   milliseconds. Bits 1, 2 and 4 say which; 0 for none of them. */
int clinux_wait_readable(int first, int second, int third, int milliseconds);

/* 1 when that child has ended (it is left to be reaped), 0 while it runs. */
int clinux_child_has_ended(int pid);
/* Takes away one ended child; 1 when it was there to take. */
int clinux_reap(int pid);

/* Children that lose their parent become ours instead of init's. 0 on success. */
int clinux_adopt_orphans(void);
/* No core file, and no other process of this user may read our memory. 0 on success. */
int clinux_forbid_dumps(void);

/* Makes SIGTERM and SIGINT write their number to a pipe and returns its read end; -1 on failure. To be called once. */
int clinux_catch_stop_signals(void);
/* 0 on success. */
int clinux_ignore_signal(int number);

/* A user of this machine by name: number, main group, all groups, home. `count` is the room in `groups`, and their number afterwards.
   0; ENOENT when there is no such user; otherwise what went wrong. */
int clinux_user(const char *name, unsigned *user, unsigned *group, unsigned *groups, int *count, char *home, int home_bytes);
/* Takes a folder away with all that is in it, and follows no link, whoever changes it meanwhile. 0 on success. */
int clinux_remove_tree(const char *path);

/* Columns of the terminal behind a descriptor; 0 when it is none. */
int clinux_terminal_columns(int descriptor);
#endif
