/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/*
 * A program at a tracepoint that its own helper passes: each run would run it again.
 */
#include "../../../../bpf/lib/bpf.h"

static long (*const bpf_trace_printk)(const char *format, u32 size) = (void *)6;

static __always_inline int print(void)
{
	char text[] = "shikra test";

	bpf_trace_printk(text, sizeof(text));
	return 0;
}

SEC("tp_btf/bpf_trace_printk")
int printed(void *context)
{
	(void)context;
	return print();
}

SEC("tp_btf/sched_process_exec")
int executed(void *context)
{
	(void)context;
	return print();
}

const char license_name[] SEC("license") = "GPL";
