# SPDX-License-Identifier: MIT
"""Which constants stand in which set of src/abi/constants.tsv, for import_constants.py."""
import re

# The headers whose names are looked at: these, and those in asm and asm-generic. All headers have requests of ioctl.
HEADERS = """
linux/fcntl.h linux/stat.h linux/openat2.h linux/sched.h linux/mman.h linux/memfd.h linux/socket.h linux/in.h
linux/in6.h linux/netlink.h linux/if_ether.h linux/tcp.h linux/udp.h linux/un.h linux/sockios.h linux/fs.h
linux/tty.h linux/prctl.h linux/ptrace.h linux/signalfd.h linux/wait.h linux/futex.h linux/eventpoll.h
linux/eventfd.h linux/timerfd.h linux/inotify.h linux/fanotify.h linux/time.h linux/sched/types.h linux/ioprio.h
linux/resource.h linux/keyctl.h linux/bpf.h linux/perf_event.h linux/mount.h linux/random.h linux/membarrier.h
linux/seccomp.h linux/quota.h linux/reboot.h linux/personality.h linux/kcmp.h linux/landlock.h linux/pidfd.h
linux/close_range.h linux/io_uring.h linux/rseq.h linux/ipc.h linux/sem.h linux/msg.h linux/shm.h linux/net.h
linux/userfaultfd.h linux/falloc.h linux/fadvise.h linux/xattr.h linux/mempolicy.h linux/module.h linux/aio_abi.h
linux/utime.h linux/loop.h linux/kvm.h linux/if_tun.h linux/rtc.h linux/watchdog.h linux/usbdevice_fs.h
linux/input.h linux/uinput.h linux/vt.h linux/kd.h linux/fiemap.h linux/dm-ioctl.h linux/vhost.h linux/btrfs.h
linux/fscrypt.h linux/fsverity.h linux/ppp-ioctl.h linux/raid/md_u.h linux/nbd.h linux/blkzoned.h linux/blkpg.h
linux/i2c-dev.h linux/spi/spidev.h linux/gpio.h linux/fuse.h linux/nvme_ioctl.h linux/vfio.h linux/iommufd.h
linux/sync_file.h linux/dma-buf.h linux/dma-heap.h linux/udmabuf.h linux/auto_fs.h linux/kcov.h linux/nsfs.h
linux/hidraw.h linux/fb.h linux/joystick.h linux/lp.h linux/ppdev.h linux/pps.h linux/ptp_clock.h linux/serial.h
linux/soundcard.h linux/uhid.h linux/virtio_vsock.h linux/vm_sockets.h linux/xfrm.h linux/if.h linux/route.h
linux/cec.h linux/media.h linux/videodev2.h linux/hpet.h linux/ipmi.h linux/mmc/ioctl.h linux/msdos_fs.h
linux/ethtool.h linux/capi.h linux/fd.h linux/hdreg.h linux/tls.h linux/filter.h linux/errqueue.h linux/sysctl.h
linux/times.h linux/vboxguest.h linux/uuid.h linux/rfkill.h linux/capability.h linux/elf.h
linux/if_alg.h linux/if_packet.h linux/if_xdp.h linux/mptcp.h linux/tipc.h linux/sctp.h linux/can/raw.h linux/can.h
linux/can/isotp.h linux/can/j1939.h linux/lsm.h linux/kexec.h linux/icmp.h linux/icmpv6.h linux/rds.h
linux/termios.h""".split()

