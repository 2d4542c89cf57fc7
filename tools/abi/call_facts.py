# SPDX-License-Identifier: MIT
"""Facts about system calls that no table of the kernel tells: for import_syscalls.py.

What is newer than the kernel source we read, versions, what an argument is about, what it is called.
"""

# After Linux 6.1: name, number everywhere, version, arguments.
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
    ("s390", "memfd_secret", 447, "6.4", "flags:u32:int"),
    ("s390x", "memfd_secret", 447, "6.4", "flags:u32:int"),
    ("parisc", "cacheflush", 356, "6.5", "addr:ulong:address bytes:ulong:size cache:u32:int"),
    ("parisc64", "cacheflush", 356, "6.5", "addr:ulong:address bytes:ulong:size cache:u32:int"),
    ("riscv64", "riscv_hwprobe", 258, "6.4", "pairs:ptr:pointer pair_count:ulong:size cpusetsize:ulong:size "
                                             "cpus:ptr:pointer flags:u32:int"),
]

SINCE = {
    "pread64": "2.2", "pwrite64": "2.2", "arm_fadvise64_64": "2.6",  # once pread, pwrite, fadvise64_64
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
for _call in ("recvmmsg", "sendmmsg"):
    for _abi in ("s390", "s390x", "m68k"):
        SINCE_ABI[_call, _abi] = "4.3"
SINCE_ABI["arch_prctl", "i386"] = "4.12"
# LoongArch began without them (its stable kernels got them too).
SINCE_ABI["fstat", "loongarch64"] = SINCE_ABI["newfstatat", "loongarch64"] = "6.11"

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
    ("membarrier", "cmd"): "enum=membarrier_cmd", ("seccomp", "op"): "enum=seccomp_op",
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
    ("clone", "newsp"): "address", ("clone", "flags"): "flags=clone_flags",
    ("*", "clockid"): "enum=clockid", ("execveat", "fd"): "dirfd", ("umask", "mask"): "mode",
    ("arm_fadvise64_64", "advice"): "enum=fadvise",
}

PATHS = {"pathname", "oldpath", "newpath", "library", "specialfile", "new_root", "put_old", "dir_name", "dev_name",
         "target", "source", "from_pathname", "to_pathname", "special"}
# Text that the kernel reads up to its NUL. sethostname's and add_key's payload have a length instead.
STRINGS = {("*", "name"), ("*", "type"), ("fsconfig", "key"), ("*", "fs_name"), ("*", "u_name"),
           ("*", "description"), ("request_key", "callout_info"), ("delete_module", "name_user"),
           ("memfd_create", "name"), ("*", "fstype"), ("init_module", "uargs"), ("finit_module", "uargs"),
           ("symlink", "oldpath"), ("symlinkat", "oldpath"), ("kexec_file_load", "cmdline_ptr")}
NOT_STRINGS = {("sethostname", "name"), ("setdomainname", "name"), ("uname", "name"), ("olduname", "name"),
               ("oldolduname", "name"), ("keyctl", "type")}
# A buffer is followed by its size.
BUFFERS = {"buf", "value", "payload", "list", "msg_ptr", "name"}
FDS = {"fd", "oldfd", "newfd", "fd_in", "fd_out", "epfd", "in_fd", "out_fd", "fdin", "fdout", "mqdes", "kernel_fd",
       "initrd_fd", "fs_fd", "group_fd", "ruleset_fd", "pidfd", "fanotify_fd", "mountdirfd", "neighbor_fd"}
SIZES = {"count", "len", "size", "length", "addrlen", "nbytes", "usize", "bufsiz", "sigsetsize", "optlen", "msgsz",
         "msg_len", "bufsize", "vlen", "old_len", "new_len", "nsops", "nfds", "maxevents", "nr_segs", "gidsetsize",
         "sizemask", "len_in", "riovcnt", "liovcnt", "plen", "cmdline_len", "bytecount", "argsz", "rseq_len",
         "nr_mnt_ids", "nr_ns_ids", "sz", "bytes", "ctx_size", "pair_count", "cpusetsize", "iovcnt"}
OFFSETS = {"offset", "pos", "pgoff", "pos_l", "pos_h"}
UIDS = {"uid", "ruid", "euid", "suid", "user"}
GIDS = {"gid", "rgid", "egid", "sgid", "group"}
PIDS = {"pid", "tgid", "pgid", "pid1", "pid2"}
ADDRESSES = {"addr", "start", "end", "brk", "new_addr", "newsp", "stack", "tls"}
SIGNALS = {"sig", "signum"}
MODES = {"mode"}
DEVICES = {"dev"}

