/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/*
 * The registers of the machine that the object is built for.
 */
#ifndef SHIKRA_REGISTERS_H
#define SHIKRA_REGISTERS_H

#if defined(MACHINE_X86_64)
#include "registers_x86.h"
#elif defined(MACHINE_AARCH64)
#include "registers_arm64.h"
#else
#error "no registers are known of this machine"
#endif

#endif
