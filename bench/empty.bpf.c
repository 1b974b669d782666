/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/*
 * The least that watching every system call can cost: a program that does nothing.
 */
#include "../bpf/lib/bpf.h"

SEC("tp_btf/sys_exit")
int call_returned(u64 *context)
{
	(void)context;
	return 0;
}

const char license_name[] SEC("license") = "GPL";