# A set, and the names in it: a pattern over all macros and enumerators of these headers; None: only those GIVEN.
SETS = [
    ("open_flags", r"O_(?!.*(_MASK|NDELAY$)|RDONLY|WRONLY|RDWR)[A-Z0-9]+"),
    ("open_access", r"O_(RDONLY|WRONLY|RDWR)"),
    ("pipe_flags", r"O_(CLOEXEC|NONBLOCK|DIRECT)"),
    ("dup_flags", r"O_CLOEXEC"),
    ("delete_module_flags", r"O_(NONBLOCK|TRUNC)"),
    ("at_flags", r"AT_(SYMLINK_NOFOLLOW|SYMLINK_FOLLOW|NO_AUTOMOUNT|EMPTY_PATH|RECURSIVE)"),
    ("execveat_flags", r"AT_(SYMLINK_NOFOLLOW|EMPTY_PATH|EXECVE_CHECK)"),
    ("at_path_flags", r"AT_(SYMLINK_NOFOLLOW|EMPTY_PATH)"),
    ("statx_flags", None),
    ("statx_sync", r"AT_STATX_(SYNC_AS_STAT|FORCE_SYNC|DONT_SYNC)"),
    ("handle_flags", r"AT_(SYMLINK_FOLLOW|EMPTY_PATH|HANDLE_\w+)"),
    ("faccessat_flags", r"AT_EACCESS"),
    ("unlinkat_flags", r"AT_REMOVEDIR"),
    ("dirfd", r"AT_FDCWD"),
    ("clone_flags", r"CLONE_(?!ARGS|NEWTIME|EMPTY|CLEAR|INTO|AUTOREAP|NNP|PIDFD_AUTOKILL)\w+"),
    ("unshare_flags", r"CLONE_(NEW\w+|VM|FS|FILES|SIGHAND|THREAD|SYSVSEM)"),
    ("namespace_types", r"CLONE_NEW\w+"),
    ("clone3_flags", r"CLONE_(?!ARGS)\w+"),
    ("mmap_prot", r"PROT_\w+"),
    ("mmap_flags", r"MAP_(?!UNINIT|HUGE_\w+|TYPE|RENAME|AUTOGROW|SHARED|PRIVATE|DROPPABLE|TO_|ASCII|FILE$)\w+"),
    ("mmap_type", r"MAP_(SHARED|PRIVATE|SHARED_VALIDATE|DROPPABLE|FILE)"),
    ("mmap_huge", r"MAP_HUGE_\d+[KMG]B"),
    ("mremap_flags", r"MREMAP_\w+"),
    ("madvise", r"MADV_\w+"),
    ("msync_flags", r"MS_(ASYNC|INVALIDATE|SYNC)"),
    ("mlockall_flags", r"MCL_\w+"),
    ("mlock2_flags", r"MLOCK_ONFAULT"),
    ("memfd_flags", r"MFD_(?!HUGE_)\w+"),
    ("memfd_huge", r"MFD_HUGE_\d+[KMG]B"),
    ("socket_domain", None),
    ("socket_type", None),
    ("socket_flags", None),
    ("socket_protocol", r"IPPROTO_(?!MAX|MH$)[A-Z0-9_]+"),
    ("netlink_protocol",
     r"NETLINK_(ROUTE|UNUSED|USERSOCK|FIREWALL|SOCK_DIAG|INET_DIAG|NFLOG|XFRM|SELINUX|ISCSI|AUDIT|FIB_LOOKUP|"
     r"CONNECTOR|NETFILTER|IP6_FW|DNRTMSG|KOBJECT_UEVENT|GENERIC|SCSITRANSPORT|ECRYPTFS|RDMA|CRYPTO|SMC)"),
    ("bluetooth_protocol", None),
    ("socket_level", r"SOL_\w+"),
    ("socket_option", r"SO_(?!VM_|EE_|IP_SET|ORIGINAL|RDS|STYLE|ATM|AAL|MULTI|CIRC|CHAN|SEND|J1939|RXRPC)[A-Z0-9_]+"),
    ("ip_option",
     r"(IP|MCAST)_(?!.*(MAX|MIN)$|PMTUDISC_|DEFAULT_|DF$|MF$|CE$|OFFSET|OPTIONS_|CT_|VS_|NAT_|SET_|INCLUDE|"
     r"EXCLUDE|USER|LEAVE_ALL)[A-Z0-9_]+"),
    ("ipv6_option",
     r"(IPV6|MCAST)_(?!.*(MAX|MIN|FLOW)$|PMTUDISC_|TLV_|PRIORITY_|FL_|RTHDR_TYPE|RTHDRDST|OPT_|DEFAULT_|SRCRT_|RPL_|"
     r"INCLUDE|EXCLUDE|MIN_|USER|SEG_|PREFER_)[A-Z0-9_]+"),
    ("tcp_option",
     r"TCP_(?!.*(MAX|MIN|_FLOW|MAXKEYLEN)$|ACCECN_|ENCAP_|RESERVED_|DATA_|ESTABLISHED|SYN_|FIN_|TIME_|CLOSE|"
     r"LAST_|LISTEN|CLOSING|NEW_|FLAG_|NLA_|STATE|MSS_|S_|"
     r"METRICS|BPF_|REPAIR_O[NF]|AO_KEYF|INFINITE|CA_|RECEIVE_ZEROCOPY_|MD5SIG_FLAG|RSEQ|NO_QUEUE|RECV_QUEUE|"
     r"SEND_QUEUE|QUEUES_NR|MIB)[A-Z0-9_]+"),
    ("udp_option", r"UDP_(?!.*(MAX|MIN|_FLOW)$|ENCAP_)[A-Z0-9_]+"),
    ("netlink_option",
     r"NETLINK_(ADD_MEMBERSHIP|DROP_MEMBERSHIP|PKTINFO|BROADCAST_ERROR|NO_ENOBUFS|RX_RING|TX_RING|"
     r"LISTEN_ALL_NSID|LIST_MEMBERSHIPS|CAP_ACK|EXT_ACK|GET_STRICT_CHK)"),
    ("packet_option",
     r"PACKET_(?!HOST|BROADCAST|MULTICAST|OTHERHOST|OUTGOING|LOOPBACK|USER|KERNEL|FASTROUTE|FANOUT_[A-Z_]+$|"
     r"(BLOCK_)?MODE\d|CDR|DVD|DISC_|SESSION_|LRA_|NWA_|DEBUG|IOCTL_|WAIT_|WRIT|TRACK|CTRL_|MERGE_|MR_|"
     r"DIAG_)[A-Z0-9_]+"),
    ("alg_option", r"ALG_SET_\w+"),
    ("raw_option", r"ICMP_FILTER"),
    ("icmpv6_option", r"ICMPV6_FILTER"),
    ("tls_option", r"TLS_(TX|RX|TX_ZEROCOPY_RO|RX_EXPECT_NO_PAD|TX_MAX_PAYLOAD_LEN)"),
    ("vsock_option", r"SO_VM_SOCKETS_\w+"),
    ("xdp_option",
     r"XDP_(MMAP_OFFSETS|RX_RING|TX_RING|UMEM_REG|UMEM_FILL_RING|UMEM_COMPLETION_RING|STATISTICS|OPTIONS|"
     r"MAX_TX_SKB_BUDGET)"),
    ("mptcp_option", r"MPTCP_(INFO|TCPINFO|SUBFLOW_ADDRS|FULL_INFO)"),
    ("tipc_option",
     r"TIPC_(IMPORTANCE|SRC_DROPPABLE|DEST_DROPPABLE|CONN_TIMEOUT|NODE_RECVQ_DEPTH|SOCK_RECVQ_DEPTH|"
     r"MCAST_BROADCAST|MCAST_REPLICAST|GROUP_JOIN|GROUP_LEAVE|SOCK_RECVQ_USED|NODELAY)"),
    ("sctp_option",
     r"SCTP_(?!.*(_NOTIFICATION|_EVENT)$)(RTOINFO|ASSOCINFO|INITMSG|NODELAY|AUTOCLOSE|SET_PEER_PRIMARY_ADDR|"
     r"PRIMARY_ADDR|ADAPTATION_LAYER|DISABLE_FRAGMENTS|PEER_ADDR_PARAMS|DEFAULT_SEND_PARAM|EVENTS|"
     r"I_WANT_MAPPED_V4_ADDR|MAXSEG|STATUS|GET_PEER_ADDR_INFO|DELAYED_ACK_TIME|DELAYED_ACK|DELAYED_SACK|CONTEXT|"
     r"FRAGMENT_INTERLEAVE|PARTIAL_DELIVERY_POINT|MAX_BURST|AUTH_CHUNK|HMAC_IDENT|AUTH_KEY|AUTH_ACTIVE_KEY|"
     r"AUTH_DELETE_KEY|PEER_AUTH_CHUNKS|LOCAL_AUTH_CHUNKS|GET_ASSOC_NUMBER|GET_ASSOC_ID_LIST|AUTO_ASCONF|"
     r"PEER_ADDR_THLDS|RECVRCVINFO|RECVNXTINFO|DEFAULT_SNDINFO|SOCKOPT_\w+|GET_PEER_ADDRS|GET_LOCAL_ADDRS|"
     r"GET_ASSOC_STATS|PR_SUPPORTED|DEFAULT_PRINFO|PR_ASSOC_STATUS|PR_STREAM_STATUS|RECONFIG_SUPPORTED|"
     r"ENABLE_STREAM_RESET|RESET_STREAMS|RESET_ASSOC|ADD_STREAMS|PEER_ADDR_THLDS_V2|REUSE_PORT)"),
    ("can_raw_option", r"CAN_RAW_\w+"),
    ("msg_flags", None),
    ("shutdown_how", None),
    ("fcntl_cmd", r"F_(?!OK$|RDLCK|WRLCK|UNLCK|EXLCK|SHLCK|LINUX|SEAL_|OWNER_|OFD_\w+X)[A-Z0-9_]+"),
    ("lock_type", r"F_(RDLCK|WRLCK|UNLCK)"),
    ("notify_flags", r"DN_\w+"),
    ("fd_flags", r"FD_CLOEXEC"),
    ("file_seals", r"F_SEAL_\w+"),
    ("seek_whence", r"SEEK_(?!MAX)\w+"),
    ("access_mode", None),
    ("ioctl_request", None),
    ("driver_request", None),
    ("prctl_option",
     r"PR_(?!.*_MASK$|TIMING_|ENDIAN_|FPEMU_|FP_EXC|FP_MODE|UNALIGN_|TSC_|MCE_KILL_(?!GET)|SPEC_|TAGGED_|MTE_|"
     r"PMLEN|SVE_(SET_VL_|VL_)|SME_(SET_VL_|VL_)|PAC_AP|SET_MM_|CAP_AMBIENT_|SCHED_CORE_|SET_PTRACER_ANY|"
     r"SYS_DISPATCH_|SET_VMA_ANON_NAME|MDWE_|THP_|RISCV_(V_VSTATE|CTX|SCOPE)|PPC_DEXCR|SHADOW_STACK|"
     r"TIMER_CREATE_RESTORE_IDS_|FUTEX_HASH_|RSEQ_SLICE_EXT\w*_(GET|SET|ENABLE)|CFI_)[A-Z0-9_]+"),
    ("prctl_unalign", r"PR_UNALIGN_\w+"),
    ("prctl_fpemu", r"PR_FPEMU_\w+"),
    ("prctl_fpexc", r"PR_FP_EXC_\w+"),
    ("prctl_timing", r"PR_TIMING_\w+"),
    ("prctl_endian", r"PR_ENDIAN_\w+"),
    ("prctl_tsc", r"PR_TSC_\w+"),
    ("prctl_mce_kill", r"PR_MCE_KILL_(CLEAR|SET)"),
    ("prctl_mce_policy", r"PR_MCE_KILL_(LATE|EARLY|DEFAULT)"),
    ("prctl_ptracer", r"PR_SET_PTRACER_ANY"),
    ("prctl_fp_mode", r"PR_FP_MODE_\w+"),
    ("prctl_sve", r"PR_SVE_(SET_VL_ONEXEC|VL_INHERIT)"),
    ("prctl_sme", r"PR_SME_(SET_VL_ONEXEC|VL_INHERIT)"),
    ("prctl_speculation", r"PR_SPEC_(STORE_BYPASS|INDIRECT_BRANCH|L1D_FLUSH)"),
    ("prctl_speculation_control", r"PR_SPEC_(ENABLE|DISABLE|FORCE_DISABLE|DISABLE_NOEXEC)"),
    ("prctl_pac_keys", r"PR_PAC_AP\w+"),
    ("prctl_tagged", r"PR_(TAGGED_ADDR_ENABLE|MTE_TCF_(SYNC|ASYNC)|MTE_STORE_ONLY)"),
    ("prctl_dispatch", r"PR_SYS_DISPATCH_\w+"),
    ("prctl_sched_core", r"PR_SCHED_CORE_(GET|CREATE|SHARE_TO|SHARE_FROM)"),
    ("prctl_sched_core_scope", r"PR_SCHED_CORE_SCOPE_\w+"),
    ("prctl_mdwe", r"PR_MDWE_\w+"),
    ("prctl_thp", r"PR_THP_\w+"),
    ("prctl_vma", r"PR_SET_VMA_ANON_NAME"),
    ("prctl_riscv_icache", r"PR_RISCV_CTX_\w+"),
    ("prctl_riscv_scope", r"PR_RISCV_SCOPE_\w+"),
    ("prctl_dexcr", r"PR_PPC_DEXCR_(SBHE|IBRTPD|SRAPD|NPHIE)"),
    ("prctl_dexcr_control", r"PR_PPC_DEXCR_CTRL_(?!MASK)\w+"),
    ("prctl_shadow_stack", r"PR_SHADOW_STACK_\w+"),
    ("prctl_restore_ids", r"PR_TIMER_CREATE_RESTORE_IDS_\w+"),
    ("prctl_futex_hash", r"PR_FUTEX_HASH_\w+"),
    ("prctl_rseq_slice", r"PR_RSEQ_SLICE_EXTENSION_\w+"),
    ("prctl_rseq_slice_flags", r"PR_RSEQ_SLICE_EXT_ENABLE"),
    ("prctl_cfi", r"PR_CFI_BRANCH_LANDING_PADS"),
    ("prctl_cfi_control", r"PR_CFI_(ENABLE|DISABLE|LOCK)"),
    ("prctl_dumpable", None),
    ("prctl_mm", r"PR_SET_MM_\w+"),
    ("prctl_cap_ambient", r"PR_CAP_AMBIENT_\w+"),
    ("arch_prctl", r"ARCH_(?!XCOMP|.*_MASK|SHSTK_(SHSTK|WRSS))[A-Z0-9_]+"),
    ("shadow_stack_features", r"ARCH_SHSTK_(SHSTK|WRSS)"),
    ("ptrace_request", r"PTRACE_(?!EVENT|O_|CFI_|SYSCALL_INFO|PEEKSIGINFO_SHARED|EVENTMSG|SECCOMP_RET)[A-Z0-9_]+"),
    ("ptrace_options", r"PTRACE_O_(?!MASK)\w+"),
    ("note_type", r"NT_(?!AUXV|SIGINFO|FILE|GNU|PRXREG)[A-Z0-9_]+"),
    ("signal", r"SIG(?!_|RTMAX|EV|STKSZ|STKFLT_)[A-Z0-9]+"),
    ("sigprocmask_how", r"SIG_(BLOCK|UNBLOCK|SETMASK)"),
    ("errno", r"E(?!VIO|LF|TH|XT|CC|DD|PP|NT|M$|CHO|POLL|820|AGER|ND$|PIOC)[A-Z0-9]{2,}"),
    ("wait_options", None),
    ("waitid_type", None),
    ("futex_op",
     r"FUTEX_(FD|WAIT|WAKE|REQUEUE|CMP_REQUEUE|WAKE_OP|LOCK_PI2?|UNLOCK_PI|TRYLOCK_PI|WAIT_BITSET|WAKE_BITSET|"
     r"WAIT_REQUEUE_PI|CMP_REQUEUE_PI)(_PRIVATE)?"),
    ("futex_flags", r"FUTEX_(PRIVATE_FLAG|CLOCK_REALTIME|ROBUST_UNLOCK|ROBUST_LIST32)"),
    ("epoll_op", r"EPOLL_CTL_\w+"),
    ("epoll_flags", r"EPOLL_CLOEXEC"),
    ("eventfd_flags", None),
    ("signalfd_flags", r"SFD_\w+"),
    ("timerfd_flags", r"TFD_(CLOEXEC|NONBLOCK)"),
    ("inotify_flags", r"IN_(CLOEXEC|NONBLOCK)"),
    ("inotify_mask", r"IN_(?!CLOEXEC|NONBLOCK|CLASS|LOOPBACK|MULTICAST|EXPERIMENTAL|BADCLASS|ALL)[A-Z_]+"),
    ("fanotify_flags", r"FAN_(CLOEXEC|NONBLOCK|UNLIMITED_\w+|ENABLE_AUDIT|REPORT_\w+)"),
    ("fanotify_class", r"FAN_CLASS_\w+"),
    ("fanotify_mark_flags", r"FAN_MARK_\w+"),
    ("fanotify_mask",
     r"FAN_(ACCESS|MODIFY|ATTRIB|CLOSE_WRITE|CLOSE_NOWRITE|OPEN|MOVED_FROM|MOVED_TO|CREATE|DELETE|DELETE_SELF|"
     r"MOVE_SELF|OPEN_EXEC|Q_OVERFLOW|FS_ERROR|OPEN_PERM|ACCESS_PERM|OPEN_EXEC_PERM|PRE_ACCESS|MNT_ATTACH|"
     r"MNT_DETACH|EVENT_ON_CHILD|RENAME|ONDIR)"),
    ("clockid", r"CLOCK_(?!TXFROMRX|TXINT|INT|EXT|DEFAULT|TXFROM)[A-Z_]+"),
    ("timer_flags", r"TIMER_ABSTIME"),
    ("timerfd_settime_flags", r"TFD_TIMER_\w+"),
    ("sched_policy", r"SCHED_(NORMAL|FIFO|RR|BATCH|IDLE|DEADLINE|EXT)"),
    ("scheduler", None),
    ("sched_getattr_flags", r"SCHED_GETATTR_FLAG_\w+"),
    ("sched_flags", r"SCHED_RESET_ON_FORK"),
    ("ioprio_which", r"IOPRIO_WHO_\w+"),
    ("rlimit_resource", r"RLIMIT_\w+"),
    ("rusage_who", r"RUSAGE_\w+"),
    ("itimer_which", r"ITIMER_\w+"),
    ("priority_which", r"PRIO_(PROCESS|PGRP|USER)"),
    ("keyctl_cmd", r"KEYCTL_(?!CAPS|SUPPORTS|KDF|MOVE_EXCL)[A-Z_]+"),
    ("key_serial", r"KEY_SPEC_\w+"),
    ("key_default", r"KEY_REQKEY_DEFL_\w+"),
    ("key_permissions", None),
    ("keyctl_move_flags", r"KEYCTL_MOVE_EXCL"),
    ("bpf_cmd",
     r"BPF_(MAP_(CREATE|LOOKUP_ELEM|UPDATE_ELEM|DELETE_ELEM|GET_NEXT_KEY|GET_NEXT_ID|GET_FD_BY_ID|FREEZE|"
     r"LOOKUP_AND_DELETE_ELEM|LOOKUP_BATCH|LOOKUP_AND_DELETE_BATCH|UPDATE_BATCH|DELETE_BATCH)|PROG_(LOAD|ATTACH|"
     r"DETACH|TEST_RUN|RUN|GET_NEXT_ID|GET_FD_BY_ID|QUERY|BIND_MAP)|OBJ_(PIN|GET|GET_INFO_BY_FD)|"
     r"RAW_TRACEPOINT_OPEN|BTF_(LOAD|GET_FD_BY_ID|GET_NEXT_ID)|TASK_FD_QUERY|LINK_(CREATE|UPDATE|GET_FD_BY_ID|"
     r"GET_NEXT_ID|DETACH)|ENABLE_STATS|ITER_CREATE|TOKEN_CREATE)"),
    ("perf_flags", r"PERF_FLAG_\w+"),
    ("mount_flags", r"MS_(?!ASYNC|INVALIDATE|SYNC$|RMT_MASK|MGC|NOUSER)[A-Z_]+"),
    ("umount_flags", None),
    ("open_tree_flags", r"(OPEN_TREE_\w+|AT_(SYMLINK_NOFOLLOW|NO_AUTOMOUNT|EMPTY_PATH|RECURSIVE))"),
    ("move_mount_flags", r"MOVE_MOUNT_(?!_MASK)\w+"),
    ("fspick_flags", r"FSPICK_\w+"),
    ("fsopen_flags", r"FSOPEN_\w+"),
    ("fsmount_flags", r"FSMOUNT_\w+"),
    ("mount_attr", r"MOUNT_ATTR_(?!SIZE|_ATIME|RELATIME|NOATIME|STRICTATIME)\w+"),
    ("mount_attr_atime", r"MOUNT_ATTR_(RELATIME|NOATIME|STRICTATIME)"),
    ("fsconfig_cmd", r"FSCONFIG_\w+"),
    ("statx_mask", r"STATX_(?!ATTR)[A-Z_]+"),
    ("file_mode", None),
    ("mode_bits", r"S_I[A-Z]+"),
    ("file_type", r"S_IF(SOCK|LNK|REG|BLK|DIR|CHR|FIFO)"),
    ("rename_flags", r"RENAME_\w+"),
    ("splice_flags", None),
    ("sync_file_range_flags", r"SYNC_FILE_RANGE_\w+"),
    ("rwf_flags", r"RWF_(?!SUPPORTED|WRITE)\w+"),
    ("getrandom_flags", r"GRND_\w+"),
    ("membarrier_cmd", r"MEMBARRIER_CMD_(?!FLAG)\w+"),
    ("membarrier_flags", r"MEMBARRIER_CMD_FLAG_\w+"),
    ("seccomp_op", r"SECCOMP_(SET_MODE_STRICT|SET_MODE_FILTER|GET_ACTION_AVAIL|GET_NOTIF_SIZES)"),
    ("seccomp_flags", r"SECCOMP_FILTER_FLAG_\w+"),
    ("seccomp_mode", r"SECCOMP_MODE_\w+"),
    ("reboot_magic1", r"LINUX_REBOOT_MAGIC1"),
    ("reboot_magic2", r"LINUX_REBOOT_MAGIC2\w*"),
    ("reboot_cmd", r"LINUX_REBOOT_CMD_\w+"),
    ("personality", r"PER_(?!MASK|EM_)[A-Z0-9_]+"),
    ("personality_flags",
     r"(ADDR_NO_RANDOMIZE|ADDR_COMPAT_LAYOUT|READ_IMPLIES_EXEC|UNAME26|MMAP_PAGE_ZERO|FDPIC_FUNCPTRS|"
     r"ADDR_LIMIT_32BIT|SHORT_INODE|WHOLE_SECONDS|STICKY_TIMEOUTS|ADDR_LIMIT_3GB)"),
    ("kcmp_type", r"KCMP_(?!TYPES)\w+"),
    ("landlock_rule_type", r"LANDLOCK_RULE_\w+"),
    ("landlock_access", r"LANDLOCK_ACCESS_\w+"),
    ("landlock_create_flags", r"LANDLOCK_CREATE_RULESET_\w+"),
    ("landlock_add_flags", r"LANDLOCK_ADD_RULE_\w+"),
    ("landlock_restrict_flags", r"LANDLOCK_RESTRICT_SELF_\w+"),
    ("pidfd_flags", None),
    ("pidfd_signal_flags", r"PIDFD_SIGNAL_\w+"),
    ("close_range_flags", r"CLOSE_RANGE_\w+"),
    ("io_uring_register_op", r"IORING_(UN)?REGISTER_(?!FILES_SKIP|SRC_|DST_|USE_)[A-Z0-9_]+"),
    ("io_uring_register_flags", r"IORING_REGISTER_USE_REGISTERED_RING"),
    ("io_uring_enter_flags", r"IORING_ENTER_\w+"),
    ("io_uring_setup_flags", r"IORING_SETUP_\w+"),
    ("userfaultfd_flags", r"(UFFD_USER_MODE_ONLY|O_CLOEXEC|O_NONBLOCK)"),
    ("flock_operation", r"LOCK_(SH|EX|NB|UN)"),
    ("fallocate_mode", r"FALLOC_FL_\w+"),
    ("fadvise", r"POSIX_FADV_\w+"),
    ("sem_cmd", r"(IPC_(RMID|SET|STAT|INFO)|(GET|SET)(PID|VAL|ALL)|GET[NZ]CNT|SEM_(STAT|INFO|STAT_ANY))"),
    ("msg_cmd", r"(IPC_(RMID|SET|STAT|INFO)|MSG_(STAT|INFO|STAT_ANY))"),
    ("shm_cmd", r"(IPC_(RMID|SET|STAT|INFO)|SHM_(LOCK|UNLOCK|STAT|INFO|STAT_ANY))"),
    ("ipc_flags", r"IPC_(CREAT|EXCL)"),
    ("shm_flags", r"(IPC_(CREAT|EXCL)|SHM_(HUGETLB|NORESERVE))"),
    ("shm_huge", r"SHM_HUGE_\d+[KMG]B"),
    ("shmat_flags", r"SHM_(RDONLY|RND|REMAP|EXEC)"),
    ("msgop_flags", r"(IPC_NOWAIT|MSG_(NOERROR|EXCEPT|COPY))"),
    ("ipc_call", r"(SEMOP|SEMGET|SEMCTL|SEMTIMEDOP|MSGSND|MSGRCV|MSGGET|MSGCTL|SHMAT|SHMDT|SHMGET|SHMCTL)"),
    ("socketcall", r"SYS_(?!SECCOMP)[A-Z0-9]+"),
    ("xattr_flags", r"XATTR_(CREATE|REPLACE)"),
    ("mempolicy_mode", r"MPOL_(?!F_|MF_|MAX|MODE|USER)[A-Z_]+"),
    ("mempolicy_mode_flags", r"MPOL_F_(STATIC_NODES|RELATIVE_NODES|NUMA_BALANCING)"),
    ("mbind_flags", r"MPOL_MF_(STRICT|MOVE|MOVE_ALL|LAZY)"),
    ("get_mempolicy_flags", r"MPOL_F_(NODE|ADDR|MEMS_ALLOWED)"),
    ("finit_module_flags", r"MODULE_INIT_\w+"),
    ("quota_cmd", r"Q_[A-Z]+"),
    ("syslog_type", None),
    ("futex2_flags", r"FUTEX2_(NUMA|MPOL|PRIVATE)"),
    ("futex2_size", r"FUTEX2_SIZE_U\d+"),
    ("futex_bitset", r"FUTEX_BITSET_MATCH_ANY"),
    ("shadow_stack_flags", r"SHADOW_STACK_SET_\w+"),
    ("kexec_flags", r"KEXEC_(ON_CRASH|PRESERVE_CONTEXT|UPDATE_ELFCOREHDR|CRASH_HOTPLUG_SUPPORT)"),
    ("kexec_arch", r"KEXEC_ARCH_(?!MASK)\w+"),
    ("kexec_file_flags", r"KEXEC_FILE_\w+"),
    ("lsm_flags", r"LSM_FLAG_\w+"),
    ("lsm_attr", r"LSM_ATTR_\w+"),
    ("statmount_flags", r"STATMOUNT_BY_FD"),
    ("listmount_flags", r"LISTMOUNT_REVERSE"),
    ("pkey_rights", r"PKEY_(DISABLE_ACCESS|DISABLE_WRITE|UNRESTRICTED)"),
    ("capability", r"CAP_(?!LAST_CAP|TO_|OPT_|USE)[A-Z0-9_]+"),
    ("secure_bits", None),
    ("swap_flags", None),
    ("rseq_flags", r"RSEQ_FLAG_\w+"),
    ("terminal_queue", r"TC(IFLUSH|OFLUSH|IOFLUSH)"),
    ("terminal_flow", r"TC(OOFF|OON|IOFF|ION)"),
    ("other_names",
     r"(SEM_UNDO|MAP_TYPE|MAP_UNINITIALIZED|FUTEX_UNLOCK_\w+_LIST\w+|PR_SPEC_(NOT_AFFECTED|PRCTL)|ECHO\w*|"
     r"EPOLL(?!_)\w*|EXT[ABP]\w*)"),
]

