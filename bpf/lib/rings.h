/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/*
 * The rings that records go through, and how they are sent.
 *
 * Calls have a ring, those that rules call urgent have one of their own, and so has what processes
 * do to come and go: a flood of calls can push out neither the urgent ones nor who made them.
 * User space takes calls first, then all that the ring of processes holds: whatever led to a call
 * is in it by then.
 */
#ifndef SHIKRA_RINGS_H
#define SHIKRA_RINGS_H

#include "maps.h"

#define RING_BYTES (8 << 20)
#define URGENT_RING_BYTES (2 << 20)
#define PROCESS_RING_BYTES (4 << 20)
#define WAKE_SHARE 16			/* of the ring of processes: more wakes a reader for it alone */
#define IMAGE_SHARE 4			/* of it: kept for what processes execute */

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, RING_BYTES);
} ring SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, URGENT_RING_BYTES);
} urgent_ring SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, PROCESS_RING_BYTES);
} process_ring SEC(".maps");

static __always_inline void record_begin(struct record *record, u16 kind, u64 process)
{
	record->kind = kind;
	record->cpu = bpf_get_smp_processor_id();
	record->time_ns = bpf_ktime_get_boot_ns();
	record->process = process;
}

static __always_inline void send_call(struct record *record, u32 size)
{
	record->size = size;
	if (bpf_ringbuf_output(&ring, record, size, 0))
		lost(LOSS_RING_FULL);
}

/* Where its ring is full, it takes its chance with the others. */
static __always_inline void send_urgent_call(struct record *record, u32 size)
{
	record->size = size;
	if (!bpf_ringbuf_output(&urgent_ring, record, size, 0))
		return;
	if (bpf_ringbuf_output(&ring, record, size, 0))
		lost(LOSS_URGENT_RING_FULL);
}

static __always_inline void send_to_process_ring(struct record *record, u32 size, u64 wake)
{
	record->size = size;
	if (bpf_ringbuf_output(&process_ring, record, size, wake))
		lost(LOSS_PROCESS_RING_FULL);
}

/*
 * What a process does is asked for when it makes a call: nobody is woken for it before. Where the
 * ring is nearly full, what is without an image (who comes and goes) leaves the rest to images: it
 * is what a flood is most easily made of, and what is best done without.
 */
static __always_inline void send_process(struct record *record, u32 size, int is_image)
{
	u64 waiting = bpf_ringbuf_query(&process_ring, BPF_RB_AVAIL_DATA);
	u64 room = bpf_ringbuf_query(&process_ring, BPF_RB_RING_SIZE);

	if (!is_image && waiting > room - room / IMAGE_SHARE) {
		lost(LOSS_PROCESS_RING_FULL);
		return;
	}
	send_to_process_ring(record, size, waiting < room / WAKE_SHARE ? BPF_RB_NO_WAKEUP
								       : BPF_RB_FORCE_WAKEUP);
}

/* A container's metadata is asked for as soon as it is known. */
static __always_inline void send_container(struct record *record, u32 size)
{
	send_to_process_ring(record, size, BPF_RB_FORCE_WAKEUP);
}

#endif
