/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/*
 * Finding the container that a process came into, or started.
 *
 * The process is the one in the scratch: its state, its cgroup, its namespaces. See lineage.h for
 * what counts as which.
 */
#ifndef SHIKRA_CONTAINER_H
#define SHIKRA_CONTAINER_H

#include "../lib/scratch.h"
#include "../lib/task.h"
#include "relations.h"

#define CONTAINER_ID_SIZE 64		/* hexadecimal digits, as runtimes name cgroups */
#define SCOPE_SIZE 6			/* ".scope", appended by systemd's driver */

/*
 * The next two are functions of their own to the verifier, which looks at each once; their
 * argument is a number, so all else stands in the scratch.
 */

/* Whether the cgroup's name ends in a container's id. */
__noinline int is_container_name(u32 owner)
{
	struct scratch *scratch = bpf_map_lookup_elem(&scratches, &owner);
	char *name;
	long size;
	u32 end;

	if (!scratch)
		return 0;
	name = (char *)scratch->name;
	size = bpf_probe_read_kernel_str(name, NAME_MAX + 1,
					 cgroup_name(CAST(struct cgroup, scratch->change.cgroup)));
	if (size <= CONTAINER_ID_SIZE)
		return 0;
	end = size - 1;
	if (name[(end - 1) & NAME_MAX] == 'e' && name[(end - SCOPE_SIZE) & NAME_MAX] == '.')
		end -= SCOPE_SIZE;
	if (end < CONTAINER_ID_SIZE)
		return 0;
	for (u32 i = 1; i <= CONTAINER_ID_SIZE; i++) {
		u8 digit = name[(end - i) & NAME_MAX];

		if ((u8)(digit - '0') >= 10 && (u8)(digit - 'a') >= 6)
			return 0;
	}
	return 1;
}

/* The known container whose cgroup this is, or is nearest above; 0 if there is none. */
__noinline u64 container_around(u32 owner)
{
	struct scratch *scratch = bpf_map_lookup_elem(&scratches, &owner);
	u64 cgroup = scratch ? (u64)scratch->change.cgroup : 0;

	for (u32 i = 0; i <= MAX_CGROUP_ANCESTORS && cgroup; i++) {
		u64 key = cgroup_id(CAST(struct cgroup, cgroup));

		if (bpf_map_lookup_elem(&containers, &key))
			return key;
		cgroup = (u64)cgroup_parent(CAST(struct cgroup, cgroup));
	}
	return 0;
}

static __always_inline void container_enter(struct process_state *now, u64 key)
{
	now->container = key;
	now->flags &= ~(PROCESS_RUNTIME | PROCESS_INFERRED);	/* this was seen */
	now->flags |= PROCESS_ENTERED;
	related_clear(&now->related[RELATION_LINEAGE]);
}

static __noinline void container_start(struct scratch *scratch)
{
	struct container_record *record = (struct container_record *)scratch->record;
	struct change *change = &scratch->change;
	struct process_state *now = &change->now;
	struct cgroup *cgroup = CAST(struct cgroup, change->cgroup);
	struct cgroup *parent = cgroup_parent(cgroup);
	struct container_state state = {
		.first_process = now->id,
		.exe_device = now->exe_device,
		.exe_inode = now->exe_inode,
		.mount_event = change->mount_event,
		.first_pid = now->pid,
		.mount_namespace = change->mount_namespace,
		.pid_namespace = change->pid_namespace,
	};

	now->container = change->key;
	now->flags &= ~(PROCESS_RUNTIME | PROCESS_INFERRED);	/* this was seen */
	now->flags |= PROCESS_IS_FIRST | PROCESS_IN_INIT_TREE;
	related_clear(&now->related[RELATION_LINEAGE]);
	if (change->is_asked)
		return;
	if (bpf_map_update_elem(&containers, &change->key, &state, BPF_ANY) ||
	    bpf_map_update_elem(&mount_namespaces, &change->mount_namespace, &change->key, BPF_ANY))
		lost(LOSS_CONTAINERS_FULL);

	__builtin_memset(record, 0, sizeof(*record));
	record_begin(&record->head, RECORD_CONTAINER, now->id);
	record->container = change->key;
	record->pid = now->pid;
	record->mount_event = change->mount_event;
	record->mount_namespace = change->mount_namespace;
	record->pid_namespace = change->pid_namespace;
	scratch->used = sizeof(*record);
	text_kernel(scratch, &record->cgroup_name, cgroup_name(cgroup));
	if (parent)
		text_kernel(scratch, &record->cgroup_parent_name, cgroup_name(parent));
	send_container(scratch_record(scratch), scratch_size(scratch));
}

/* For a process that is in no container. */
static __always_inline void container_find(struct scratch *scratch)
{
	struct change *change = &scratch->change;
	struct process_state *now = &change->now;
	u64 key = container_around(scratch->owner);
	u64 *by_mounts;

	if (key && !(change->is_host && now->flags & PROCESS_RUNTIME)) {
		container_enter(now, key);
		return;
	}
	if (change->is_host || !change->key)
		return;
	if (now->flags & PROCESS_RUNTIME || is_container_name(scratch->owner)) {
		if (!change->has_company) {
			container_start(scratch);
			return;
		}
		container_enter(now, change->key);
		now->flags |= PROCESS_INFERRED;
		return;
	}
	by_mounts = bpf_map_lookup_elem(&mount_namespaces, &change->mount_namespace);
	if (by_mounts)
		container_enter(now, *by_mounts);
}

#endif
