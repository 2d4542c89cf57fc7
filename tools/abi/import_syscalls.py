#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes src/abi/syscalls.tsv from the kernel's own tables, headers and definitions.

A maintainer's tool, not part of the build: the table it writes is committed and is what the build
reads. It needs Debian's linux-source-6.1 unpacked (first argument), the linux-libc-dev packages of the
other architectures, and manpages-dev; what is newer than that kernel stands in NEWER below.

  tools/abi/import_syscalls.py /path/to/linux-source-6.1 > src/abi/syscalls.tsv
"""
import gzip
import re
import subprocess
import sys
from pathlib import Path

# ABI: header with the numbers, and how to find the entry points: table file, ABI words, column of the entry.
ABIS = {
    "x86_64": ("x86_64-linux-gnu", "unistd_64.h", "arch/x86/entry/syscalls/syscall_64.tbl", "common 64", 3),
    "i386": ("x86_64-linux-gnu", "unistd_32.h", "arch/x86/entry/syscalls/syscall_32.tbl", "i386", 3),
    "x32": ("x86_64-linux-gnu", "unistd_x32.h", "arch/x86/entry/syscalls/syscall_64.tbl", "common x32", 3),
    "arm": ("arm-linux-gnueabihf", "unistd.h", "arch/arm/tools/syscall.tbl", "common eabi", 3),
    "aarch64": ("aarch64-linux-gnu", "unistd.h", None, None, 3),
    "riscv64": ("riscv64-linux-gnu", "unistd.h", None, None, 3),
    "loongarch64": (None, "unistd.h", None, None, 3),
    "ppc": ("powerpc-linux-gnu", "unistd_32.h", "arch/powerpc/kernel/syscalls/syscall.tbl", "common nospu 32", 3),
    "ppc64": ("powerpc64-linux-gnu", "unistd_64.h", "arch/powerpc/kernel/syscalls/syscall.tbl", "common nospu 64", 3),
    "ppc64le": ("powerpc64le-linux-gnu", "unistd_64.h", "arch/powerpc/kernel/syscalls/syscall.tbl", "common nospu 64", 3),
    "s390": ("s390x-linux-gnu", "unistd_32.h", "arch/s390/kernel/syscalls/syscall.tbl", "common 32", 4),
    "s390x": ("s390x-linux-gnu", "unistd_64.h", "arch/s390/kernel/syscalls/syscall.tbl", "common 64", 3),
    "mips": ("mips-linux-gnu", "unistd_o32.h", "arch/mips/kernel/syscalls/syscall_o32.tbl", "o32", 3),
    "mipsel": ("mipsel-linux-gnu", "unistd_o32.h", "arch/mips/kernel/syscalls/syscall_o32.tbl", "o32", 3),
    "mips64": ("mips64-linux-gnuabi64", "unistd_n64.h", "arch/mips/kernel/syscalls/syscall_n64.tbl", "n64", 3),
    "mipsel64": ("mips64el-linux-gnuabi64", "unistd_n64.h", "arch/mips/kernel/syscalls/syscall_n64.tbl", "n64", 3),
    "mips64n32": ("mips64-linux-gnuabin32", "unistd_n32.h", "arch/mips/kernel/syscalls/syscall_n32.tbl", "n32", 3),
    "mipsel64n32": ("mips64el-linux-gnuabin32", "unistd_n32.h", "arch/mips/kernel/syscalls/syscall_n32.tbl", "n32", 3),
    "parisc": ("hppa-linux-gnu", "unistd_32.h", "arch/parisc/kernel/syscalls/syscall.tbl", "common 32", 3),
    "parisc64": ("hppa-linux-gnu", "unistd_64.h", "arch/parisc/kernel/syscalls/syscall.tbl", "common 64", 3),
    "sh": ("sh4-linux-gnu", "unistd_32.h", "arch/sh/kernel/syscalls/syscall.tbl", "common", 3),
    "sheb": ("sh4-linux-gnu", "unistd_32.h", "arch/sh/kernel/syscalls/syscall.tbl", "common", 3),
    "m68k": ("m68k-linux-gnu", "unistd_32.h", "arch/m68k/kernel/syscalls/syscall.tbl", "common", 3),
}
BASE = {"mips": 4000, "mipsel": 4000, "mips64": 5000, "mipsel64": 5000, "mips64n32": 6000, "mipsel64n32": 6000}
BITS32 = {"i386", "arm", "ppc", "s390", "mips", "mipsel", "parisc", "sh", "sheb", "m68k"}
BIG = {"ppc", "ppc64", "s390", "s390x", "mips", "mips64", "mips64n32", "parisc", "parisc64", "sheb", "m68k"}
# 64-bit arguments start at an even register
ALIGNED = {"arm", "mips", "mipsel", "ppc"}

# After Linux 6.1: name, number everywhere, version, arguments.
ALL_ABIS = list(ABIS)
NEWER = [
    ("cachestat", 451, "6.5", "fd:u32:fd cstat_range:ptr:pointer cstat:ptr:pointer flags:u32:int"),
    ("fchmodat2", 452, "6.6", "dfd:s32:dirfd filename:ptr:path mode:u16:mode flags:u32:flags=at_flags"),
    ("map_shadow_stack", 453, "6.6", "addr:ulong:address size:ulong:size flags:u32:int"),
    ("futex_wake", 454, "6.7", "uaddr:ptr:pointer mask:ulong:int nr:s32:int flags:u32:int"),
    ("futex_wait", 455, "6.7", "uaddr:ptr:pointer val:ulong:int mask:ulong:int flags:u32:int timeout:ptr:pointer clockid:s32:enum=clockid"),
    ("futex_requeue", 456, "6.7", "waiters:ptr:pointer flags:u32:int nr_wake:s32:int nr_requeue:s32:int"),
    ("statmount", 457, "6.8", "req:ptr:pointer buf:ptr:buffer bufsize:ulong:size flags:u32:int"),
    ("listmount", 458, "6.8", "req:ptr:pointer mnt_ids:ptr:pointer nr_mnt_ids:ulong:size flags:u32:int"),
    ("lsm_get_self_attr", 459, "6.8", "attr:u32:int ctx:ptr:pointer size:ptr:pointer flags:u32:int"),
    ("lsm_set_self_attr", 460, "6.8", "attr:u32:int ctx:ptr:pointer size:u32:size flags:u32:int"),
    ("lsm_list_modules", 461, "6.8", "ids:ptr:pointer size:ptr:pointer flags:u32:int"),
    ("mseal", 462, "6.10", "start:ulong:address len:ulong:size flags:ulong:int"),
    ("setxattrat", 463, "6.13", "dfd:s32:dirfd pathname:ptr:path at_flags:u32:flags=at_flags name:ptr:string uargs:ptr:pointer usize:ulong:size"),
    ("getxattrat", 464, "6.13", "dfd:s32:dirfd pathname:ptr:path at_flags:u32:flags=at_flags name:ptr:string uargs:ptr:pointer usize:ulong:size"),
    ("listxattrat", 465, "6.13", "dfd:s32:dirfd pathname:ptr:path at_flags:u32:flags=at_flags list:ptr:buffer size:ulong:size"),
    ("removexattrat", 466, "6.13", "dfd:s32:dirfd pathname:ptr:path at_flags:u32:flags=at_flags name:ptr:string"),
    ("open_tree_attr", 467, "6.15", "dfd:s32:dirfd filename:ptr:path flags:u32:flags=open_tree_flags uattr:ptr:pointer usize:ulong:size"),
    ("file_getattr", 468, "6.17", "dfd:s32:dirfd filename:ptr:path ufattr:ptr:pointer usize:ulong:size at_flags:u32:flags=at_flags"),
    ("file_setattr", 469, "6.17", "dfd:s32:dirfd filename:ptr:path ufattr:ptr:pointer usize:ulong:size at_flags:u32:flags=at_flags"),
    ("listns", 470, "6.19", "req:ptr:pointer ns_ids:ptr:pointer nr_ns_ids:ulong:size flags:u32:int"),
    ("rseq_slice_yield", 471, "7.0", ""),
]
NEWER_ON_ONE = [
    ("x86_64", "uretprobe", 335, "6.11", ""),
    ("x86_64", "uprobe", 336, "6.18", ""),
    ("riscv64", "riscv_hwprobe", 258, "6.4", "pairs:ptr:pointer pair_count:ulong:size cpusetsize:ulong:size "
                                             "cpus:ptr:pointer flags:u32:int"),
]

SINCE = {
    "pidfd_send_signal": "5.1", "io_uring_setup": "5.1", "io_uring_enter": "5.1", "io_uring_register": "5.1",
    "open_tree": "5.2", "move_mount": "5.2", "fsopen": "5.2", "fsconfig": "5.2", "fsmount": "5.2", "fspick": "5.2",
    "pidfd_open": "5.3", "clone3": "5.3", "close_range": "5.9", "openat2": "5.6", "pidfd_getfd": "5.6",
    "faccessat2": "5.8", "process_madvise": "5.10", "epoll_pwait2": "5.11", "mount_setattr": "5.12",
    "quotactl_fd": "5.14", "landlock_create_ruleset": "5.13", "landlock_add_rule": "5.13",
    "landlock_restrict_self": "5.13", "memfd_secret": "5.14", "process_mrelease": "5.15", "futex_waitv": "5.16",
    "set_mempolicy_home_node": "5.17", "rseq": "4.18", "io_pgetevents": "4.18", "statx": "4.11",
    "pkey_mprotect": "4.9", "pkey_alloc": "4.9", "pkey_free": "4.9", "preadv2": "4.6", "pwritev2": "4.6",
    "copy_file_range": "4.5", "mlock2": "4.4", "membarrier": "4.3", "userfaultfd": "4.3", "execveat": "3.19",
    "bpf": "3.18", "memfd_create": "3.17", "getrandom": "3.17", "seccomp": "3.17", "renameat2": "3.15",
    "sched_setattr": "3.14", "sched_getattr": "3.14", "finit_module": "3.8", "kcmp": "3.5",
    "riscv_flush_icache": "4.15", "switch_endian": "4.1", "s390_sthyi": "4.15", "s390_guarded_storage": "4.12",
    "s390_runtime_instr": "3.7", "s390_pci_mmio_read": "3.19", "s390_pci_mmio_write": "3.19",
}
# Direct calls that joined a multiplexer later.
SOCKET_CALLS = ("socket bind connect listen accept getsockname getpeername socketpair send recv sendto recvfrom "
                "shutdown setsockopt getsockopt sendmsg recvmsg accept4").split()
IPC_CALLS = "semget semctl shmget shmctl shmat shmdt msgget msgsnd msgrcv msgctl semop semtimedop".split()
SINCE_ABI = {}
for _call in SOCKET_CALLS:
    for _abi, _version in (("i386", "4.3"), ("s390", "4.3"), ("s390x", "4.3"), ("m68k", "4.3")):
        SINCE_ABI[_call, _abi] = _version
for _call in IPC_CALLS:
    for _abi in ("i386", "s390", "s390x", "m68k", "ppc", "ppc64", "ppc64le", "mips", "mipsel", "sh", "sheb"):
        SINCE_ABI[_call, _abi] = "5.1"
SINCE_ABI["recvmmsg", "s390"] = SINCE_ABI["recvmmsg", "s390x"] = "4.3"
SINCE_ABI["sendmmsg", "s390"] = SINCE_ABI["sendmmsg", "s390x"] = "4.3"

TYPES = {
    "s32": "int pid_t key_t mqd_t clockid_t timer_t key_serial_t rwf_t int32_t s32 __s32 compat_int_t compat_long_t "
           "compat_pid_t compat_key_t compat_time_t compat_timer_t compat_off_t compat_clockid_t compat_ssize_t "
           "old_time32_t",
    "u32": "unsigned unsigned_int u32 __u32 uint32_t uid_t gid_t qid_t compat_ulong_t compat_size_t compat_uint_t "
           "compat_uptr_t compat_aio_context_t compat_sigset_t compat_mode_t __compat_uid32_t",
    "u16": "umode_t old_uid_t old_gid_t u16 __u16 unsigned_short compat_old_sigset_t16",
    "long": "long ssize_t off_t long_int __kernel_long_t",
    "ulong": "unsigned_long size_t aio_context_t __kernel_size_t old_sigset_t compat_old_sigset_t "
             "__kernel_old_time_t long_unsigned_int unsigned_long_int",
    "wide": "loff_t u64 __u64 uint64_t compat_loff_t unsigned_long_long",
}
TYPE_OF = {word: kind for kind, words in TYPES.items() for word in words.split()}

SETS = {  # (call or *, argument): kind=set
    ("*", "dfd"): "dirfd", ("*", "olddfd"): "dirfd", ("*", "newdfd"): "dirfd", ("*", "dirfd"): "dirfd",
    ("*", "from_dfd"): "dirfd", ("*", "to_dfd"): "dirfd",
    ("open", "flags"): "flags=open_flags", ("openat", "flags"): "flags=open_flags",
    ("open_by_handle_at", "flags"): "flags=open_flags", ("mq_open", "oflag"): "flags=open_flags",
    ("pipe2", "flags"): "flags=open_flags", ("dup3", "flags"): "flags=open_flags",
    ("clone", "clone_flags"): "flags=clone_flags", ("unshare", "unshare_flags"): "flags=clone_flags",
    ("setns", "flags"): "flags=clone_flags",
    ("mmap", "prot"): "flags=mmap_prot", ("mmap2", "prot"): "flags=mmap_prot", ("mprotect", "prot"): "flags=mmap_prot",
    ("pkey_mprotect", "prot"): "flags=mmap_prot", ("remap_file_pages", "prot"): "flags=mmap_prot",
    ("mmap", "flags"): "flags=mmap_flags", ("mmap2", "flags"): "flags=mmap_flags",
    ("mremap", "flags"): "flags=mremap_flags", ("madvise", "behavior"): "enum=madvise",
    ("process_madvise", "behavior"): "enum=madvise", ("msync", "flags"): "flags=msync_flags",
    ("mlockall", "flags"): "flags=mlockall_flags",
    ("socket", "family"): "enum=socket_domain", ("socketpair", "family"): "enum=socket_domain",
    ("socket", "type"): "enum=socket_type", ("socketpair", "type"): "enum=socket_type",
    ("socket", "protocol"): "enum=socket_protocol", ("accept4", "flags"): "flags=socket_flags",
    ("setsockopt", "level"): "enum=socket_level", ("getsockopt", "level"): "enum=socket_level",
    ("setsockopt", "optname"): "enum=socket_option", ("getsockopt", "optname"): "enum=socket_option",
    ("sendto", "flags"): "flags=msg_flags", ("recvfrom", "flags"): "flags=msg_flags",
    ("send", "flags"): "flags=msg_flags", ("recv", "flags"): "flags=msg_flags",
    ("sendmsg", "flags"): "flags=msg_flags", ("recvmsg", "flags"): "flags=msg_flags",
    ("sendmmsg", "flags"): "flags=msg_flags", ("recvmmsg", "flags"): "flags=msg_flags",
    ("shutdown", "how"): "enum=shutdown_how", ("socketcall", "call"): "enum=socketcall",
    ("ipc", "call"): "enum=ipc_call",
    ("fcntl", "cmd"): "enum=fcntl_cmd", ("fcntl64", "cmd"): "enum=fcntl_cmd",
    ("ioctl", "cmd"): "enum=ioctl_request", ("lseek", "whence"): "enum=seek_whence",
    ("_llseek", "whence"): "enum=seek_whence",
    ("prctl", "option"): "enum=prctl_option", ("arch_prctl", "option"): "enum=arch_prctl",
    ("ptrace", "request"): "enum=ptrace_request", ("*", "sig"): "signal", ("*", "signum"): "signal",
    ("rt_sigprocmask", "how"): "enum=sigprocmask_how", ("sigprocmask", "how"): "enum=sigprocmask_how",
    ("wait4", "options"): "flags=wait_options", ("waitid", "options"): "flags=wait_options",
    ("waitpid", "options"): "flags=wait_options", ("waitid", "which"): "enum=waitid_type",
    ("futex", "op"): "enum=futex_op", ("futex_time64", "op"): "enum=futex_op",
    ("epoll_ctl", "op"): "enum=epoll_op", ("epoll_create1", "flags"): "flags=epoll_flags",
    ("eventfd2", "flags"): "flags=eventfd_flags", ("signalfd4", "flags"): "flags=signalfd_flags",
    ("timerfd_create", "flags"): "flags=timerfd_flags", ("inotify_init1", "flags"): "flags=inotify_flags",
    ("fanotify_init", "flags"): "flags=fanotify_flags", ("*", "which_clock"): "enum=clockid",
    ("timerfd_create", "clockid"): "enum=clockid",
    ("sched_setscheduler", "policy"): "enum=sched_policy",
    ("getrlimit", "resource"): "enum=rlimit_resource", ("setrlimit", "resource"): "enum=rlimit_resource",
    ("prlimit64", "resource"): "enum=rlimit_resource", ("ugetrlimit", "resource"): "enum=rlimit_resource",
    ("getpriority", "which"): "enum=priority_which", ("setpriority", "which"): "enum=priority_which",
    ("keyctl", "option"): "enum=keyctl_cmd", ("bpf", "cmd"): "enum=bpf_cmd",
    ("perf_event_open", "flags"): "flags=perf_flags",
    ("mount", "flags"): "flags=mount_flags", ("umount2", "flags"): "flags=umount_flags",
    ("open_tree", "flags"): "flags=open_tree_flags", ("move_mount", "flags"): "flags=move_mount_flags",
    ("fsopen", "flags"): "flags=fsopen_flags", ("fsmount", "flags"): "flags=fsmount_flags",
    ("fsconfig", "cmd"): "enum=fsconfig_cmd", ("mount_setattr", "flags"): "flags=at_flags",
    ("statx", "flags"): "flags=at_flags", ("statx", "mask"): "flags=statx_mask",
    ("newfstatat", "flag"): "flags=at_flags", ("fstatat64", "flag"): "flags=at_flags",
    ("unlinkat", "flag"): "flags=unlinkat_flags", ("linkat", "flags"): "flags=at_flags",
    ("fchownat", "flag"): "flags=at_flags", ("faccessat2", "flags"): "flags=faccessat_flags",
    ("faccessat", "mode"): "flags=access_mode", ("faccessat2", "mode"): "flags=access_mode",
    ("access", "mode"): "flags=access_mode", ("utimensat", "flags"): "flags=at_flags",
    ("execveat", "flags"): "flags=at_flags", ("name_to_handle_at", "flag"): "flags=at_flags",
    ("renameat2", "flags"): "flags=rename_flags", ("splice", "flags"): "flags=splice_flags",
    ("tee", "flags"): "flags=splice_flags", ("vmsplice", "flags"): "flags=splice_flags",
    ("getrandom", "flags"): "flags=getrandom_flags", ("memfd_create", "flags"): "flags=memfd_flags",
    ("membarrier", "cmd"): "flags=membarrier_cmd", ("seccomp", "op"): "enum=seccomp_op",
    ("seccomp", "flags"): "flags=seccomp_flags", ("reboot", "cmd"): "enum=reboot_cmd",
    ("reboot", "magic1"): "enum=reboot_magic", ("personality", "personality"): "enum=personality",
    ("kcmp", "type"): "enum=kcmp_type", ("landlock_add_rule", "rule_type"): "enum=landlock_rule_type",
    ("pidfd_open", "flags"): "flags=pidfd_flags", ("close_range", "flags"): "flags=close_range_flags",
    ("userfaultfd", "flags"): "flags=userfaultfd_flags", ("flock", "cmd"): "flags=flock_operation",
    ("fallocate", "mode"): "flags=fallocate_mode", ("fadvise64", "advice"): "enum=fadvise",
    ("fadvise64_64", "advice"): "enum=fadvise", ("semctl", "cmd"): "enum=ipc_cmd",
    ("msgctl", "cmd"): "enum=ipc_cmd", ("shmctl", "cmd"): "enum=ipc_cmd",
    ("semget", "semflg"): "flags=ipc_flags", ("msgget", "msgflg"): "flags=ipc_flags",
    ("shmget", "shmflg"): "flags=ipc_flags", ("io_uring_register", "opcode"): "enum=io_uring_register_op",
    ("io_uring_enter", "flags"): "flags=io_uring_enter_flags",
    ("getrusage", "who"): "enum=rusage_who", ("setitimer", "which"): "enum=itimer_which",
    ("getitimer", "which"): "enum=itimer_which", ("syslog", "type"): "enum=syslog_type",
    ("clock_nanosleep", "flags"): "flags=timer_flags", ("timer_settime", "flags"): "flags=timer_flags",
    ("timerfd_settime", "flags"): "flags=timer_flags", ("setxattr", "flags"): "flags=xattr_flags",
    ("lsetxattr", "flags"): "flags=xattr_flags", ("fsetxattr", "flags"): "flags=xattr_flags",
    ("ioprio_get", "which"): "enum=ioprio_which", ("ioprio_set", "which"): "enum=ioprio_which",
    ("mbind", "mode"): "enum=mempolicy_mode", ("set_mempolicy", "mode"): "enum=mempolicy_mode",
    ("sync_file_range", "flags"): "flags=sync_file_range_flags",
    ("finit_module", "flags"): "flags=finit_module_flags", ("delete_module", "flags"): "flags=open_flags",
    ("pwritev2", "flags"): "flags=rwf_flags", ("preadv2", "flags"): "flags=rwf_flags",
    ("inotify_add_watch", "mask"): "flags=inotify_mask", ("swapon", "swap_flags"): "int",
    ("getdents", "fd"): "fd", ("quotactl_fd", "fd"): "fd",
}
PATHS = {"filename", "pathname", "path", "oldname", "newname", "library", "specialfile", "new_root", "put_old",
         "dir_name", "dev_name", "target", "source", "from_pathname", "to_pathname", "old", "new"}
FDS = {"fd", "fildes", "oldfd", "newfd", "fd_in", "fd_out", "epfd", "in_fd", "out_fd", "ufd", "fdin", "fdout",
       "mqdes", "kernel_fd", "initrd_fd", "fs_fd", "group_fd", "event_f", "ruleset_fd", "pidfd", "fanotify_fd",
       "mountdirfd", "mdfd", "sockfd"}
SIZES = {"count", "len", "size", "length", "addrlen", "nbytes", "usize", "bufsiz", "sigsetsize", "optlen", "msgsz",
         "msg_len", "bufsize", "vlen", "addr_len", "old_len", "new_len", "setsize", "nsops", "nfds", "maxevents",
         "iovcnt", "nr_segs", "gidsetsize", "sizemask", "len_in", "siz", "riovcnt", "liovcnt", "buflen", "namelen"}
OFFSETS = {"offset", "pos", "off", "off_in", "off_out", "pgoff"}
UIDS = {"uid", "ruid", "euid", "suid", "user"}
GIDS = {"gid", "rgid", "egid", "sgid", "group"}
RENAMES = {"family": "domain", "cmd": None}
ARG_NAMES = {  # what policies call an argument, where the kernel's own name differs from the man page's
    ("ioctl", "cmd"): "request", ("mmap", "off"): "offset", ("socket", "family"): "domain", ("socketpair", "family"): "domain",
    ("clone", "clone_flags"): "flags", ("unshare", "unshare_flags"): "flags", ("clone", "newsp"): "stack",
    ("madvise", "behavior"): "advice", ("clone3", "uargs"): "args", ("socketcall", "call"): "call",
    ("ipc", "call"): "call", ("rt_sigprocmask", "nset"): "set", ("futex", "op"): "op",
    ("umount2", "name"): "target", ("newfstatat", "flag"): "flags", ("unlinkat", "flag"): "flags",
    ("fchownat", "flag"): "flags", ("fstatat64", "flag"): "flags", ("name_to_handle_at", "flag"): "flags",
    ("mprotect", "start"): "addr", ("munmap", "addr"): "addr", ("msync", "start"): "addr",
    ("clock_gettime", "which_clock"): "clockid", ("clock_settime", "which_clock"): "clockid",
    ("clock_getres", "which_clock"): "clockid", ("clock_nanosleep", "which_clock"): "clockid",
}
# The kernel reads these narrower than it declares them (kernel/fork.c: lower_32_bits of clone's flags;
# descriptors go to fget(), which takes an unsigned int, see below; ppc64's personality ends in the common one).
NARROWER = {("clone", "flags"): "u32", ("personality", "personality"): "u32"}

# Entry points that are defined without SYSCALL_DEFINE, by hand from their C.
BY_HAND = {
    "sys_rt_sigreturn": "", "sys_sigreturn": "", "sys_ni_syscall": "", "sys_vfork": "", "sys_fork": "",
    "sys_restart_syscall": "", "sys_pause": "", "sys_sched_yield": "", "sys_spu_run": None,
    "sys_clone": "flags:u32:flags=clone_flags stack:ulong:address parent_tidptr:ptr:pointer child_tidptr:ptr:pointer tls:ulong:address",
}
CLONE_BACKWARDS = {"i386", "arm", "aarch64", "mips", "mipsel", "mips64", "mipsel64", "mips64n32", "mipsel64n32",
                   "ppc", "ppc64", "ppc64le", "riscv64", "parisc", "parisc64", "m68k_none"}
CLONE_BACKWARDS2 = {"s390", "s390x"}


def clone_args(abi):
    flags, stack = "flags:u32:flags=clone_flags", "stack:ulong:address"
    parent, child = "parent_tidptr:ptr:pointer", "child_tidptr:ptr:pointer"
    tls = "tls:ulong:address"
    if abi in CLONE_BACKWARDS2:
        return " ".join((stack, flags, parent, child, tls))
    if abi in CLONE_BACKWARDS or abi == "loongarch64_none":
        return " ".join((flags, stack, parent, tls, child))
    return " ".join((flags, stack, parent, child, tls))


def read_defines(source):
    """SYSCALL_DEFINE…(name, type, arg, …) everywhere in the kernel: {entry point: [(path, args)]}."""
    found = {}
    pattern = re.compile(r"\b(COMPAT_SYSCALL32_|COMPAT_SYSCALL_|SYSCALL_)DEFINE(\d)\(([^()]*(?:\([^()]*\)[^()]*)*)\)")
    for path in subprocess.run(["grep", "-rlE", "SYSCALL(32)?_DEFINE[0-9]", str(source), "--include=*.c"],
                               capture_output=True, text=True).stdout.split():
        text = re.sub(r"/\*.*?\*/", " ", Path(path).read_text(errors="replace"), flags=re.S)
        for prefix, count, inside in pattern.findall(text):
            parts = [" ".join(p.split()) for p in inside.split(",")]
            name, rest = parts[0], parts[1:]
            if len(rest) != 2 * int(count):
                continue
            entry = ("compat_sys_" if prefix.startswith("COMPAT") else "sys_") + name
            found.setdefault(entry, []).append((path, list(zip(rest[::2], rest[1::2]))))
    return found


def read_man_versions():
    text = gzip.decompress(Path("/usr/share/man/man2/syscalls.2.gz").read_bytes()).decode()
    versions = {}
    for name, version in re.findall(r"^\\fB(\w+)\\fP\(2\)\t(\d+\.\d+)", text, flags=re.M):
        versions[name] = version
    return versions


def header_numbers(abi, source):
    triplet, header = ABIS[abi][:2]
    numbers = {}
    if triplet is None:
        command = ["gcc", "-E", "-dM", "-nostdinc", "-D__BITS_PER_LONG=64", "-D__LP64__",
                   f"-I{source}/arch/{abi[:9]}/include/uapi", f"-I{source}/include/uapi", "-include",
                   "asm/unistd.h", "-x", "c", "/dev/null", "-isystem", "/usr/riscv64-linux-gnu/include"]
    else:
        path = f"/usr/{triplet}/include"
        if triplet == "x86_64-linux-gnu":
            path = "/usr/include/x86_64-linux-gnu"
        bits = ["-D__LP64__"] if abi not in BITS32 else ["-U__LP64__"]
        extra = {"arm": ["-D__ARM_EABI__"]}.get(abi, [])
        command = ["gcc", "-E", "-dM", "-nostdinc", *bits, *extra, f"-I{path}", "-I/usr/include", "-include",
                   f"asm/{header}", "-x", "c", "/dev/null"]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    defines = dict(re.findall(r"^#define (\w+) (.+)$", text, flags=re.M))

    def value(expression):
        expression = expression.strip()
        for _ in range(20):
            new = re.sub(r"\b(__\w+)\b", lambda m: "(" + defines.get(m.group(1), "0") + ")", expression)
            if new == expression:
                break
            expression = new
        return eval(expression, {})  # only digits, + and parentheses are left

    for macro, expression in defines.items():
        match = re.match(r"__(?:ARM_)?NR(?:3264)?_(\w+)$", macro)
        name = match and match.group(1)
        if not name or name in ("syscalls", "SYSCALL_BASE", "Linux", "arch_specific_syscall", "SYSCALL_MASK") \
                or name.startswith(("Linux", "N32_", "O32_", "64_", "compat_", "BASE", "OABI_", "SYSCALL")):
            continue
        if macro.startswith("__NR3264_") and f"__NR_{name}" in defines:
            continue
        if macro.startswith("__NR3264_"):
            continue
        numbers[name] = value(expression)
    if abi == "x32":
        numbers = {name: number & ~0x40000000 for name, number in numbers.items()}
    base = BASE.get(abi, 0)  # these headers leave it to asm/unistd.h
    return {name: number + base for name, number in numbers.items() if number >= 0}


def entry_points(abi, source):
    table, words, column = ABIS[abi][2:]
    entries = {}
    if table is None:
        text = (source / "include/uapi/asm-generic/unistd.h").read_text()
        text = text.replace("\\\n", " ")
        for number, native in re.findall(r"__SYSCALL\((\w+),\s*(\w+)\)", text):
            entries[re.sub(r"^__NR(3264)?_", "", number)] = native
        for number, native in re.findall(r"__SC_COMP\((\w+),\s*(\w+),", text):
            entries[re.sub(r"^__NR(3264)?_", "", number)] = native
        for number, _, native in re.findall(r"__SC_3264\((\w+),\s*(\w+),\s*(\w+)\)", text):
            entries[re.sub(r"^__NR(3264)?_", "", number)] = native
        for number, _, native in re.findall(r"__SC_COMP_3264\((\w+),\s*(\w+),\s*(\w+),", text):
            entries[re.sub(r"^__NR(3264)?_", "", number)] = native
        entries["newfstatat"] = entries.get("fstatat", "sys_newfstatat")
        return entries
    for line in (source / table).read_text().splitlines():
        fields = line.split("#")[0].split()
        if len(fields) < 4 or fields[1] not in words.split():
            continue
        at = column if len(fields) > column and fields[column] != "-" else 3
        entries[fields[2]] = fields[at]
    return entries


def type_word(text):
    words = text.replace("const ", "").replace("__user", "").replace("struct ", "").split()
    if "*" in text or "sighandler_t" in text or text in ("cap_user_header_t", "cap_user_data_t",
                                                         "const cap_user_data_t"):
        return "ptr"
    if text.startswith(("enum ", "const enum ")):
        return "u32"
    return TYPE_OF.get("_".join(words))


def kind_of(call, name, kind, text):
    for key in ((call, name), ("*", name)):
        if key in SETS:
            return SETS[key]
    if kind == "ptr":
        if "char" in text and name in PATHS:
            return "path"
        if "char" in text and name in ("name", "type", "fstype", "dev", "key", "_key", "fs_name", "u_name", "_type",
                                       "_description", "special", "callout_info", "domain"):
            return "string"
        if name in ("buf", "ubuf", "buff", "u_msg_ptr", "value", "payload", "list", "vec" if False else "ubuff"):
            return "buffer"
        return "pointer"
    if name in FDS:
        return "fd"
    if name in SIZES:
        return "size"
    if name in OFFSETS:
        return "offset"
    if name == "mode" or name == "mask" and call == "umask":
        return "mode"
    if name in ("pid", "tgid", "tid", "upid", "pgid", "pid1", "pid2"):
        return "pid"
    if name in UIDS:
        return "uid"
    if name in GIDS:
        return "gid"
    if name == "dev" or name == "newdev":
        return "device"
    if name in ("addr", "start", "brk", "new_addr", "newsp", "tls"):
        return "address"
    return "int"


def arguments(call, abi, definition):
    """One definition as this ABI passes it: 'name:type:kind …', or None when a type is not understood."""
    out = []
    for text, name in definition:
        name = name.lstrip("_") if not name.startswith("__pad") else "pad"
        kind = type_word(text)
        if kind is None:
            if "__user" in text:
                kind = "ptr"
            else:
                return None
        if call == "clone" and name == "clone_flags":
            kind = "u32"
        what = kind_of(call, name, kind, text)
        shown = ARG_NAMES.get((call, name), name)
        kind = NARROWER.get((call, shown), kind)
        if what == "fd" and kind == "ulong":
            kind = "u32"
        if kind == "wide" and abi in BITS32:
            if abi in ALIGNED and len(out) % 2:
                out.append("pad:u32:int")
            halves = ("hi", "lo") if abi in BIG else ("lo", "hi")
            out += [f"{shown}_{half}:u32:{what}" for half in halves]
            continue
        if kind == "wide":
            kind = "long" if "loff" in text else "ulong"
        out.append(f"{shown}:{kind}:{what}")
    return " ".join(out) if len(out) <= 6 else None


ARCH_FOLDER = {"x86_64": "x86", "i386": "x86", "x32": "x86", "arm": "arm/", "aarch64": "arm64", "riscv64": "riscv",
               "loongarch64": "loongarch", "ppc": "powerpc", "ppc64": "powerpc", "ppc64le": "powerpc",
               "s390": "s390", "s390x": "s390", "mips": "mips", "mipsel": "mips", "mips64": "mips",
               "mipsel64": "mips", "mips64n32": "mips", "mipsel64n32": "mips", "parisc": "parisc",
               "parisc64": "parisc", "sh": "arch/sh/", "sheb": "arch/sh/", "m68k": "m68k"}


def pick(definitions, abi):
    """The definition for this architecture among several of one name."""
    own = [d for p, d in definitions if "/arch/" in p and ARCH_FOLDER[abi] in p]
    common = [d for p, d in definitions if "/arch/" not in p]
    if own:
        return own[0]
    return common[0] if common else None


MMAP = ("addr:ulong:address len:ulong:size prot:ulong:flags=mmap_prot flags:ulong:flags=mmap_flags fd:u32:fd "
        "offset:ulong:offset")
MMAP2 = MMAP.replace("offset:ulong", "pgoff:ulong")
HAND_ARGS = {  # calls whose arguments the definitions don't tell, or tell for another ABI
    ("mmap", "i386"): "args:ptr:pointer", ("mmap", "s390"): "args:ptr:pointer", ("mmap", "s390x"): "args:ptr:pointer",
    ("mmap", "m68k"): "args:ptr:pointer", ("select", "i386"): "args:ptr:pointer", ("select", "s390"): "args:ptr:pointer",
    ("select", "m68k"): "args:ptr:pointer",
    ("socketcall", None): "call:s32:enum=socketcall args:ptr:pointer",
    ("ipc", None): "call:u32:enum=ipc_call first:s32:int second:ulong:int third:ulong:int ptr:ptr:pointer fifth:long:int",
    ("ipc", "s390"): "call:u32:enum=ipc_call first:s32:int second:ulong:int third:ulong:int ptr:ptr:pointer",
    ("ipc", "s390x"): "call:u32:enum=ipc_call first:s32:int second:ulong:int third:ulong:int ptr:ptr:pointer",
    ("sigreturn", None): "", ("rt_sigreturn", None): "", ("fork", None): "", ("vfork", None): "",
    ("sigsuspend", None): "unused1:s32:int unused2:s32:int mask:ulong:int",
    ("cacheflush", "arm"): "start:ulong:address end:ulong:address flags:u32:int",
    ("breakpoint", "arm"): "", ("usr26", "arm"): "", ("usr32", "arm"): "",
    ("set_tls", "arm"): "addr:ulong:address", ("get_tls", "arm"): "",
    ("execve", None): "filename:ptr:path argv:ptr:pointer envp:ptr:pointer",
    ("getpagesize", None): "",
    ("mmap", "parisc"): MMAP, ("mmap", "parisc64"): MMAP, ("mmap", "sh"): MMAP, ("mmap", "sheb"): MMAP,
    ("mmap2", "parisc"): MMAP2, ("mmap2", "parisc64"): MMAP2, ("mmap2", "sh"): MMAP2, ("mmap2", "sheb"): MMAP2,
    ("mmap2", "m68k"): MMAP2, ("mmap2", "arm"): MMAP2,
    ("lookup_dcookie", None): "cookie:ulong:int buf:ptr:buffer len:ulong:size",
    ("riscv_flush_icache", None): "start:ulong:address end:ulong:address flags:ulong:int",
    ("arm_fadvise64_64", None): "fd:s32:fd advice:s32:enum=fadvise offset_lo:u32:offset offset_hi:u32:offset "
                                "len_lo:u32:size len_hi:u32:size",
    ("cacheflush", "sh"): "addr:ulong:address len:ulong:size op:s32:int",
    ("cacheflush", "sheb"): "addr:ulong:address len:ulong:size op:s32:int",
    ("cacheflush", "m68k"): "addr:ulong:address scope:s32:int cache:s32:int len:ulong:size",
    # The last argument of these two is passed on the stack on mips o32: a filter can't see it.
    ("sync_file_range", "mips"): "fd:s32:fd pad:u32:int offset_hi:u32:offset offset_lo:u32:offset nbytes_hi:u32:size "
                                 "nbytes_lo:u32:size",
    ("sync_file_range", "mipsel"): "fd:s32:fd pad:u32:int offset_lo:u32:offset offset_hi:u32:offset nbytes_lo:u32:size "
                                   "nbytes_hi:u32:size",
    ("fadvise64", "mips"): "fd:s32:fd pad:u32:int offset_hi:u32:offset offset_lo:u32:offset len_hi:u32:size "
                           "len_lo:u32:size",
    ("fadvise64", "mipsel"): "fd:s32:fd pad:u32:int offset_lo:u32:offset offset_hi:u32:offset len_lo:u32:size "
                             "len_hi:u32:size",
    ("_sysctl", None): "args:ptr:pointer", ("umount", None): "target:ptr:path",
    ("lookup_dcookie", "i386"): "cookie_lo:u32:int cookie_hi:u32:int buf:ptr:buffer len:ulong:size", ("idle", None): "",
}


def prototype(name, abi, entries, defines):
    if name == "clone":
        return clone_args(abi)
    for key in ((name, abi), (name, None)):
        if key in HAND_ARGS:
            return HAND_ARGS[key]
    for entry in (entries.get(name), "sys_" + name, "sys_new" + name):
        if not entry:
            continue
        entry = re.sub(r"^(ppc_|ppc64_|parisc_|mips_|__sys_|sys32_|sys_x32_)", "sys_", entry) \
            if entry not in defines else entry
        candidates = defines.get(entry) or defines.get(entry.replace("compat_sys_", "sys_")) \
            or defines.get("compat_" + entry)
        if entry in BY_HAND and not candidates:
            return BY_HAND[entry]
        definition = candidates and pick(candidates, abi)
        if definition is None and candidates:
            continue
        if candidates:
            return arguments(name, abi, definition)
    return None


def main():
    source = Path(sys.argv[1])
    defines = read_defines(source)
    versions = read_man_versions()
    versions.update(SINCE)
    numbers = {abi: header_numbers(abi, source) for abi in ABIS}
    protos, unknown = {}, []
    for abi in ABIS:
        entries = entry_points(abi, source)
        for name in numbers[abi]:
            args = prototype(name, abi, entries, defines)
            if args is None:
                unknown.append(f"{name}@{abi}")
            protos[name, abi] = args
    for name, number, since, args in NEWER:
        versions[name] = since
        for abi in ABIS:
            numbers[abi][name] = number + BASE.get(abi, 0)
            protos[name, abi] = args
    for abi, name, number, since, args in NEWER_ON_ONE:
        versions[name] = since
        numbers[abi][name] = number
        protos[name, abi] = args
    write(numbers, protos, versions, unknown)


def best_prototype(name, protos):
    """The arguments as most 64-bit ABIs have them, else any."""
    order = ["x86_64", "aarch64", "ppc64", "s390x", "mips64", "parisc64"] + list(ABIS)
    for abi in order:
        if protos.get((name, abi)) is not None:
            return protos[name, abi]
    return ""


def write(numbers, protos, versions, unknown):
    names = sorted({name for abi in ABIS for name in numbers[abi]
                    if not re.match(r"((unused|reserved)\d+|arm_sync_file_range)$", name)})
    print(__doc_header__)
    print("\t".join(["call", "since", *ABIS, "arguments"]))
    overrides = []
    for name in names:
        default = best_prototype(name, protos)
        since = versions.get(name)
        if not since:
            since = "5.1" if name.endswith("_time64") or name == "clock_settime64" else "0"
        row = [name, since] + [str(numbers[abi].get(name, "-")) for abi in ABIS]
        print("\t".join(row + [default]))
        differing = {}
        for abi in ABIS:
            args = protos.get((name, abi))
            if name in numbers[abi] and args is not None and args != default:
                differing.setdefault(args, []).append(abi)
        overrides += [f"args\t{name}\t{','.join(abis)}\t{args}" for args, abis in differing.items()]
    print("# Where an ABI passes other arguments.")
    print("\n".join(overrides))
    print("# Where a call came to an ABI later than to the others.")
    late = {}
    for (name, abi), version in sorted(SINCE_ABI.items()):
        if name in numbers[abi]:
            late.setdefault((name, version), []).append(abi)
    for (name, version), abis in late.items():
        print(f"since\t{name}\t{','.join(abis)}\t{version}")
    print("unknown:", " ".join(unknown), file=sys.stderr)


__doc_header__ = """# SPDX-License-Identifier: MIT
# System calls of Linux: a row a call: the version it appeared in (0: before 2.6 or unknown), its number on each
# ABI (x32: without bit 30), and its arguments as name:type:kind[=constant set]. Types are what the kernel reads
# of the register: u16 s32 u32, and as wide as the register: long ulong ptr. After the calls: exceptions.
# Columns are separated by tabs. Written by tools/abi/import_syscalls.py; correct it there or here."""

if __name__ == "__main__":
    main()
