/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/*
 * A program that every verifier refuses, at the end of a long way.
 */
#include "../../../../bpf/lib/bpf.h"

#define STEPS 4000

SEC("tp_btf/sched_process_exec")
int executed(u64 *context)
{
	for (u32 step = 0; step < STEPS; step++)
		keep(step);
	return context[100];		/* there is no such argument */
}

const char license_name[] SEC("license") = "GPL";
