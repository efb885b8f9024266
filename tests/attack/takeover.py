"""A child that somebody else commands: system calls are made in it, one after the other, by ptrace.

The tracer stops the child where it waits, inside a system call, and has it run the same instruction with
other registers. What the kernel answers, by the filter and the rules that the child is under, is the result.
Written for x86-64."""

import ctypes
import errno
import os
import signal

PTRACE_SINGLESTEP, PTRACE_GETREGS, PTRACE_SETREGS, PTRACE_ATTACH, PTRACE_DETACH = 9, 12, 13, 16, 17
REGISTERS = """r15 r14 r13 r12 rbp rbx r11 r10 r9 r8 rax rcx rdx rsi rdi orig_rax rip cs eflags rsp ss
    fs_base gs_base ds es fs gs""".split()
ARGUMENTS = ("rdi", "rsi", "rdx", "r10", "r8", "r9")
SYSCALL_INSTRUCTION = b"\x0f\x05"
SCRATCH = 64 * 1024  # below the stack pointer


class Registers(ctypes.Structure):
    _fields_ = [(name, ctypes.c_ulonglong) for name in REGISTERS]


libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
libc.ptrace.restype = ctypes.c_long


def ptrace(request, pid, data=None):
    if libc.ptrace(request, pid, None, data) < 0:
        raise OSError(ctypes.get_errno(), f"ptrace request {request}")


class Takeover:
    """Commands a child of ours. Between two calls it stands still."""

    def __init__(self, pid):
        self.pid = pid
        ptrace(PTRACE_ATTACH, pid)
        os.waitpid(pid, 0)
        self.before = Registers()
        ptrace(PTRACE_GETREGS, pid, ctypes.byref(self.before))
        self.memory = open(f"/proc/{pid}/mem", "r+b", buffering=0)
        self.memory.seek(self.before.rip - 2)
        assert self.memory.read(2) == SYSCALL_INSTRUCTION, "the child does not wait in a system call"

    def call(self, number, *arguments):
        """Result of the system call: a negative number is -errno. bytes are passed by address."""
        registers = Registers.from_buffer_copy(self.before)
        registers.rip -= 2
        registers.rax, registers.orig_rax = number, 2**64 - 1
        place = registers.rsp - SCRATCH
        for name, value in zip(ARGUMENTS, arguments):
            if isinstance(value, bytes):
                self.memory.seek(place)
                self.memory.write(value + b"\0")
                value, place = place, place + len(value) + 16
            setattr(registers, name, value % 2**64)
        ptrace(PTRACE_SETREGS, self.pid, ctypes.byref(registers))
        ptrace(PTRACE_SINGLESTEP, self.pid)
        _, status = os.waitpid(self.pid, 0)
        assert os.WIFSTOPPED(status) and os.WSTOPSIG(status) == signal.SIGTRAP, f"it ended: {status:#x}"
        ptrace(PTRACE_GETREGS, self.pid, ctypes.byref(registers))
        return ctypes.c_longlong(registers.rax).value

    def end(self):
        self.memory.close()
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)


def shown(result):
    return errno.errorcode.get(-result, str(result)) if result < 0 else f"{result}: it was let"
