/* SPDX-License-Identifier: MIT
 *
 * The four functions of libcap that the selftests call: Debian has no libcap for the 32-bit cross
 * compiler. */
#include <linux/capability.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

typedef int cap_value_t;
typedef struct __user_cap_data_struct *cap_t;
enum { CAP_EFFECTIVE };
enum { CAP_CLEAR };

static struct __user_cap_header_struct cap_header = {_LINUX_CAPABILITY_VERSION_3, 0};

static cap_t cap_get_proc(void)
{
    cap_t caps = calloc(_LINUX_CAPABILITY_U32S_3, sizeof *caps);
    if (caps)
        syscall(SYS_capget, &cap_header, caps);
    return caps;
}

static int cap_set_flag(cap_t caps, int flag, int count, const cap_value_t *values, int value)
{
    if (flag != CAP_EFFECTIVE || value != CAP_CLEAR)
        return -1;
    for (int i = 0; i < count; i++)
        caps[values[i] / 32].effective &= ~(1U << values[i] % 32);
    return 0;
}

static int cap_set_proc(cap_t caps)
{
    return (int)syscall(SYS_capset, &cap_header, caps);
}

static int cap_free(void *caps)
{
    free(caps);
    return 0;
}
