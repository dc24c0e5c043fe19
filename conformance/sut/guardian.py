"""Runs one SUT and makes sure that nothing of it outlives the worker.

    guardian.py CONTROL_FD COMMAND [ARGUMENT…]

The SUT gets this program's standard streams and a session of its own. Over the control socket the worker says
``T`` (SIGTERM to the group) or ``K`` (SIGKILL to the group), and reads one line an event: ``started PID``,
``failed ERRNO REASON``, ``exit TEXT``, ``stuck COUNT`` (processes that even SIGKILL does not end),
``gone COUNT`` (those that had outlived the SUT and were ended).
When the worker's end closes, for whatever reason, the group gets SIGTERM and one second later SIGKILL.
"""

import os
import socket
import sys

sys.path.append(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))

from conformance.sut import posix

LAST_SECOND = 1.0  # between SIGTERM and SIGKILL once the worker is gone
SETTLE = 0.3  # what children of a SUT get to follow it
LOOK_AGAIN = 0.02  # between two looks at a group whose members are nobody's children


class Guardian:
    def __init__(self, control: socket.socket) -> None:
        control.set_inheritable(False)
        self.control = control
        self.worker_is_there = True
        self.kill_at: float | None = None

    def say(self, line: str) -> None:
        try:
            self.control.sendall(line.encode() + b"\n")
        except OSError:
            self.part()

    def part(self) -> None:
        """The worker has gone: the SUT has one second left."""
        if self.worker_is_there:
            self.worker_is_there = False
            self.kill_at = posix.now() + LAST_SECOND

    def run(self, command: list[str]) -> None:
        child_ended = posix.shield()
        try:
            pid = posix.spawn(command)
        except OSError as error:
            self.say(f"failed {error.errno} {error.strerror}")
            return
        posix.release_standard_streams()
        self.say(f"started {pid}")
        self.attend(pid, child_ended)
        self.say(f"gone {self.sweep(pid, child_ended)}")

    def attend(self, pid: int, child_ended: int) -> None:
        """Obey the worker until the SUT has ended; it may have gone before it was told of the start."""
        if not self.worker_is_there:
            posix.signal_group(pid, "SIGTERM")
        while True:
            watched = [child_ended, self.control.fileno()] if self.worker_is_there else [child_ended]
            rest = None if self.kill_at is None else max(0.0, self.kill_at - posix.now())
            readable = posix.wait(watched, rest)
            if self.control.fileno() in readable:
                self.obey(pid)
            posix.drain(child_ended)
            ended, _ = posix.reap()
            if pid in ended:
                self.say(f"exit {posix.exit_text(ended[pid])}")
                return
            if self.kill_at is not None and posix.now() >= self.kill_at:
                posix.signal_group(pid, "SIGKILL")
                self.kill_at = None

    def obey(self, pid: int) -> None:
        try:
            orders = self.control.recv(64)
        except OSError:
            orders = b""
        if not orders:
            self.part()
        if b"K" in orders:
            posix.signal_group(pid, "SIGKILL")
        elif b"T" in orders or not orders:
            posix.signal_group(pid, "SIGTERM")

    def sweep(self, group: int, child_ended: int) -> int:
        """End what outlived the SUT and give the number of those processes."""
        deadline = posix.now() + SETTLE
        counted: set[int] = set()
        while True:
            posix.drain(child_ended)
            _, children = posix.reap()
            in_group = posix.group_alive(group)
            if not children and not in_group:
                return len(counted)
            if posix.now() >= deadline:
                survivors = posix.orphans()
                counted.update(survivors or ([group] if in_group else []))
                if posix.now() >= deadline + posix.SWEEP:
                    self.say(f"stuck {len(survivors) or 1}")
                    return len(counted)
                posix.signal_group(group, "SIGKILL")
                for orphan in survivors:
                    posix.kill_process(orphan)
            posix.wait([child_ended], LOOK_AGAIN)


if __name__ == "__main__":
    Guardian(socket.socket(fileno=int(sys.argv[1]))).run(sys.argv[2:])