# Names that no uapi header has, or whose values are in the kernel's own headers: the same everywhere
# unless a value is given per ABI ("mips*=2"; "-": only on these ABIs, whatever headers say). Facts:
# include/linux/socket.h, include/linux/net.h, arch/mips/include/asm/socket.h, arch/parisc/include/asm/socket.h, include/linux/fs.h, include/linux/syslog.h,
# include/linux/key.h, include/linux/swap.h, include/net/bluetooth/bluetooth.h.
GIVEN = {
    "socket_domain": """AF_UNSPEC=0 AF_UNIX=1 AF_LOCAL=1 AF_INET=2 AF_AX25=3 AF_IPX=4 AF_APPLETALK=5 AF_NETROM=6
        AF_BRIDGE=7 AF_ATMPVC=8 AF_X25=9 AF_INET6=10 AF_ROSE=11 AF_DECnet=12 AF_NETBEUI=13 AF_SECURITY=14 AF_KEY=15
        AF_NETLINK=16 AF_ROUTE=16 AF_PACKET=17 AF_ASH=18 AF_ECONET=19 AF_ATMSVC=20 AF_RDS=21 AF_SNA=22 AF_IRDA=23
        AF_PPPOX=24 AF_WANPIPE=25 AF_LLC=26 AF_IB=27 AF_MPLS=28 AF_CAN=29 AF_TIPC=30 AF_BLUETOOTH=31 AF_IUCV=32
        AF_RXRPC=33 AF_ISDN=34 AF_PHONET=35 AF_IEEE802154=36 AF_CAIF=37 AF_ALG=38 AF_NFC=39 AF_VSOCK=40 AF_KCM=41
        AF_QIPCRTR=42 AF_SMC=43 AF_XDP=44 AF_MCTP=45
        PF_UNSPEC=0 PF_UNIX=1 PF_LOCAL=1 PF_INET=2 PF_AX25=3 PF_IPX=4 PF_APPLETALK=5 PF_NETROM=6 PF_BRIDGE=7
        PF_ATMPVC=8 PF_X25=9 PF_INET6=10 PF_ROSE=11 PF_DECnet=12 PF_NETBEUI=13 PF_SECURITY=14 PF_KEY=15
        PF_NETLINK=16 PF_ROUTE=16 PF_PACKET=17 PF_ASH=18 PF_ECONET=19 PF_ATMSVC=20 PF_RDS=21 PF_SNA=22
        PF_IRDA=23 PF_PPPOX=24 PF_WANPIPE=25 PF_LLC=26 PF_IB=27 PF_MPLS=28 PF_CAN=29 PF_TIPC=30
        PF_BLUETOOTH=31 PF_IUCV=32 PF_RXRPC=33 PF_ISDN=34 PF_PHONET=35 PF_IEEE802154=36 PF_CAIF=37 PF_ALG=38
        PF_NFC=39 PF_VSOCK=40 PF_KCM=41 PF_QIPCRTR=42 PF_SMC=43 PF_XDP=44 PF_MCTP=45""",
    "socket_type": """SOCK_STREAM=1,mips*=2 SOCK_DGRAM=2,mips*=1 SOCK_RAW=3 SOCK_RDM=4 SOCK_SEQPACKET=5 SOCK_DCCP=6
        SOCK_PACKET=10""",
    "socket_flags": """SOCK_CLOEXEC=02000000,parisc*=010000000 SOCK_NONBLOCK=04000,mips*=0200,parisc*=0x40000000""",
    "msg_flags": """MSG_OOB=1 MSG_PEEK=2 MSG_DONTROUTE=4 MSG_CTRUNC=8 MSG_TRUNC=0x20 MSG_DONTWAIT=0x40 MSG_EOR=0x80
        MSG_WAITALL=0x100 MSG_FIN=0x200 MSG_SYN=0x400 MSG_CONFIRM=0x800 MSG_RST=0x1000 MSG_ERRQUEUE=0x2000
        MSG_NOSIGNAL=0x4000 MSG_MORE=0x8000 MSG_WAITFORONE=0x10000 MSG_ZEROCOPY=0x4000000 MSG_FASTOPEN=0x20000000
        MSG_CMSG_CLOEXEC=0x40000000 MSG_BATCH=0x40000 MSG_SOCK_DEVMEM=0x2000000""",
    "socket_level": """SOL_IP=0 SOL_TCP=6 SOL_UDP=17 SOL_IPV6=41 SOL_ICMPV6=58 SOL_SCTP=132 SOL_UDPLITE=136 SOL_RAW=255
        SOL_IPX=256 SOL_AX25=257 SOL_ATALK=258 SOL_NETROM=259 SOL_ROSE=260 SOL_DECNET=261 SOL_PACKET=263 SOL_ATM=264
        SOL_AAL=265 SOL_IRDA=266 SOL_NETBEUI=267 SOL_LLC=268 SOL_DCCP=269 SOL_NETLINK=270 SOL_TIPC=271 SOL_RXRPC=272
        SOL_PPPOL2TP=273 SOL_BLUETOOTH=274 SOL_PNPIPE=275 SOL_RDS=276 SOL_IUCV=277 SOL_CAIF=278 SOL_ALG=279 SOL_NFC=280
        SOL_KCM=281 SOL_TLS=282 SOL_XDP=283 SOL_MPTCP=284 SOL_MCTP=285 SOL_SMC=286 SOL_VSOCK=287""",
    "shutdown_how": "SHUT_RD=0 SHUT_WR=1 SHUT_RDWR=2",
    "access_mode": "F_OK=0 X_OK=1 W_OK=2 R_OK=4",
    "wait_options": """WNOHANG=1 WUNTRACED=2 WSTOPPED=2 WEXITED=4 WCONTINUED=8 WNOWAIT=0x1000000 __WNOTHREAD=0x20000000
        __WALL=0x40000000 __WCLONE=0x80000000""",
    "waitid_type": "P_ALL=0 P_PID=1 P_PGID=2 P_PIDFD=3",
    "eventfd_flags": "EFD_SEMAPHORE=1 EFD_CLOEXEC=@O_CLOEXEC EFD_NONBLOCK=@O_NONBLOCK",
    "umount_flags": "MNT_FORCE=1 MNT_DETACH=2 MNT_EXPIRE=4 UMOUNT_NOFOLLOW=8",
    "splice_flags": "SPLICE_F_MOVE=1 SPLICE_F_NONBLOCK=2 SPLICE_F_MORE=4 SPLICE_F_GIFT=8",
    "pidfd_flags": "PIDFD_NONBLOCK=@O_NONBLOCK PIDFD_THREAD=@O_EXCL",
    "syslog_type": """SYSLOG_ACTION_CLOSE=0 SYSLOG_ACTION_OPEN=1 SYSLOG_ACTION_READ=2 SYSLOG_ACTION_READ_ALL=3
        SYSLOG_ACTION_READ_CLEAR=4 SYSLOG_ACTION_CLEAR=5 SYSLOG_ACTION_CONSOLE_OFF=6 SYSLOG_ACTION_CONSOLE_ON=7
        SYSLOG_ACTION_CONSOLE_LEVEL=8 SYSLOG_ACTION_SIZE_UNREAD=9 SYSLOG_ACTION_SIZE_BUFFER=10""",
    "shm_cmd": "SHM_LOCK=11 SHM_UNLOCK=12 SHM_STAT=13 SHM_INFO=14 SHM_STAT_ANY=15",
    "shm_flags": "SHM_HUGETLB=04000 SHM_NORESERVE=010000",
    "shmat_flags": "SHM_RDONLY=010000 SHM_RND=020000 SHM_REMAP=040000 SHM_EXEC=0100000",
    "open_flags": "O_ACCMODE=3 O_TMPFILE=@O_TMPFILE O_ASYNC=@FASYNC",
    "sched_policy": "SCHED_OTHER=0",
    "pipe_flags": """O_NOTIFICATION_PIPE=@O_EXCL""",
    "bluetooth_protocol": """BTPROTO_L2CAP=0 BTPROTO_HCI=1 BTPROTO_SCO=2 BTPROTO_RFCOMM=3 BTPROTO_BNEP=4 BTPROTO_CMTP=5
        BTPROTO_HIDP=6 BTPROTO_AVDTP=7 BTPROTO_ISO=8""",
    "prctl_dumpable": """SUID_DUMP_DISABLE=0 SUID_DUMP_USER=1 SUID_DUMP_ROOT=2""",
    "secure_bits": """SECBIT_NOROOT=1 SECBIT_NOROOT_LOCKED=2 SECBIT_NO_SETUID_FIXUP=4 SECBIT_NO_SETUID_FIXUP_LOCKED=8
        SECBIT_KEEP_CAPS=0x10 SECBIT_KEEP_CAPS_LOCKED=0x20 SECBIT_NO_CAP_AMBIENT_RAISE=0x40
        SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED=0x80 SECBIT_EXEC_RESTRICT_FILE=0x100 SECBIT_EXEC_RESTRICT_FILE_LOCKED=0x200
        SECBIT_EXEC_DENY_INTERACTIVE=0x400 SECBIT_EXEC_DENY_INTERACTIVE_LOCKED=0x800""",
    "key_permissions": """KEY_POS_VIEW=0x1000000 KEY_POS_READ=0x2000000 KEY_POS_WRITE=0x4000000 KEY_POS_SEARCH=0x8000000
        KEY_POS_LINK=0x10000000 KEY_POS_SETATTR=0x20000000 KEY_USR_VIEW=0x10000 KEY_USR_READ=0x20000
        KEY_USR_WRITE=0x40000 KEY_USR_SEARCH=0x80000 KEY_USR_LINK=0x100000 KEY_USR_SETATTR=0x200000
        KEY_GRP_VIEW=0x100 KEY_GRP_READ=0x200 KEY_GRP_WRITE=0x400 KEY_GRP_SEARCH=0x800 KEY_GRP_LINK=0x1000
        KEY_GRP_SETATTR=0x2000 KEY_OTH_VIEW=0x1 KEY_OTH_READ=0x2 KEY_OTH_WRITE=0x4 KEY_OTH_SEARCH=0x8
        KEY_OTH_LINK=0x10 KEY_OTH_SETATTR=0x20""",
    "swap_flags": """SWAP_FLAG_PREFER=0x8000 SWAP_FLAG_DISCARD=0x10000 SWAP_FLAG_DISCARD_ONCE=0x20000
        SWAP_FLAG_DISCARD_PAGES=0x40000""",
    "terminal_queue": """TCIFLUSH=0 TCOFLUSH=1 TCIOFLUSH=2""",
    "terminal_flow": """TCOOFF=0 TCOON=1 TCIOFF=2 TCION=3""",
    "tls_option": """TLS_TX=1 TLS_RX=2 TLS_TX_ZEROCOPY_RO=3 TLS_RX_EXPECT_NO_PAD=4""",
}

