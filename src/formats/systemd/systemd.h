/* SPDX-License-Identifier: MIT */
/* systemd.h: the content of a unit about system calls, before it becomes rules. */
#ifndef FORMATS_SYSTEMD_H
#define FORMATS_SYSTEMD_H

#include "flat.h"
#include "unit.h"

/* The verdict of a list on a call. */
struct systemd_entry {
    enum { SYSTEMD_ABSENT, SYSTEMD_LISTED, SYSTEMD_KILL, SYSTEMD_ERRNO } state;
    uint16_t error; /* of ERRNO */
    struct cordon_place place;
};

/* SystemCallFilter=, SystemCallLog=: the first assignment decides whether the list allows or
 * denies. */
struct systemd_list {
    bool exists, allow;
    struct systemd_entry *entries; /* by id */
    struct cordon_place place;
};

#define SYSTEMD_MAX_FAMILIES 64u

/* Directives that are on or off: name, whether systemd makes a filter of it, the calls it denies
 * (NULL: see rules.c). In systemd's own order. */
#define SYSTEMD_SWITCHES(X)                                                                        \
    X(MDWX, "MemoryDenyWriteExecute", NULL)                                                        \
    X(REALTIME, "RestrictRealtime", NULL)                                                          \
    X(SUID_SGID, "RestrictSUIDSGID", NULL)                                                         \
    X(HOSTNAME, "ProtectHostname", "sethostname setdomainname")                                    \
    X(TUNABLES, "ProtectKernelTunables", "_sysctl")                                                \
    X(MODULES, "ProtectKernelModules", "@module")                                                  \
    X(LOGS, "ProtectKernelLogs", "syslog")                                                         \
    X(CLOCK, "ProtectClock", "@clock")                                                             \
    X(DEVICES, "PrivateDevices", "@raw-io")                                                        \
    X(PERSONALITY, "LockPersonality", NULL)                                                        \
    X(DYNAMIC_USER, "DynamicUser", NULL)

#define SYSTEMD_SWITCH_ENUM(id, key, calls) SYSTEMD_##id,
enum { SYSTEMD_SWITCHES(SYSTEMD_SWITCH_ENUM) SYSTEMD_SWITCH_COUNT };
#undef SYSTEMD_SWITCH_ENUM

struct systemd_switch {
    bool on;
    struct cordon_place place;
};

struct systemd {
    struct cordon_tree *tree;
    enum cordon_like like; /* the version whose sets count */
    struct systemd_list filter, log;
    uint16_t error; /* SystemCallErrorNumber=; 0: kill */
    uint32_t archs; /* bit per ABI; 0: not restricted */
    struct cordon_place archs_place;
    uint64_t families; /* bit per address family */
    bool has_families, families_allow;
    struct cordon_place families_place;
    uint32_t retained; /* RestrictNamespaces=: the CLONE_NEW… flags that stay allowed */
    bool has_namespaces;
    struct cordon_place namespaces_place;
    struct systemd_switch switches[SYSTEMD_SWITCH_COUNT];
    uint32_t personality;
};

/* The kinds of namespaces. Where one is denied, `time` is denied, too; it isn't part of "all". */
#define SYSTEMD_NAMESPACES      UINT32_C(0x7e020000)
#define SYSTEMD_NAMESPACE_TIME  UINT32_C(0x00000080)
#define SYSTEMD_NAMESPACE_KINDS 8
struct systemd_namespace {
    const char *name;
    uint32_t flag;
};
extern const struct systemd_namespace systemd_namespaces[SYSTEMD_NAMESPACE_KINDS];
extern const char *const systemd_switch_keys[SYSTEMD_SWITCH_COUNT];

/* The ABIs for which systemd makes filters on a machine. */
uint32_t systemd_local_abis(const struct cordon_abi *native);
/* Memory for the members of a set. */
#define SYSTEMD_SET_MAX 1024u /* more calls than cordon's tables have */
struct systemd_set {
    uint16_t ids[SYSTEMD_SET_MAX];
    uint32_t count;
};
/* The set of that name, with the @, in the version that `like` names; false: systemd has no such
 * set. sets.c */
bool systemd_group(enum cordon_like like, const char *name, uint32_t length,
                   struct systemd_set *set, struct cordon_group *group);
/* The same in no version: with the calls that are newer than any. */
bool systemd_newest_group(const char *name, uint32_t length, struct cordon_group *group);
/* systemd's name of an ABI, or NULL. */
const char *systemd_arch_name(enum cordon_abi_id abi);

/* parse.c: parses the assignments of the text that `tree` has as its own. */
void systemd_parse(struct systemd *systemd, struct cordon_tree *tree,
                   const struct cordon_format_options *options);
/* rules.c: adds the rules to the tree. */
void systemd_rules(struct systemd *systemd);

#endif