# What policies call an argument: the word of the manual page, where the kernel's own is another.
NAMES = {
    ("*", "dummy"): "pad", ("*", "dfd"): "dirfd", ("*", "olddfd"): "olddirfd", ("*", "newdfd"): "newdirfd", ("*", "from_dfd"): "from_dirfd",
    ("*", "to_dfd"): "to_dirfd", ("*", "filename"): "pathname", ("*", "path"): "pathname",
    ("*", "oldname"): "oldpath", ("*", "newname"): "newpath", ("*", "ubuf"): "buf", ("*", "buff"): "buf",
    ("*", "u_msg_ptr"): "msg_ptr", ("*", "uservaddr"): "addr", ("*", "umyaddr"): "addr", ("*", "usockaddr"): "addr",
    ("*", "upeer_sockaddr"): "addr", ("*", "upeer_addrlen"): "addrlen", ("*", "usockaddr_len"): "addrlen",
    ("*", "addr_len"): "addrlen", ("*", "which_clock"): "clockid", ("*", "upid"): "pid", ("*", "ufd"): "fd",
    ("*", "user_mask_ptr"): "mask", ("dup", "fildes"): "oldfd", ("pipe", "fildes"): "pipefd",
    ("pipe2", "fildes"): "pipefd", ("*", "flag"): "flags", ("ioctl", "cmd"): "request", ("mmap", "off"): "offset",
    ("socket", "family"): "domain", ("socketpair", "family"): "domain", ("socketpair", "usockvec"): "sv",
    ("clone", "clone_flags"): "flags", ("unshare", "unshare_flags"): "flags", ("clone", "newsp"): "stack",
    ("madvise", "behavior"): "advice", ("process_madvise", "behavior"): "advice", ("madvise", "start"): "addr",
    ("madvise", "len_in"): "length", ("clone3", "uargs"): "args", ("rt_sigprocmask", "nset"): "set",
    ("sigprocmask", "nset"): "set", ("umount2", "name"): "target", ("umount", "name"): "target",
    ("mprotect", "start"): "addr", ("pkey_mprotect", "start"): "addr", ("msync", "start"): "addr",
    ("mlock", "start"): "addr", ("mlock2", "start"): "addr", ("munlock", "start"): "addr", ("mincore", "start"): "addr",
    ("mbind", "start"): "addr", ("acct", "name"): "pathname", ("mount", "dir_name"): "target",
    ("mount", "dev_name"): "source", ("mount", "type"): "fstype", ("memfd_create", "uname"): "name",
    ("add_key", "type"): "type", ("*", "_type"): "type", ("*", "_description"): "description",
    ("*", "_payload"): "payload", ("*", "_callout_info"): "callout_info", ("fsconfig", "_key"): "key",
    ("fsconfig", "_value"): "value", ("exit", "error_code"): "status", ("exit_group", "error_code"): "status",
    ("perf_event_open", "attr_uptr"): "attr", ("bpf", "uattr"): "attr", ("seccomp", "op"): "operation",
    ("seccomp", "uargs"): "args", ("io_uring_register", "arg"): "arg", ("swapon", "specialfile"): "pathname",
    ("swapoff", "specialfile"): "pathname", ("setns", "flags"): "nstype", ("poll", "ufds"): "fds",
    ("poll", "timeout_msecs"): "timeout", ("ppoll", "ufds"): "fds", ("name_to_handle_at", "name"): "pathname",
    ("recvfrom", "size"): "len", ("recv", "size"): "len", ("execveat", "fd"): "dirfd",
    ("chown", "user"): "owner", ("lchown", "user"): "owner", ("fchown", "user"): "owner",
    ("fchownat", "user"): "owner", ("signalfd", "user_mask"): "mask", ("signalfd4", "user_mask"): "mask",
    ("mq_open", "u_name"): "name", ("mq_unlink", "u_name"): "name", ("mq_open", "u_attr"): "attr",
}
UIDS |= {"owner"}
for _call in ("readv", "writev", "preadv", "pwritev", "preadv2", "pwritev2"):
    NAMES[_call, "vec"], NAMES[_call, "vlen"] = "iov", "iovcnt"

# The kernel looks at fewer bits than it declares: kernel/fork.c takes the lower 32 bits of clone's flags,
# find_get_task_by_vpid() takes a pid_t, kernel_mbind() copies the mode to an int, compat mq_open's mode
# becomes a umode_t, personality() stores an unsigned int, import_iovec() takes an unsigned count.
# Descriptors: fget() takes an unsigned int.
NARROWER = {("clone", "flags"): "u32", ("ptrace", "pid"): "s32", ("mbind", "mode"): "s32", ("mq_open", "mode"): "u16",
            ("personality", "personality"): "u32"}
for _call in ("readv", "writev", "preadv", "pwritev", "preadv2", "pwritev2"):
    NARROWER[_call, "iovcnt"] = "u32"
NARROWER["vmsplice", "nr_segs"] = NARROWER["process_madvise", "vlen"] = "u32"
NARROWER["process_vm_readv", "liovcnt"] = NARROWER["process_vm_writev", "liovcnt"] = "u32"

# A number at the end of these names doesn't mean another width of the same call.
OWN_FAMILY = {"accept4", "pread64", "pwrite64", "prlimit64", "atomic_cmpxchg_32", "sendfile64", "getdents64"}
# Plain numbers in spite of their names: a cookie of rseq, epoll_ctl's and bpf's sizes are in SIZES.
PLAIN = {("rseq", "sig"), ("eventfd", "count"), ("eventfd2", "count")}
