"""What the script process takes away from itself before it reads its first script.

The resource limits always hold. The rest depends on the machine: root becomes nobody, and Linux on x86-64 and
64-bit ARM lets the process keep only the system calls that memory, pipes and clocks need. These stand behind
RestrictedPython's rules: code that got past them would still reach no file, no socket and no other process.
"""

import ctypes
import os
import platform
import resource
import struct

_NOBODY = 65534
_CPU_GRACE_SECONDS = 2
_PR_SET_NO_NEW_PRIVS = 38
_PR_SET_SECCOMP = 22
_SECCOMP_MODE_FILTER = 2
_RETURN_ALLOW = 0x7FFF0000
_RETURN_EPERM = 0x00050001
_LOAD_WORD, _JUMP_IF_EQUAL, _RETURN = 0x20, 0x15, 0x06
_NUMBER_OFFSET, _ARCHITECTURE_OFFSET = 0, 4

# Architecture mark of the kernel's audit interface, and the numbers there of: read, write, mmap, mprotect, munmap, brk,
# rt_sigaction, rt_sigprocmask, rt_sigreturn, mremap, madvise, exit, getrusage, setrlimit, futex, restart_syscall,
# clock_gettime, exit_group, prlimit64, getrandom.
_SYSTEM_CALLS: dict[str, tuple[int, tuple[int, ...]]] = {
    "x86_64": (
        0xC000003E,
        (0, 1, 9, 10, 11, 12, 13, 14, 15, 25, 28, 60, 98, 160, 202, 219, 228, 231, 302, 318),
    ),
    "aarch64": (
        0xC00000B7,
        (63, 64, 222, 226, 215, 214, 134, 135, 139, 216, 233, 93, 165, 164, 98, 128, 113, 94, 261, 278),
    ),
}


def confine(memory_bytes: int) -> None:
    """Give up what no script needs, for good; `memory_bytes` is the address space that stays."""
    _become_nobody()
    for limit, value in (
        (resource.RLIMIT_AS, memory_bytes),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NPROC, 0),
        (resource.RLIMIT_NOFILE, 0),
    ):
        resource.setrlimit(limit, (value, value))
    _keep_few_system_calls()


def allow_cpu(seconds: float) -> None:
    """Let the kernel end this process when its next run takes much more processor time than `seconds`.

    The parent's clock is the limit that scripts meet; this one holds if the parent is gone.
    """
    usage = resource.getrusage(resource.RUSAGE_SELF)
    until = int(usage.ru_utime + usage.ru_stime + seconds) + _CPU_GRACE_SECONDS
    resource.setrlimit(resource.RLIMIT_CPU, (until, resource.getrlimit(resource.RLIMIT_CPU)[1]))


def _become_nobody() -> None:
    if os.geteuid() != 0:
        return
    try:
        os.setgroups([])
        os.setgid(_NOBODY)
        os.setuid(_NOBODY)
    except OSError:
        # A container may keep its root from changing users, or have no other user; the other fences stand.
        return


def _keep_few_system_calls() -> None:
    architecture = _SYSTEM_CALLS.get(platform.machine())
    if platform.system() != "Linux" or architecture is None:
        return
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    prctl.argtypes = [ctypes.c_int] + [ctypes.c_ulong] * 4
    program = _filter(*architecture)
    code = ctypes.create_string_buffer(program, len(program))
    length_and_place = struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(code))
    descriptor = ctypes.create_string_buffer(length_and_place, len(length_and_place))
    # Where the kernel has no seccomp these calls fail, and the other fences stand.
    prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.addressof(descriptor), 0, 0)


def _filter(architecture: int, numbers: tuple[int, ...]) -> bytes:
    """Return the BPF program that answers every system call but `numbers` with EPERM."""
    refuse = len(numbers) + 3
    program = [
        (_LOAD_WORD, 0, 0, _ARCHITECTURE_OFFSET),
        (_JUMP_IF_EQUAL, 0, refuse - 2, architecture),
        (_LOAD_WORD, 0, 0, _NUMBER_OFFSET),
        *((_JUMP_IF_EQUAL, refuse - at, 0, number) for at, number in enumerate(numbers, start=3)),
        (_RETURN, 0, 0, _RETURN_EPERM),
        (_RETURN, 0, 0, _RETURN_ALLOW),
    ]
    return b"".join(struct.pack("HBBI", *instruction) for instruction in program)
