/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/*
 * Whether this kernel ends a process before its call returns to it: tried at start, on a process of
 * Shikra's own, and attached for that alone.
 */
#include "kill.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, u32);		/* pid of the process that is to die; 0: none */
} canary SEC(".maps");

SEC("raw_tp/sys_exit")
int canary_returned(u64 *context)
{
	u32 zero = 0;
	u32 *pid = bpf_map_lookup_elem(&canary, &zero);

	(void)context;
	if (pid && *pid && (u32)TASK(current_task()->tgid) == *pid)
		bpf_send_signal(SIGKILL);
	return 0;
}
