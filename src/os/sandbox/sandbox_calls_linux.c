/*
 * The system calls of each kind of process (see sandbox_filter_linux.h).
 *
 * The lists were found by tracing the children through the scenarios (strace -f, Debian 12), and by
 * reading what glibc, libcurl and OpenSSL of later versions call or fall back to: the resolver, the
 * allocator, threads and their end, libcurl's wake-up by eventfd, pipe or socket pair. They are
 * generous where a call reaches nothing that the process does not hold already. To look for one
 * that is missing, run the program under strace -f and search for EPERM and ENOSYS.
 *
 * Processors differ in the calls that they have: #ifdef asks for the call, not for the processor.
 */
#include <asm/ioctls.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/net.h>
#include <linux/prctl.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "base/macros.h"
#include "os/sandbox/sandbox_filter_linux.h"

#define P SANDBOX_PARSER
#define R SANDBOX_RESPONDER
#define D SANDBOX_RESOLVER
#define N SANDBOX_NETWORK

#define IF(argument, bits, wanted)                                                                 \
	{                                                                                          \
		.number = (argument), .mask = (bits), .value = (wanted)                            \
	}
#define ALL_BITS 0xffffffffU
/* Flags of open() that ask for more than reading. */
#define OPEN_CHANGES (O_ACCMODE | O_CREAT | O_TRUNC | O_APPEND)

#define CALL(name, for_kinds, ...)                                                                 \
	{                                                                                          \
		.number = SYS_##name, .kinds = (for_kinds), .conditions = { __VA_ARGS__ }          \
	}

/* The commands allowed to fcntl() and fcntl64(). */
#define FCNTL_DOES(name, what) CALL(name, P | R | D | N, IF(1, ALL_BITS, what))
#define FCNTL(name)                                                                                \
	FCNTL_DOES(name, F_GETFD), FCNTL_DOES(name, F_SETFD), FCNTL_DOES(name, F_GETFL),           \
		FCNTL_DOES(name, F_SETFL), FCNTL_DOES(name, F_DUPFD),                              \
		FCNTL_DOES(name, F_DUPFD_CLOEXEC)

#define SOCKETCALL(call, for_kinds) CALL(socketcall, for_kinds, IF(0, ALL_BITS, call))

/* Where clone() has its flags. */
#ifdef __s390__
#define CLONE_FLAGS 1
#else
#define CLONE_FLAGS 0
#endif

/* Numbers that the headers of Debian 12 do not have. */
#ifndef SYS_map_shadow_stack
#define SYS_map_shadow_stack 453
#endif
#ifndef PR_SET_VMA
#define PR_SET_VMA 0x53564d41
#endif

