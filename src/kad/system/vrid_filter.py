"""A socket filter (classic BPF) that lets only adverts of some VRIDs come up to user space.

A LAN may be full of other people's routers, or of junk: the kernel throws those packets away for next to nothing, where
taking them up costs tens of microseconds each. What has a wanted VRID comes up whatever else is wrong with it: the
checks and their counters are validate.py's. What has not is counted by nobody, so whoever wants to hear of strangers
(log_unknown_vrids) attaches none.
"""

import ctypes
import socket
import struct
from collections.abc import Iterable

AH_SIZE = 24
_SO_ATTACH_FILTER, _SO_DETACH_FILTER = 26, 27
_PROGRAM = struct.Struct("@HP")
_INSTRUCTION = struct.Struct("=HBBI")
_LOAD_BYTE, _LOAD_BYTE_AFTER_X, _LOAD_HEADER_LENGTH = 0x30, 0x50, 0xB1
_JUMP_IF_EQUAL, _RETURN = 0x15, 0x06
_ALL, _NOTHING = 0xFFFFFFFF, 0
_VRID = 1
"""Where a VRRP message has its VRID."""

VRRP = 112


def program(vrids: Iterable[int], *, family: int, ah: bool) -> bytes:
    """The instructions. A load beyond the end of a packet ends the program and drops the packet."""
    wanted = sorted(set(vrids))
    code: list[tuple[int, int, int, int]] = []
    if family == 6:  # the kernel has taken the header off already
        code.append((_LOAD_BYTE, 0, 0, _VRID))
    else:
        code.append((_LOAD_HEADER_LENGTH, 0, 0, 0))
        if ah:
            code += [(_LOAD_BYTE_AFTER_X, 0, 0, 0), (_JUMP_IF_EQUAL, 1, 0, VRRP), (_RETURN, 0, 0, _NOTHING)]
        code.append((_LOAD_BYTE_AFTER_X, 0, 0, _VRID + (AH_SIZE if ah else 0)))
    # One comparison each, to the last instruction when it is the one; at most 255 of them, as far as a jump goes.
    code += [(_JUMP_IF_EQUAL, len(wanted) - at, 0, vrid) for at, vrid in enumerate(wanted)]
    code += [(_RETURN, 0, 0, _NOTHING), (_RETURN, 0, 0, _ALL)]
    return b"".join(_INSTRUCTION.pack(*one) for one in code)


def attach(sock: socket.socket, instructions: bytes) -> None:
    """Filter what the socket receives from now on; this replaces a filter that it has."""
    buffer = ctypes.create_string_buffer(instructions, len(instructions))
    described = _PROGRAM.pack(len(instructions) // _INSTRUCTION.size, ctypes.addressof(buffer))
    sock.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, described)


def detach(sock: socket.socket) -> None:
    """Let everything come up again."""
    sock.setsockopt(socket.SOL_SOCKET, _SO_DETACH_FILTER, 0)
