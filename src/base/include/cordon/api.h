/* SPDX-License-Identifier: MIT */
/*
 * api.h: every public header declares between CORDON_BEGIN and CORDON_END: visible outside of the
 * library, and with C linkage for C++.
 */
#ifndef CORDON_API_H
#define CORDON_API_H

#ifdef __cplusplus
#define CORDON_BEGIN                                                                               \
    _Pragma("GCC visibility push(default)") extern "C"                                             \
    {
#define CORDON_END                                                                                 \
    }                                                                                              \
    _Pragma("GCC visibility pop")
#else
#define CORDON_BEGIN _Pragma("GCC visibility push(default)")
#define CORDON_END   _Pragma("GCC visibility pop")
#endif

#endif
