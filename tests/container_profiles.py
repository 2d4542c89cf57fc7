# SPDX-License-Identifier: MIT
"""Profiles in the form that Docker and Podman translate before runc or crun get it, and the expected outcome for each.

Outcomes: "equal": the tool installs the filter that cordon reads. "refused": both refuse the profile. "ours": the tool
accepts it and cordon refuses it, because a slip changes the profile's meaning. "nothing": the tool starts the container
without any filter, and cordon refuses the profile.
"""
ARCHES = '"architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"]'
LAST = '{"names": ["getpgrp"], "action": "SCMP_ACT_TRAP"}'


def profile(rule, head=ARCHES):
    return f'{{"defaultAction": "SCMP_ACT_ALLOW", {head}, "syscalls": [{rule}, {LAST}]}}'


def acct(more=""):
    return f'{{"names": ["acct"], "action": "SCMP_ACT_ERRNO"{more and ", "}{more}}}'


def arches(entries):
    return profile(acct(), f'"archMap": [{entries}]')


def arch(name, subs):
    return f'{{"architecture": "SCMP_ARCH_{name}", "subArchitectures": {subs}}}'


def args(text):
    return profile(acct(f'"args": [{text}]'))


def conditional(conditions):
    return profile(", ".join(f'{{"names": ["{call}"], "action": "SCMP_ACT_ERRNO", {each}}}'
                             for call, each in zip(CALLS, conditions)))


# Each entry is for a different call.
CONDITIONS = ['"includes": null, "excludes": {"caps": [], "arches": null}',
              '"includes": {"caps": ["CAP_CHOWN", "CAP_SYS_ADMIN"]}', '"excludes": {"caps": ["CAP_CHOWN", "CAP_SYS_ADMIN"]}',
              '"includes": {"caps": ["CAP_CHOWN"], "arches": ["arm64"]}', '"excludes": {"caps": ["CAP_SYS_ADMIN"], "arches": ["amd64"]}',
              '"includes": {"caps": ["CAP_NET_RAW"]}', '"includes": {"caps": ["CAP_SETPCAP"]}, "excludes": {"caps": ["CAP_SETPCAP"]}']
CONDITIONS += [f'"{which}": {{"{key}": ["{name}"]}}' for which in ("includes", "excludes")
               for key, names in (("arches", ("amd64", "x86_64", "x86", "AMD64")), ("caps", ("CAP_CHOWN", "CHOWN", "cap_chown", "CAP_SYS_ADMIN")))
               for name in names]
KERNELS = [f'"{which}": {{"minKernel": "{version}"}}' for which in ("includes", "excludes")
           for version in ("3.0", "99.0", "004.8", "")]
CALLS = ("acct sync times getsid setsid getpriority setpriority swapon swapoff reboot settimeofday adjtimex mlock munlock mlockall "
         "munlockall vhangup ustat sysfs quotactl lookup_dcookie syslog iopl ioperm").split()
X86, X32 = '["SCMP_ARCH_X86"]', '["SCMP_ARCH_X32"]'

# (Docker, Podman, name): the profile
FORMS = {
    ("equal", "equal", "archMap"): arches(arch("AARCH64", '["SCMP_ARCH_ARM"]') + "," + arch("X86_64", X86)),
    ("equal", "equal", "archMap, two entries"): arches(arch("X86_64", X86) + "," + arch("X86_64", X32)),
    ("equal", "equal", "archMap of other machines"): arches(arch("AARCH64", X86)),
    ("equal", "equal", "archMap, no subArchitectures"): arches(arch("X86_64", "null")),
    ("equal", "equal", "archMap that is empty"): arches(""),
    ("refused", "refused", "archMap, unknown"): arches(arch("X86_64", '["SCMP_ARCH_X87"]')),
    ("refused", "refused", "archMap and architectures"): profile(acct(), f'"archMap": [{arch("X86_64", X86)}], {ARCHES}'),
    ("equal", "equal", "errno 0"): profile(acct('"errnoRet": 0')),
    ("equal", "equal", "errno null"): profile(acct('"errnoRet": null')),
    ("equal", "equal", "errno by name"): profile(acct('"errno": "ENOSYS"')),
    ("equal", "equal", "errno by another name"): profile(acct('"errnoRet": 5, "errno": "ENOENT"')),
    ("refused", "refused", "errno too large"): profile(acct('"errnoRet": 4095')),
    ("refused", "refused", "errno of another type"): profile(acct('"errnoRet": "EPERM"')),
    ("equal", "equal", "name"): profile('{"name": "acct", "action": "SCMP_ACT_ERRNO"}'),
    ("refused", "refused", "name and names"): profile(acct('"name": "sync"')),
    ("refused", "equal", "name without letters"): profile('{"names": ["acct", ""], "action": "SCMP_ACT_ERRNO"}'),
    ("equal", "equal", "unknown call and field"): profile('{"names": ["acct", "nosuch"], "action": "SCMP_ACT_LOG", "nmaes": 1}'),
    ("ours", "ours", "names in capitals"): profile('{"Names": ["acct"], "action": "SCMP_ACT_ERRNO"}'),
    ("ours", "ours", "syscalls with a long s"): f'{{"defaultAction": "SCMP_ACT_LOG", "ſyscalls": [{LAST}]}}',
    ("refused", "refused", "unknown action"): profile('{"names": ["acct"], "action": "scmp_act_errno"}'),
    ("refused", "refused", "unknown comparison"): args('{"index": 0, "value": 1, "op": "SCMP_CMP_IN"}'),
    ("refused", "refused", "seventh argument"): args('{"index": 6, "value": 1, "op": "SCMP_CMP_EQ"}'),
    ("refused", "refused", "fraction"): args('{"index": 0, "value": 5.0, "op": "SCMP_CMP_EQ"}'),
    ("ours", "ours", "argument without index"): args('{"value": 1, "op": "SCMP_CMP_EQ"}'),
    ("equal", "equal", "argument without value"): args('{"index": 0, "op": "SCMP_CMP_EQ"}'),
    ("refused", "refused", "argument that is null"): args("null"),
    ("nothing", "nothing", "empty"): "{}",
    ("nothing", "nothing", "a container's config.json"): f'{{"ociVersion": "1.0.2", "linux": {{"seccomp": {profile(acct())}}}}}',
    ("equal", "equal", "default alone"): '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": null}',
    ("equal", "equal", "what holds here"): conditional(CONDITIONS),
    ("equal", "equal", "versions of the kernel"): conditional(KERNELS),
}
# Podman ignores versions, so cordon may refuse these.
FORMS.update({("refused", None, f"kernel '{version}'"): profile(acct(f'"includes": {{"minKernel": "{version}"}}'))
              for version in ("4", "4.8.0", " 4.8", "+4.8", "4.300")})