# Second names of values: they are accepted, but only printed where the first name doesn't exist. Of two names for a request
# of ioctl, that of one driver is the second, and so is one that was replaced.
ALIASES = re.compile(r"""
PF_\w+ AF_LOCAL AF_ROUTE SIGIOT SIGPOLL SIGCLD SIGUNUSED EWOULDBLOCK EDEADLOCK ENOTSUP WSTOPPED SCHED_OTHER
IPPROTO_HOPOPTS MAP_FILE MAP_UNINITIALIZED FASYNC O_FSYNC NETLINK_INET_DIAG SO_GET_FILTER SO_DETACH_BPF
ECANCELLED EREFUSED EREMDEV EFSBADCRC EFSCORRUPTED TIOCINQ SIOCOUTQ SIOCDEVPLIP HDIO_DRIVE_CMD_AEB FD\w+MEDIAPRM
\w+_OLD (BTRFS|EXFAT|F2FS)_IOC\w+ EXT4_IOC_SHUTDOWN VIDIOC_SUBDEV_\w+ VBG_IOCTL_\w+ PHN_NOT_OH FASTRPC_\w+ PMU_IOC_\w+
KVM_ARM_SET_DEVICE_ADDR IOCTL_ISSEI_\w+
""".strip().replace("\n", " ").replace(" ", "|"))
# Of 32-bit ABIs only.
for _offset, _name in enumerate(("F_GETLK64", "F_SETLK64", "F_SETLKW64")):
    GIVEN["fcntl_cmd"] = GIVEN.get("fcntl_cmd", "") + f" {_name}=-,parisc={8 + _offset}" + "".join(
        f",{_abi}={12 + _offset}" for _abi in ("i386", "arm", "ppc", "s390", "sh", "sheb", "m68k")) + "".join(
        f",{_abi}={33 + _offset}" for _abi in ("mips", "mipsel", "mips64n32", "mipsel64n32"))
