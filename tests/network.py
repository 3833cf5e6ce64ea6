"""A network of a process's own: nothing but loopback, so that stories told side by side never
meet at a port. Linux only, as the platform is."""

import ctypes
import fcntl
import os
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager

_CLONE_NEWNET = 0x40000000  # <linux/sched.h>
_SIOCSIFFLAGS = 0x8914  # <linux/sockios.h>
_IFF_UP = 0x1
_OURS = "/proc/thread-self/ns/net"
_outside: list[int] = []  # the network of the machine, once it was left


def leave_the_machines() -> None:
    """Moves the calling thread, and all that it starts from now on, into a new network.

    Raises PermissionError where the process may not make one (it needs CAP_SYS_ADMIN).
    """
    machines = os.open(_OURS, os.O_RDONLY)
    _called("unshare", _CLONE_NEWNET)
    _outside.append(machines)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, _SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", _IFF_UP))


@contextmanager
def outside() -> Iterator[None]:
    """In the machine's network for a while: for what has to reach a registry."""
    if not _outside:
        yield
        return
    inside = os.open(_OURS, os.O_RDONLY)
    _called("setns", _outside[0], _CLONE_NEWNET)
    try:
        yield
    finally:
        _called("setns", inside, _CLONE_NEWNET)
        os.close(inside)


def _called(name: str, *arguments: int) -> None:
    """Calls the C library; `os` has these two from Python 3.12 on."""
    if getattr(ctypes.CDLL(None, use_errno=True), name)(*arguments) != 0:
        error = ctypes.get_errno()
        raise OSError(error, f"{name}: {os.strerror(error)}")