const struct sandbox_call sandbox_calls[] = {
	/* memory */
	CALL(brk, P | R | D | N),
#ifdef SYS_mmap
	CALL(mmap, P | R | D | N),
#endif
	CALL(munmap, P | R | D | N),
	CALL(mremap, P | R | D | N),
	CALL(mprotect, P | R | D | N),
	CALL(madvise, P | R | D | N),
	CALL(map_shadow_stack, P | R | D | N),

	/* time, randomness, who and where we are */
	CALL(clock_gettime, P | R | D | N),
	CALL(clock_getres, P | R | D | N),
	CALL(clock_nanosleep, P | R | D | N),
	CALL(nanosleep, P | R | D | N),
	CALL(gettimeofday, P | R | D | N),
	CALL(getrandom, P | R | D | N),
	CALL(getpid, P | R | D | N),
	CALL(gettid, P | R | D | N),
	CALL(getuid, P | R | D | N),
	CALL(geteuid, P | R | D | N),
	CALL(getgid, P | R | D | N),
	CALL(getegid, P | R | D | N),
	CALL(uname, P | R | D | N),
	CALL(sysinfo, P | R | D | N), /* qsort() asks how much memory there is */
	CALL(getcpu, P | R | D | N),
	CALL(sched_getaffinity, P | R | D | N), /* malloc() counts processors */
	CALL(prlimit64, P | R | D | N, IF(0, ALL_BITS, 0)),

	/* its own life */
	CALL(futex, P | R | D | N),
	CALL(sched_yield, P | R | D | N),
	CALL(rseq, P | R | D | N),
	CALL(set_robust_list, P | R | D | N),
	CALL(rt_sigaction, P | R | D | N),
	CALL(rt_sigprocmask, P | R | D | N),
	CALL(rt_sigreturn, P | R | D | N),
	CALL(sigaltstack, P | R | D | N),
	CALL(restart_syscall, P | R | D | N),
	CALL(exit, P | R | D | N),
	CALL(exit_group, P | R | D | N),
	{.number = SYS_tgkill, /* abort() */
	 .kinds = P | R | D | N,
	 .needs = NEEDS_SELF,
	 .conditions = {IF(0, ALL_BITS, 0)}},
	CALL(prctl, P | R | D | N, IF(0, ALL_BITS, PR_SET_NAME)),
	CALL(prctl, P | R | D | N, IF(0, ALL_BITS, PR_SET_VMA)),

	/* descriptors that it has */
	CALL(read, P | R | D | N),
	CALL(readv, P | R | D | N),
	CALL(write, P | R | D | N),
	CALL(writev, P | R | D | N),
	CALL(close, P | R | D | N),
	CALL(fstat, P | R | D | N),
#ifdef SYS_newfstatat
	CALL(newfstatat, P | R | D | N), /* glibc's fstat() */
#endif
	CALL(statx, P | R | D | N), /* the same, where words have 32 bits */
	CALL(lseek, P | R | D | N),
	CALL(ppoll, P | R | D | N),
	CALL(pselect6, P | R | D | N),
	CALL(recvfrom, P | R | D | N),
	CALL(recvmsg, P | R | D | N),
	CALL(recvmmsg, D | N),
	/* With MSG_FASTOPEN a connection is made that the rules about ports do not see. */
	CALL(sendto, P | R | D | N, IF(3, MSG_FASTOPEN, 0)),
	CALL(sendmsg, P | R | D | N, IF(2, MSG_FASTOPEN, 0)),
	CALL(sendmmsg, D | N, IF(3, MSG_FASTOPEN, 0)),
	FCNTL(fcntl),
	CALL(shutdown, P | R | D | N),
	CALL(getsockname, R | D | N),
	CALL(getpeername, R | D | N),
	CALL(getsockopt, R | D | N),
	CALL(setsockopt, R | D | N),
	CALL(dup, D | N),
	CALL(dup3, D | N),
	CALL(epoll_create1, D | N),
	CALL(epoll_ctl, D | N),
	CALL(epoll_pwait, D | N),
	/* Of ioctl, only what a resolver and libcurl ask of sockets; none for terminals. */
	CALL(ioctl, D | N, IF(1, ALL_BITS, FIONREAD)),
	CALL(ioctl, D | N, IF(1, ALL_BITS, FIONBIO)),

	/* connections */
#ifdef SYS_accept
	CALL(accept, R),
#endif
	CALL(accept4, R),
	CALL(socket, D | N, IF(0, ALL_BITS, AF_INET)),
	CALL(socket, D | N, IF(0, ALL_BITS, AF_INET6)),
	/* getaddrinfo() asks which addresses the machine has. */
	CALL(socket, N, IF(0, ALL_BITS, AF_NETLINK), IF(2, ALL_BITS, 0 /* NETLINK_ROUTE */)),
	{.number = SYS_socket,
	 .kinds = N,
	 .needs = NEEDS_UNIX_SERVICES,
	 .conditions = {IF(0, ALL_BITS, AF_UNIX)}},
	CALL(connect, D | N),
	CALL(bind, D | N),

	/* threads of libcurl's resolver, and how they say that they are done */
	CALL(clone, N, IF(CLONE_FLAGS, CLONE_THREAD | CLONE_VM, CLONE_THREAD | CLONE_VM)),
	CALL(pipe2, N),
	CALL(eventfd2, N),
	CALL(socketpair, N, IF(0, ALL_BITS, AF_UNIX)),

	/* files, for reading */
	CALL(openat, N, IF(2, OPEN_CHANGES, O_RDONLY)),
	CALL(pread64, N),
	CALL(faccessat, N),
	CALL(faccessat2, N),
	CALL(readlinkat, N),
	CALL(getcwd, N),

#ifdef SYS_open /* older calls, which newer processors do not have */
	CALL(poll, P | R | D | N),
	CALL(dup2, D | N),
	CALL(epoll_create, D | N),
	CALL(epoll_wait, D | N),
	CALL(pipe, N),
	CALL(open, N, IF(1, OPEN_CHANGES, O_RDONLY)),
	CALL(stat, N),
	CALL(lstat, N),
	CALL(access, N),
	CALL(readlink, N),
#endif
#ifdef SYS_time
	CALL(time, P | R | D | N),
#endif
#ifdef SYS_select
	CALL(select, P | R | D | N),
#endif
#ifdef SYS_getrlimit
	CALL(getrlimit, P | R | D | N),
#endif
#ifdef SYS_sigreturn
	CALL(sigreturn, P | R | D | N),
#endif
#ifdef SYS_arch_prctl
	CALL(arch_prctl, N),
#endif
#ifdef SYS_riscv_hwprobe /* libraries that are loaded choose functions by it */
	CALL(riscv_hwprobe, P | R | D | N),
#endif

#ifdef SYS_clock_gettime64 /* words of 32 bits: 64-bit times, users, offsets */
	CALL(clock_gettime64, P | R | D | N),
	CALL(clock_getres_time64, P | R | D | N),
	CALL(clock_nanosleep_time64, P | R | D | N),
	CALL(futex_time64, P | R | D | N),
	CALL(ppoll_time64, P | R | D | N),
	CALL(pselect6_time64, P | R | D | N),
	CALL(recvmmsg_time64, D | N),
	CALL(mmap2, P | R | D | N),
	CALL(getuid32, P | R | D | N),
	CALL(geteuid32, P | R | D | N),
	CALL(getgid32, P | R | D | N),
	CALL(getegid32, P | R | D | N),
	CALL(ugetrlimit, P | R | D | N),
	CALL(_newselect, P | R | D | N),
	CALL(_llseek, P | R | D | N),
	CALL(fstat64, P | R | D | N),
	CALL(fstatat64, P | R | D | N),
	FCNTL(fcntl64),
	CALL(stat64, N),
	CALL(lstat64, N),
#endif
#ifdef SYS_send
	CALL(recv, P | R | D | N),
	CALL(send, P | R | D | N, IF(3, MSG_FASTOPEN, 0)),
#endif

#ifdef SYS_socketcall
	/* The C library makes most calls for sockets through this one, whose arguments lie in
	 * memory, where no filter sees them: the other barriers have to do. */
	SOCKETCALL(SYS_SEND, P | R | D | N),
	SOCKETCALL(SYS_SENDTO, P | R | D | N),
	SOCKETCALL(SYS_SENDMSG, P | R | D | N),
	SOCKETCALL(SYS_RECV, P | R | D | N),
	SOCKETCALL(SYS_RECVFROM, P | R | D | N),
	SOCKETCALL(SYS_RECVMSG, P | R | D | N),
	SOCKETCALL(SYS_SHUTDOWN, P | R | D | N),
	SOCKETCALL(SYS_ACCEPT, R),
	SOCKETCALL(SYS_ACCEPT4, R),
	SOCKETCALL(SYS_GETSOCKNAME, R | D | N),
	SOCKETCALL(SYS_GETPEERNAME, R | D | N),
	SOCKETCALL(SYS_GETSOCKOPT, R | D | N),
	SOCKETCALL(SYS_SETSOCKOPT, R | D | N),
	SOCKETCALL(SYS_SENDMMSG, D | N),
	SOCKETCALL(SYS_RECVMMSG, D | N),
	SOCKETCALL(SYS_SOCKET, D | N),
	SOCKETCALL(SYS_CONNECT, D | N),
	SOCKETCALL(SYS_BIND, D | N),
	SOCKETCALL(SYS_SOCKETPAIR, N),
#endif
};
const size_t sandbox_call_count = ARRAY_LEN(sandbox_calls);

const unsigned sandbox_unknown_calls[] = {SYS_clone3, SYS_openat2};
const size_t sandbox_unknown_call_count = ARRAY_LEN(sandbox_unknown_calls);
