/* SPDX-License-Identifier: MIT */
/* lxc.h: LXC's profiles: what their reader and their writer share. */
#ifndef FORMATS_LXC_H
#define FORMATS_LXC_H

#include "cordon/abi.h"

/* The ABIs that LXC applies a profile of version 2 to on a machine, as bits. */
uint32_t lxc_abis(const struct cordon_abi *host);
/* "errno" for a return value without its data; NULL: LXC has no such action. */
const char *lxc_action_name(uint32_t action);

#endif
