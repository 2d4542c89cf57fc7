#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes src/abi/constants.tsv: named constants and their values on every ABI.

A maintainer's tool, not part of the build. The names come from the kernel's uapi headers (macros that match
a set's pattern, plus names given outright); the values are computed by a compiler for each ABI with that
ABI's headers (Debian's linux-libc-dev-*-cross packages; clang-14).

  tools/abi/import_constants.py > src/abi/constants.tsv
"""
import re
import subprocess
import sys
import tempfile
from pathlib import Path

# ABI: headers, clang target (32-bit machines that clang lacks use i386, which has the same sizes).
ABIS = {
    "x86_64": ("/usr/include/x86_64-linux-gnu", "x86_64-linux-gnu"),
    "i386": ("/usr/include/x86_64-linux-gnu", "i386-linux-gnu"),
    "x32": ("/usr/include/x86_64-linux-gnu", "x86_64-linux-gnux32"),
    "arm": ("/usr/arm-linux-gnueabihf/include", "arm-linux-gnueabihf"),
    "aarch64": ("/usr/aarch64-linux-gnu/include", "aarch64-linux-gnu"),
    "riscv64": ("/usr/riscv64-linux-gnu/include", "riscv64-linux-gnu"),
    "loongarch64": ("/usr/riscv64-linux-gnu/include", "riscv64-linux-gnu"),  # both use the generic headers
    "ppc": ("/usr/powerpc-linux-gnu/include", "powerpc-linux-gnu"),
    "ppc64": ("/usr/powerpc64-linux-gnu/include", "powerpc64-linux-gnu"),
    "ppc64le": ("/usr/powerpc64le-linux-gnu/include", "powerpc64le-linux-gnu"),
    "s390": ("/usr/s390x-linux-gnu/include", "i386-linux-gnu"),
    "s390x": ("/usr/s390x-linux-gnu/include", "s390x-linux-gnu"),
    "mips": ("/usr/mips-linux-gnu/include", "mips-linux-gnu"),
    "mipsel": ("/usr/mipsel-linux-gnu/include", "mipsel-linux-gnu"),
    "mips64": ("/usr/mips64-linux-gnuabi64/include", "mips64-linux-gnuabi64"),
    "mipsel64": ("/usr/mips64el-linux-gnuabi64/include", "mips64el-linux-gnuabi64"),
    "mips64n32": ("/usr/mips64-linux-gnuabin32/include", "mips64-linux-gnuabin32"),
    "mipsel64n32": ("/usr/mips64el-linux-gnuabin32/include", "mips64el-linux-gnuabin32"),
    "parisc": ("/usr/hppa-linux-gnu/include", "i386-linux-gnu"),
    "parisc64": ("/usr/hppa-linux-gnu/include", "x86_64-linux-gnu"),
    "sh": ("/usr/sh4-linux-gnu/include", "i386-linux-gnu"),
    "sheb": ("/usr/sh4-linux-gnu/include", "i386-linux-gnu"),
    "m68k": ("/usr/m68k-linux-gnu/include", "i386-linux-gnu"),
}
MACROS = {"s390": ["-D__s390__", "-U__i386__"], "parisc": ["-D__hppa__"], "parisc64": ["-D__hppa__", "-D__LP64__"],
          "sh": ["-D__sh__"], "sheb": ["-D__sh__"], "m68k": ["-D__m68k__", "-D__mc68000__"]}

HEADERS = """asm/fcntl.h linux/fcntl.h linux/stat.h linux/openat2.h linux/sched.h asm/mman.h linux/mman.h linux/memfd.h
linux/socket.h linux/in.h linux/in6.h linux/netlink.h asm/socket.h linux/if_ether.h linux/tcp.h linux/udp.h linux/un.h
asm/ioctls.h linux/sockios.h linux/fs.h asm/termios.h linux/tty.h linux/prctl.h linux/ptrace.h asm/ptrace.h
asm/signal.h linux/signalfd.h asm/errno.h linux/wait.h linux/futex.h linux/eventpoll.h linux/eventfd.h linux/timerfd.h
linux/inotify.h linux/fanotify.h linux/time.h linux/sched/types.h linux/ioprio.h asm/resource.h linux/resource.h
linux/keyctl.h linux/bpf.h linux/perf_event.h linux/mount.h linux/random.h linux/membarrier.h linux/seccomp.h
linux/quota.h linux/reboot.h linux/personality.h linux/kcmp.h linux/landlock.h linux/pidfd.h linux/close_range.h
linux/io_uring.h linux/rseq.h linux/ipc.h linux/sem.h linux/msg.h linux/shm.h linux/net.h linux/userfaultfd.h
linux/falloc.h linux/fadvise.h linux/xattr.h linux/mempolicy.h linux/module.h linux/aio_abi.h linux/utime.h
linux/loop.h linux/kvm.h linux/if_tun.h linux/rtc.h linux/watchdog.h linux/usbdevice_fs.h linux/input.h linux/uinput.h
linux/vt.h linux/kd.h linux/fiemap.h linux/dm-ioctl.h linux/vhost.h linux/btrfs.h linux/fscrypt.h linux/fsverity.h
linux/ppp-ioctl.h linux/raid/md_u.h linux/cdrom.h linux/nbd.h linux/blkzoned.h linux/blkpg.h linux/i2c-dev.h
linux/spi/spidev.h linux/gpio.h linux/fuse.h mtd/mtd-abi.h linux/nvme_ioctl.h linux/vfio.h linux/iommufd.h
linux/sync_file.h linux/dma-buf.h linux/dma-heap.h linux/udmabuf.h linux/auto_fs.h linux/kcov.h linux/nsfs.h
linux/hidraw.h linux/fb.h linux/joystick.h linux/lp.h linux/ppdev.h linux/pps.h linux/ptp_clock.h linux/serial.h
linux/soundcard.h linux/uhid.h linux/virtio_vsock.h linux/vm_sockets.h linux/wireless.h linux/xfrm.h linux/atmdev.h
linux/if.h linux/route.h linux/cec.h linux/media.h linux/videodev2.h linux/hpet.h linux/ipmi.h linux/mmc/ioctl.h
linux/msdos_fs.h linux/ethtool.h linux/capi.h linux/comedi.h linux/cciss_ioctl.h linux/fd.h linux/hdreg.h scsi/sg.h
scsi/scsi_ioctl.h sound/asound.h drm/drm.h linux/tls.h linux/filter.h linux/errqueue.h asm/prctl.h asm/ldt.h
linux/sysctl.h linux/audit.h linux/times.h linux/vboxguest.h linux/pktcdvd.h linux/uuid.h linux/rfkill.h""".split()

# A set: its description, and the names in it (patterns over all macros and enumerators of the headers above).
SETS = [
    ("open_flags", r"O_(?!.*(_MASK|NDELAY$))[A-Z0-9]+"),
    ("at_flags", r"AT_(SYMLINK_NOFOLLOW|SYMLINK_FOLLOW|NO_AUTOMOUNT|EMPTY_PATH|RECURSIVE|STATX_FORCE_SYNC|STATX_DONT_SYNC)"),
    ("faccessat_flags", r"AT_EACCESS"),
    ("unlinkat_flags", r"AT_REMOVEDIR"),
    ("dirfd", r"AT_FDCWD"),
    ("clone_flags", r"CLONE_(?!ARGS)\w+"),
    ("mmap_prot", r"PROT_\w+"),
    ("mmap_flags", r"MAP_(?!HUGE_SHIFT|HUGE_MASK|HUGE_\d|TYPE|RENAME|AUTOGROW)\w+"),
    ("mremap_flags", r"MREMAP_\w+"),
    ("madvise", r"MADV_\w+"),
    ("msync_flags", r"MS_(ASYNC|INVALIDATE|SYNC)"),
    ("mlockall_flags", r"MCL_\w+"),
    ("mlock2_flags", r"MLOCK_ONFAULT"),
    ("memfd_flags", r"MFD_(?!HUGE_SHIFT|HUGE_MASK)\w+"),
    ("socket_domain", None),
    ("socket_type", None),
    ("socket_flags", None),
    ("socket_protocol", r"(IPPROTO|NETLINK)_[A-Z0-9_]+"),
    ("socket_level", r"SOL_\w+"),
    ("socket_option", r"(SO|TCP|UDP|IP|IPV6)_(?!.*(MAX|MIN)$)[A-Z0-9_]+"),
    ("msg_flags", None),
    ("shutdown_how", None),
    ("fcntl_cmd", r"F_(?!OK$|RDLCK|WRLCK|UNLCK|EXLCK|SHLCK|LINUX|SEAL_|OWNER_|OFD_\w+X)[A-Z0-9_]+"),
    ("fd_flags", r"FD_CLOEXEC"),
    ("file_seals", r"F_SEAL_\w+"),
    ("seek_whence", r"SEEK_(?!MAX)\w+"),
    ("access_mode", None),
    ("ioctl_request", None),
    ("prctl_option", r"PR_(?!.*_MASK$|TIMING_|ENDIAN_|FPEMU_|FP_|UNALIGN_|TSC_|MCE_|SPEC_|TAGGED_|MTE_|SVE_|SME_|PAC_AP|PAC_AL|SET_MM_|CAP_AMBIENT_|SCHED_CORE_|SET_PTRACER_ANY|SYS_DISPATCH_|SET_VMA_ANON_NAME)[A-Z0-9_]+"),
    ("prctl_mm", r"PR_SET_MM_\w+"),
    ("prctl_cap_ambient", r"PR_CAP_AMBIENT_\w+"),
    ("arch_prctl", r"ARCH_(?!XCOMP|.*_MASK)[A-Z0-9_]+"),
    ("ptrace_request", r"PTRACE_(?!EVENT|O_|SYSCALL_INFO|PEEKSIGINFO_SHARED|EVENTMSG|SECCOMP_RET)[A-Z0-9_]+"),
    ("signal", r"SIG(?!_|RTMAX|EV|STKSZ|STKFLT_)[A-Z0-9]+"),
    ("sigprocmask_how", r"SIG_(BLOCK|UNBLOCK|SETMASK)"),
    ("errno", r"E[A-Z0-9]{2,}"),
    ("wait_options", None),
    ("waitid_type", None),
    ("futex_op", None),
    ("epoll_op", r"EPOLL_CTL_\w+"),
    ("epoll_flags", r"EPOLL_CLOEXEC"),
    ("eventfd_flags", None),
    ("signalfd_flags", r"SFD_\w+"),
    ("timerfd_flags", r"TFD_(CLOEXEC|NONBLOCK)"),
    ("inotify_flags", r"IN_(CLOEXEC|NONBLOCK)"),
    ("inotify_mask", r"IN_(?!CLOEXEC|NONBLOCK|CLASS|LOOPBACK|MULTICAST|EXPERIMENTAL|BADCLASS|ALL)[A-Z_]+"),
    ("fanotify_flags", r"FAN_(CLOEXEC|NONBLOCK|CLASS_\w+|UNLIMITED_\w+|ENABLE_AUDIT|REPORT_\w+)"),
    ("clockid", r"CLOCK_(?!TXFROMRX|TXINT|INT|EXT|DEFAULT|TXFROM)[A-Z_]+"),
    ("timer_flags", r"TIMER_ABSTIME"),
    ("sched_policy", r"SCHED_(NORMAL|FIFO|RR|BATCH|IDLE|DEADLINE|RESET_ON_FORK|EXT)"),
    ("ioprio_which", r"IOPRIO_WHO_\w+"),
    ("rlimit_resource", r"RLIMIT_\w+"),
    ("rusage_who", r"RUSAGE_\w+"),
    ("itimer_which", r"ITIMER_\w+"),
    ("priority_which", r"PRIO_(PROCESS|PGRP|USER)"),
    ("keyctl_cmd", r"KEYCTL_(?!CAPS|SUPPORTS|KDF|MOVE_EXCL)[A-Z_]+"),
    ("bpf_cmd", r"BPF_(MAP_(CREATE|LOOKUP_ELEM|UPDATE_ELEM|DELETE_ELEM|GET_NEXT_KEY|GET_NEXT_ID|GET_FD_BY_ID|FREEZE|LOOKUP_AND_DELETE_ELEM|LOOKUP_BATCH|LOOKUP_AND_DELETE_BATCH|UPDATE_BATCH|DELETE_BATCH)|PROG_(LOAD|ATTACH|DETACH|TEST_RUN|RUN|GET_NEXT_ID|GET_FD_BY_ID|QUERY|BIND_MAP)|OBJ_(PIN|GET|GET_INFO_BY_FD)|RAW_TRACEPOINT_OPEN|BTF_(LOAD|GET_FD_BY_ID|GET_NEXT_ID)|TASK_FD_QUERY|LINK_(CREATE|UPDATE|GET_FD_BY_ID|GET_NEXT_ID|DETACH)|ENABLE_STATS|ITER_CREATE|TOKEN_CREATE)"),
    ("perf_flags", r"PERF_FLAG_\w+"),
    ("mount_flags", r"MS_(?!ASYNC|INVALIDATE|SYNC$|RMT_MASK|MGC|NOUSER)[A-Z_]+"),
    ("umount_flags", None),
    ("open_tree_flags", r"OPEN_TREE_\w+"),
    ("move_mount_flags", r"MOVE_MOUNT_(?!_MASK)\w+"),
    ("fsopen_flags", r"FSOPEN_\w+"),
    ("fsmount_flags", r"FSMOUNT_\w+"),
    ("mount_attr", r"MOUNT_ATTR_(?!SIZE)\w+"),
    ("fsconfig_cmd", r"FSCONFIG_\w+"),
    ("statx_mask", r"STATX_(?!ATTR)[A-Z_]+"),
    ("mode_bits", r"S_I[A-Z]+"),
    ("rename_flags", r"RENAME_\w+"),
    ("splice_flags", None),
    ("sync_file_range_flags", r"SYNC_FILE_RANGE_\w+"),
    ("rwf_flags", r"RWF_(?!SUPPORTED)\w+"),
    ("getrandom_flags", r"GRND_\w+"),
    ("membarrier_cmd", r"MEMBARRIER_CMD_(?!FLAG)\w+"),
    ("seccomp_op", r"SECCOMP_(SET_MODE_STRICT|SET_MODE_FILTER|GET_ACTION_AVAIL|GET_NOTIF_SIZES)"),
    ("seccomp_flags", r"SECCOMP_FILTER_FLAG_\w+"),
    ("seccomp_mode", r"SECCOMP_MODE_\w+"),
    ("reboot_magic", r"LINUX_REBOOT_MAGIC\w+"),
    ("reboot_cmd", r"LINUX_REBOOT_CMD_\w+"),
    ("personality", r"(PER_[A-Z0-9_]+|ADDR_NO_RANDOMIZE|ADDR_COMPAT_LAYOUT|READ_IMPLIES_EXEC|UNAME26|MMAP_PAGE_ZERO|FDPIC_FUNCPTRS|ADDR_LIMIT_32BIT|SHORT_INODE|WHOLE_SECONDS|STICKY_TIMEOUTS|ADDR_LIMIT_3GB)"),
    ("kcmp_type", r"KCMP_(?!TYPES)\w+"),
    ("landlock_rule_type", r"LANDLOCK_RULE_\w+"),
    ("landlock_access", r"LANDLOCK_ACCESS_\w+"),
    ("pidfd_flags", None),
    ("close_range_flags", r"CLOSE_RANGE_\w+"),
    ("io_uring_register_op", r"IORING_(UN)?REGISTER_[A-Z0-9_]+"),
    ("io_uring_enter_flags", r"IORING_ENTER_\w+"),
    ("io_uring_setup_flags", r"IORING_SETUP_\w+"),
    ("userfaultfd_flags", r"UFFD_USER_MODE_ONLY"),
    ("flock_operation", r"LOCK_(SH|EX|NB|UN)"),
    ("fallocate_mode", r"FALLOC_FL_\w+"),
    ("fadvise", r"POSIX_FADV_\w+"),
    ("ipc_cmd", r"(IPC_(RMID|SET|STAT|INFO)|(GET|SET)(PID|VAL|ALL|NCNT|ZCNT)|SEM_(STAT|INFO|STAT_ANY)|MSG_(STAT|INFO|STAT_ANY)|SHM_(LOCK|UNLOCK|STAT|INFO|STAT_ANY))"),
    ("ipc_flags", r"(IPC_(CREAT|EXCL|NOWAIT)|SHM_(RDONLY|RND|REMAP|EXEC|HUGETLB|NORESERVE)|SEM_UNDO|MSG_(NOERROR|EXCEPT|COPY))"),
    ("ipc_call", r"(SEMOP|SEMGET|SEMCTL|SEMTIMEDOP|MSGSND|MSGRCV|MSGGET|MSGCTL|SHMAT|SHMDT|SHMGET|SHMCTL)"),
    ("socketcall", r"SYS_[A-Z0-9]+"),
    ("xattr_flags", r"XATTR_(CREATE|REPLACE)"),
    ("mempolicy_mode", r"MPOL_(?!F_|MF_|MAX)[A-Z_]+"),
    ("mempolicy_flags", r"MPOL_(F|MF)_(?!VALID)[A-Z_]+"),
    ("finit_module_flags", r"MODULE_INIT_\w+"),
    ("quota_cmd", r"Q_[A-Z]+"),
    ("syslog_type", None),
]

# Names that no uapi header has, or whose values are in the kernel's own headers: the same everywhere
# unless a value is given per ABI ("mips*=2"). Facts: include/linux/socket.h, include/linux/net.h,
# arch/mips/include/asm/socket.h, arch/parisc/include/asm/socket.h, include/linux/fs.h, include/linux/syslog.h.
GIVEN = {
    "socket_domain": """AF_UNSPEC=0 AF_UNIX=1 AF_LOCAL=1 AF_INET=2 AF_AX25=3 AF_IPX=4 AF_APPLETALK=5 AF_NETROM=6
        AF_BRIDGE=7 AF_ATMPVC=8 AF_X25=9 AF_INET6=10 AF_ROSE=11 AF_DECnet=12 AF_NETBEUI=13 AF_SECURITY=14 AF_KEY=15
        AF_NETLINK=16 AF_ROUTE=16 AF_PACKET=17 AF_ASH=18 AF_ECONET=19 AF_ATMSVC=20 AF_RDS=21 AF_SNA=22 AF_IRDA=23
        AF_PPPOX=24 AF_WANPIPE=25 AF_LLC=26 AF_IB=27 AF_MPLS=28 AF_CAN=29 AF_TIPC=30 AF_BLUETOOTH=31 AF_IUCV=32
        AF_RXRPC=33 AF_ISDN=34 AF_PHONET=35 AF_IEEE802154=36 AF_CAIF=37 AF_ALG=38 AF_NFC=39 AF_VSOCK=40 AF_KCM=41
        AF_QIPCRTR=42 AF_SMC=43 AF_XDP=44 AF_MCTP=45""",
    "socket_type": """SOCK_STREAM=1,mips*=2 SOCK_DGRAM=2,mips*=1 SOCK_RAW=3 SOCK_RDM=4 SOCK_SEQPACKET=5 SOCK_DCCP=6
        SOCK_PACKET=10""",
    "socket_flags": """SOCK_CLOEXEC=02000000,parisc*=010000000 SOCK_NONBLOCK=04000,mips*=0200,parisc*=0x40000000""",
    "msg_flags": """MSG_OOB=1 MSG_PEEK=2 MSG_DONTROUTE=4 MSG_CTRUNC=8 MSG_TRUNC=0x20 MSG_DONTWAIT=0x40 MSG_EOR=0x80
        MSG_WAITALL=0x100 MSG_FIN=0x200 MSG_SYN=0x400 MSG_CONFIRM=0x800 MSG_RST=0x1000 MSG_ERRQUEUE=0x2000
        MSG_NOSIGNAL=0x4000 MSG_MORE=0x8000 MSG_WAITFORONE=0x10000 MSG_ZEROCOPY=0x4000000 MSG_FASTOPEN=0x20000000
        MSG_CMSG_CLOEXEC=0x40000000""",
    "socket_level": """SOL_IP=0 SOL_TCP=6 SOL_UDP=17 SOL_IPV6=41 SOL_ICMPV6=58 SOL_RAW=255 SOL_PACKET=263
        SOL_NETLINK=270 SOL_BLUETOOTH=274 SOL_ALG=279 SOL_KCM=281 SOL_TLS=282 SOL_XDP=283 SOL_MPTCP=284""",
    "shutdown_how": "SHUT_RD=0 SHUT_WR=1 SHUT_RDWR=2",
    "access_mode": "F_OK=0 X_OK=1 W_OK=2 R_OK=4",
    "wait_options": """WNOHANG=1 WUNTRACED=2 WSTOPPED=2 WEXITED=4 WCONTINUED=8 WNOWAIT=0x1000000 __WNOTHREAD=0x20000000
        __WALL=0x40000000 __WCLONE=0x80000000""",
    "waitid_type": "P_ALL=0 P_PID=1 P_PGID=2 P_PIDFD=3",
    "futex_op": """FUTEX_WAIT=0 FUTEX_WAKE=1 FUTEX_FD=2 FUTEX_REQUEUE=3 FUTEX_CMP_REQUEUE=4 FUTEX_WAKE_OP=5
        FUTEX_LOCK_PI=6 FUTEX_UNLOCK_PI=7 FUTEX_TRYLOCK_PI=8 FUTEX_WAIT_BITSET=9 FUTEX_WAKE_BITSET=10
        FUTEX_WAIT_REQUEUE_PI=11 FUTEX_CMP_REQUEUE_PI=12 FUTEX_LOCK_PI2=13 FUTEX_WAIT_PRIVATE=128
        FUTEX_WAKE_PRIVATE=129 FUTEX_REQUEUE_PRIVATE=131 FUTEX_CMP_REQUEUE_PRIVATE=132 FUTEX_WAKE_OP_PRIVATE=133
        FUTEX_LOCK_PI_PRIVATE=134 FUTEX_UNLOCK_PI_PRIVATE=135 FUTEX_TRYLOCK_PI_PRIVATE=136
        FUTEX_WAIT_BITSET_PRIVATE=137 FUTEX_WAKE_BITSET_PRIVATE=138 FUTEX_WAIT_REQUEUE_PI_PRIVATE=139
        FUTEX_CMP_REQUEUE_PI_PRIVATE=140 FUTEX_LOCK_PI2_PRIVATE=141 FUTEX_PRIVATE_FLAG=128 FUTEX_CLOCK_REALTIME=256""",
    "eventfd_flags": "EFD_SEMAPHORE=1 EFD_CLOEXEC=@O_CLOEXEC EFD_NONBLOCK=@O_NONBLOCK",
    "umount_flags": "MNT_FORCE=1 MNT_DETACH=2 MNT_EXPIRE=4 UMOUNT_NOFOLLOW=8",
    "splice_flags": "SPLICE_F_MOVE=1 SPLICE_F_NONBLOCK=2 SPLICE_F_MORE=4 SPLICE_F_GIFT=8",
    "pidfd_flags": "PIDFD_NONBLOCK=@O_NONBLOCK PIDFD_THREAD=@O_EXCL",
    "syslog_type": """SYSLOG_ACTION_CLOSE=0 SYSLOG_ACTION_OPEN=1 SYSLOG_ACTION_READ=2 SYSLOG_ACTION_READ_ALL=3
        SYSLOG_ACTION_READ_CLEAR=4 SYSLOG_ACTION_CLEAR=5 SYSLOG_ACTION_CONSOLE_OFF=6 SYSLOG_ACTION_CONSOLE_ON=7
        SYSLOG_ACTION_CONSOLE_LEVEL=8 SYSLOG_ACTION_SIZE_UNREAD=9 SYSLOG_ACTION_SIZE_BUFFER=10""",
    "fcntl_cmd": """F_GETLK64=12,mips=33,mipsel=33,mips64n32=33,mipsel64n32=33,parisc=8
        F_SETLK64=13,mips=34,mipsel=34,mips64n32=34,mipsel64n32=34,parisc=9
        F_SETLKW64=14,mips=35,mipsel=35,mips64n32=35,mipsel64n32=35,parisc=10""",  # 32-bit ABIs only
    "ipc_cmd": "SHM_LOCK=11 SHM_UNLOCK=12 SHM_STAT=13 SHM_INFO=14 SHM_STAT_ANY=15",
    "ipc_flags": """SHM_HUGETLB=04000 SHM_RDONLY=010000 SHM_NORESERVE=010000 SHM_RND=020000 SHM_REMAP=040000
        SHM_EXEC=0100000""",
    # newer than the headers
    "memfd_flags": "MFD_NOEXEC_SEAL=8 MFD_EXEC=0x10",
    "prctl_option": """PR_SET_MDWE=65 PR_GET_MDWE=66 PR_SET_VMA=0x53564d41 PR_SET_MEMORY_MERGE=67
        PR_GET_MEMORY_MERGE=68 PR_GET_AUXV=0x41555856 PR_RISCV_V_SET_CONTROL=69 PR_RISCV_V_GET_CONTROL=70
        PR_RISCV_SET_ICACHE_FLUSH_CTX=71 PR_PPC_GET_DEXCR=72 PR_PPC_SET_DEXCR=73 PR_GET_SHADOW_STACK_STATUS=74
        PR_SET_SHADOW_STACK_STATUS=75 PR_LOCK_SHADOW_STACK_STATUS=76 PR_TIMER_CREATE_RESTORE_IDS=77
        PR_FUTEX_HASH=78""",
    "open_flags": "O_ACCMODE=3 O_TMPFILE=@O_TMPFILE",
    "at_flags": "AT_HANDLE_FID=0x200",
    "move_mount_flags": "MOVE_MOUNT_BENEATH=0x200",
    "sched_policy": "SCHED_OTHER=0 SCHED_EXT=7",
}
# Second names of values: they are accepted, but only printed where the first name doesn't exist.
ALIASES = set("""AF_LOCAL AF_ROUTE SIGIOT SIGPOLL SIGCLD SIGUNUSED EWOULDBLOCK EDEADLOCK ENOTSUP WSTOPPED SCHED_OTHER
IPPROTO_HOPOPTS MAP_FILE MAP_UNINITIALIZED TIOCINQ""".split())


def clang(abi, text, *more):
    headers, target = ABIS[abi]
    return subprocess.run(["clang", f"--target={target}", "-nostdinc", "-D__KERNEL_STRICT_NAMES", *MACROS.get(abi, []),
                           "-isystem", "/usr/lib/llvm-14/lib/clang/14.0.6/include", "-isystem", headers,
                           "-isystem", "/usr/include", "-w", "-x", "c", *more, "-"],
                          input=text, capture_output=True, text=True)


def usable_headers(abi):
    """The headers that exist and compile alone after the common ones."""
    start = ("#include <stddef.h>\n#include <linux/types.h>\n#include <linux/socket.h>\ntypedef int pid_t;\ntypedef unsigned uid_t; typedef unsigned gid_t;typedef long off_t; typedef long time_t;\n"
             "struct sockaddr { unsigned short sa_family; char sa_data[14]; };\n#include <linux/time.h>\n#include <asm/signal.h>\ntypedef unsigned short umode_t;\ntypedef unsigned char uint8_t;typedef unsigned short uint16_t;typedef unsigned int uint32_t;typedef unsigned long long uint64_t;typedef int int32_t;\n")
    text = start
    for header in HEADERS:
        if clang(abi, text + f"#include <{header}>\n", "-fsyntax-only").returncode == 0:
            text += f"#include <{header}>\n"
    return text


def candidates(text):
    """Macro names without arguments, and enumerators."""
    macros = clang("x86_64", text, "-E", "-dM").stdout
    names = set(re.findall(r"^#define (\w+) \S", macros, flags=re.M))
    ioctls = {name for name, body in re.findall(r"^#define (\w+) (.+)$", macros, flags=re.M)
              if re.search(r"\b(_IO|_IOR|_IOW|_IOWR|_SIOR|_SIOW|DRM_IO\w*|SIOCDEVPRIVATE)\b *\(", body)
              or re.fullmatch(r"0x(54|53|89|4[BbDd]|56|03|12|02|06)[0-9a-fA-F]{2}", body.strip())}
    plain = clang("x86_64", text, "-E", "-P").stdout
    for body in re.findall(r"enum\s*\w*\s*\{([^}]*)\}", plain):
        names |= set(re.findall(r"\b([A-Z_][A-Za-z0-9_]+)\b\s*(?:=|,|$)", body))
    return names, {n for n in ioctls if n.isupper() or n in ("FIONREAD",)}


def evaluate(abi, includes, names):
    """{name: value} of the names that are constants on the ABI."""
    values, todo = {}, sorted(names)
    for _ in range(40):
        text = includes + "".join(f"unsigned long long value_{n} = (unsigned long long)({n});\n" for n in todo)
        result = clang(abi, text, "-S", "-o", "-", "-ferror-limit=0", "-fno-common", "-fno-asynchronous-unwind-tables")
        bad = set()
        for line in re.findall(r"^<stdin>:(\d+):\d+: error", result.stderr, flags=re.M):
            match = re.match(r"unsigned long long value_(\w+)", text.splitlines()[int(line) - 1])
            if match:
                bad.add(match.group(1))
        if not bad:
            break
        todo = [n for n in todo if n not in bad]
    current, parts = None, []
    for line in result.stdout.splitlines():
        label = re.match(r"^value_(\w+):", line)
        data = re.match(r"^\s+\.(quad|8byte|xword|dword|long|4byte|word|zero|space|asciz)\s+([-\w]+)", line)
        if label:
            current, parts = label.group(1), []
        elif data and current:
            kind, number = data.group(1), data.group(2)
            if kind in ("zero", "space"):
                parts = [0, 0]
            elif kind in ("quad", "8byte", "xword", "dword"):
                value = int(number, 0) & (2**64 - 1)
                parts = [value & 0xffffffff, value >> 32]
            else:
                parts.append(int(number, 0) & 0xffffffff)
            if len(parts) == 2:
                order = parts if kind in ("quad", "8byte", "xword", "dword", "zero", "space") or not is_big(abi) \
                    else parts[::-1]
                values[current] = order[0] | order[1] << 32
                current = None
    return values


def is_big(abi):
    return ABIS[abi][1].split("-")[0] in ("powerpc", "powerpc64", "s390x", "mips", "mips64")


def given_values(text):
    """'NAME=1,mips*=2 …' → {name: {abi or '*': value or reference}}"""
    out = {}
    for item in text.split():
        name, _, rest = item.partition("=")
        general, *special = rest.split(",")
        out[name] = {"*": general}
        for part in special:
            pattern, _, value = part.partition("=")
            for abi in ABIS:
                if abi == pattern or (pattern.endswith("*") and abi.startswith(pattern[:-1])):
                    out[name][abi] = value
    return out


def number(text):
    return int(text, 8) if re.fullmatch(r"0[0-7]+", text) else int(text, 0)


def resolve(name, spec, abi, values):
    text = spec.get(abi, spec["*"])
    return values[abi].get(text[1:]) if text.startswith("@") else number(text)


def main():
    base_includes = usable_headers("x86_64")
    names, ioctls = candidates(base_includes)
    members, everything = [], set()
    for set_name, pattern in SETS:
        found = set(ioctls) if set_name == "ioctl_request" else \
            {n for n in names if pattern and re.fullmatch(pattern, n)}
        members.append((set_name, found))
        everything |= found | {s[1:] for t in GIVEN.values() for s in re.findall(r"@\w+", t)}
    values = {}
    for abi in ABIS:
        values[abi] = evaluate(abi, usable_headers(abi), everything)
        print(abi, len(values[abi]), file=sys.stderr)
    print(HEADING)
    print("\t".join(["abis", *ABIS]))
    for set_name, found in members:
        print(f"set\t{set_name}")
        given = given_values(GIVEN.get(set_name, ""))
        rows = {}
        for name in found | set(given):
            row = {abi: values[abi].get(name) for abi in ABIS}
            if name in given:
                row = {abi: row[abi] if row[abi] is not None and name not in ("AF_UNIX",) else
                       resolve(name, given[name], abi, values) for abi in ABIS}
            if any(v is not None for v in row.values()):
                rows[name] = row
        for name in sorted(rows, key=lambda n: (n in ALIASES, min(v for v in rows[n].values() if v is not None), n)):
            print(row_text(name, rows[name]))


def row_text(name, row):
    """NAME value [abi,abi=value …]: the most frequent value first; '-' where it doesn't exist."""
    counts = {}
    for value in row.values():
        counts[value] = counts.get(value, 0) + 1
    general = max((v for v in counts if v is not None), key=lambda v: counts[v])
    special = {}
    for abi, value in row.items():
        if value != general:
            special.setdefault(value, []).append(abi)

    def shown(value):
        if value is None:
            return "-"
        if value >= 2**63:
            return str(value - 2**64)
        return str(value) if value < 10 else f"{value:#x}"

    return "\t".join([name, shown(general)] + [f"{','.join(a)}={shown(v)}" for v, a in special.items()])


HEADING = """# SPDX-License-Identifier: MIT
# Named constants of system call arguments: sets, and in each its names with their values. A value holds on every
# ABI but those named after it (`-`: the name doesn't exist there). Columns are separated by tabs.
# Written by tools/abi/import_constants.py from the kernel's headers; correct it there or here."""

if __name__ == "__main__":
    main()
