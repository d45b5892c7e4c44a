#!/usr/bin/python3 -IS
# Starts a server of a test's, and ends it and removes its folder when the test run ends without having done so.
# Arguments: the number of the test run's process, the folder, the program and its arguments.
import os
import select
import signal
import sys

GRACE_MILLISECONDS = 2000
TESTS, FOLDER, COMMAND = int(sys.argv[1]), sys.argv[2], sys.argv[3:]


def wait(limit, *handles):
    """The handles of those that have ended."""
    poll = select.poll()
    for handle in handles:
        poll.register(handle, select.POLLIN)
    return [handle for handle, _ in poll.poll(limit)]


tests = os.pidfd_open(TESTS)
number = os.posix_spawn(COMMAND[0], COMMAND, os.environ)
server = os.pidfd_open(number)
if server in wait(None, tests, server):
    sys.exit(os.waitstatus_to_exitcode(os.waitpid(number, 0)[1]) & 0xFF)
os.kill(number, signal.SIGTERM)
# A stopped one hears it only when it goes on.
os.kill(number, signal.SIGCONT)
if not wait(GRACE_MILLISECONDS, server):
    os.kill(number, signal.SIGKILL)
os.waitpid(number, 0)
import shutil

shutil.rmtree(FOLDER, ignore_errors=True)
