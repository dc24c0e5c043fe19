"""The calls that exist on POSIX systems only: process groups, sessions, signals, orphans.

The guardian runs this file with a bare interpreter for every start of a SUT: it imports little.
"""

import errno
import os
import select
import signal
import socket
import sys
import time
from typing import Final, Literal

_PR_SET_PDEATHSIG: Final = 1
_PR_SET_CHILD_SUBREAPER: Final = 36
SWEEP: Final = 5.0
"""Seconds for which what outlived a SUT is killed again and again, until nothing new appears."""
_SHIELDED: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGPIPE)


def _prctl(option: int, value: int) -> None:
    import ctypes

    ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


def signal_name(number: int) -> str:
    """``SIGSEGV`` for 11; the number itself when the system has no name for it."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def exit_text(wait_status: int) -> str:
    """The words for a status of ``waitpid``: ``exit status 3`` or ``killed by SIGSEGV``."""
    if os.WIFSIGNALED(wait_status):
        return f"killed by {signal_name(os.WTERMSIG(wait_status))}"
    return f"exit status {os.WEXITSTATUS(wait_status)}"


def group_alive(group: int) -> bool:
    """Whether any process of the process group is left."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def signal_group(group: int, name: Literal["SIGTERM", "SIGKILL"]) -> None:
    """Send a signal to every process of the group; a group that is gone is no error."""
    try:
        os.killpg(group, signal.Signals[name])
    except (ProcessLookupError, PermissionError):
        return


def kill_process(pid: int) -> None:
    """SIGKILL to one process; one that is gone is no error."""
    try:
        os.kill(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return


def shield() -> int:
    """Make this process outlive the keyboard and adopt the orphans of what it starts.

    Returns a file descriptor that becomes readable whenever a child has ended. Only Linux adopts orphans.
    """
    for number in _SHIELDED:
        signal.signal(number, signal.SIG_IGN)
    readable, writable = os.pipe()
    os.set_blocking(readable, False)
    os.set_blocking(writable, False)
    signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
    signal.set_wakeup_fd(writable, warn_on_full_buffer=False)
    if sys.platform == "linux":
        _prctl(_PR_SET_CHILD_SUBREAPER, 1)
    return readable


def spawn(command: list[str]) -> int:
    """Start a program in a session and process group of its own, with our standard streams, and give its pid.

    Raises OSError when the program cannot be executed.
    """
    report, child_report = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.setsid()
            for number in (*_SHIELDED, signal.SIGCHLD):
                signal.signal(number, signal.SIG_DFL)
            if sys.platform == "linux":
                _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
            os.execvp(command[0], command)
        except OSError as error:
            os.write(child_report, str(error.errno).encode())
        finally:
            os._exit(127)
    os.close(child_report)
    failure = os.read(report, 16)
    os.close(report)
    if failure:
        os.waitpid(pid, 0)
        raise OSError(int(failure), os.strerror(int(failure)), command[0])
    return pid


def release_standard_streams() -> None:
    """Let go of stdin, stdout and stderr, so that their other ends see when the SUT alone has closed them."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nothing, stream)
    os.close(nothing)


def wait(readable: list[int], seconds: float | None) -> list[int]:
    """Those of the descriptors that can be read, waiting at most so many seconds (None: without limit)."""
    poll = select.poll()
    for descriptor in readable:
        poll.register(descriptor, select.POLLIN)
    return [found for found, _ in poll.poll(None if seconds is None else seconds * 1000)]


def drain(descriptor: int) -> None:
    """Empty a non-blocking pipe."""
    try:
        while os.read(descriptor, 512):
            pass
    except BlockingIOError:
        return


def reap() -> tuple[dict[int, int], bool]:
    """Wait status by pid of the children that have ended by now, and whether any child is left."""
    ended: dict[int, int] = {}
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return ended, False
        if pid == 0:
            return ended, True
        ended[pid] = status


def orphans() -> list[int]:
    """Pids of our living children, which on Linux are the orphans of the SUT; empty where nothing tells."""
    me, found = os.getpid(), []
    try:
        names = os.listdir("/proc")
    except OSError:
        return []
    for name in names:
        if not name.isdigit():
            continue
        try:
            with open(f"/proc/{name}/stat", "rb") as stat:
                state, parent = stat.read().rpartition(b")")[2].split()[:2]
        except OSError as error:
            if error.errno in (errno.ENOENT, errno.ESRCH, errno.EACCES):
                continue
            raise
        if int(parent) == me and state != b"Z":
            found.append(int(name))
    return found


def lifeline() -> tuple[socket.socket, socket.socket]:
    """A pair of connected sockets: when the process that holds one ends, the other reads end of file."""
    return socket.socketpair()


def now() -> float:
    """Monotonic seconds."""
    return time.monotonic()
