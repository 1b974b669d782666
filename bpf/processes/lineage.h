/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/*
 * Which container a new image belongs to, and how it came there.
 *
 * A process that is in a container stays there, whatever it does. One that isn't, and has another
 * mount namespace than the host's, either starts a container (its first process) or has entered
 * one. It is first if a container runtime made it, or if its cgroup is named as runtimes name a
 * container's, and no container of that cgroup is known yet.
 *
 * Limits. Being made by a runtime is inherited from an image whose name stands in the map
 * "runtimes" and survives its re-execution (the same file, or a file without a name: runc runs
 * from a memfd), but no other image, so a network plug-in or a hook on the host creates no
 * container; a hook that the runtime runs inside the new mount namespace (createContainer,
 * startContainer) would be taken for the first process. A container that shares the host's mount
 * namespace isn't seen. Who joins a container's pid namespace alone hasn't entered it: containers of
 * one pod may share that. A container inside a container belongs to the outer one.
 */
#ifndef SHIKRA_LINEAGE_H
#define SHIKRA_LINEAGE_H

#include "../lib/process.h"
#include "../lib/scratch.h"

#define CONTAINER_ID_SIZE 64		/* hexadecimal digits, as runtimes name cgroups */
#define SCOPE_SIZE 6			/* ".scope", appended by systemd's driver */

/*
 * The next two are functions of their own to the verifier, which looks at each once; their
 * argument is a number, so all else stands in the scratch.
 */

/* Whether the cgroup's name ends in a container's id. The name is put where paths are built. */
__noinline int is_container_name(u32 owner)
{
	struct scratch *scratch = bpf_map_lookup_elem(&scratches, &owner);
	char *name;
	long size;
	u32 end;

	if (!scratch)
		return 0;
	name = (char *)scratch->path;
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

static __always_inline int is_runtime_name(struct process_state *state)
{
	struct comm name;

	__builtin_memcpy(name.text, state->comm, COMM_SIZE);
	return bpf_map_lookup_elem(&runtimes, &name) != NULL;
}

/* Whether the image that follows on a runtime's is the runtime again. */
static __always_inline int is_same_program(struct change *change, struct file *exe)
{
	return exe->f_inode->i_nlink == 0 ||
	       (change->before.exe_inode == change->now.exe_inode &&
		change->before.exe_device == change->now.exe_device);
}

static __always_inline void container_enter(struct process_state *now, u64 key)
{
	now->container = key;
	now->flags &= ~(PROCESS_RUNTIME | PROCESS_INFERRED);	/* this was seen */
	now->flags |= PROCESS_ENTERED;
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
		.first_pid = now->pid,
		.mount_namespace = change->mount_namespace,
		.pid_namespace = change->pid_namespace,
	};

	if (bpf_map_update_elem(&containers, &change->key, &state, BPF_ANY) ||
	    bpf_map_update_elem(&mount_namespaces, &change->mount_namespace, &change->key, BPF_ANY))
		lost(LOSS_CONTAINERS_FULL);
	now->container = change->key;
	now->flags &= ~(PROCESS_RUNTIME | PROCESS_INFERRED);	/* this was seen */
	now->flags |= PROCESS_IS_FIRST | PROCESS_IN_INIT_TREE;

	__builtin_memset(record, 0, sizeof(*record));
	record_begin(&record->head, RECORD_CONTAINER, now->id);
	record->container = change->key;
	record->pid = now->pid;
	record->mount_namespace = change->mount_namespace;
	record->pid_namespace = change->pid_namespace;
	scratch->used = sizeof(*record);
	text_kernel(scratch, &record->cgroup_name, cgroup_name(cgroup));
	if (parent)
		text_kernel(scratch, &record->cgroup_parent_name, cgroup_name(parent));
	scratch_send(scratch);
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
		container_start(scratch);
		return;
	}
	by_mounts = bpf_map_lookup_elem(&mount_namespaces, &change->mount_namespace);
	if (by_mounts)
		container_enter(now, *by_mounts);
}

/* Compare with the first process's executable; if this is the first, its new one counts. */
static __always_inline void exe_compare(struct process_state *now)
{
	struct container_state *container = bpf_map_lookup_elem(&containers, &now->container);

	now->flags &= ~PROCESS_EXE_IS_INIT;
	if (!container)
		return;
	if (now->flags & PROCESS_IS_FIRST) {
		container->first_process = now->id;
		container->exe_device = now->exe_device;
		container->exe_inode = now->exe_inode;
	}
	if (container->exe_inode == now->exe_inode && container->exe_device == now->exe_device)
		now->flags |= PROCESS_EXE_IS_INIT;
}

/* Where a call happens, and whether its process runs the first one's executable by now. */
static __always_inline void locate_call(struct call_record *record, struct process_state *process,
					u32 mount_namespace, struct settings *settings)
{
	u64 key = process->container;
	u32 flags = process->flags;
	struct container_state *container;

	/* In a container's mount namespace without an exec there: true of this call, not for good. */
	if (!key && !(flags & (PROCESS_RUNTIME | PROCESS_UNCLASSIFIED)) &&
	    mount_namespace != settings->host_mount_namespace) {
		u64 *by_mounts = bpf_map_lookup_elem(&mount_namespaces, &mount_namespace);

		if (by_mounts) {
			key = *by_mounts;
			flags |= PROCESS_ENTERED;
		}
	}
	container = bpf_map_lookup_elem(&containers, &key);
	if (container) {	/* its first process may have executed another file meanwhile */
		flags &= ~PROCESS_EXE_IS_INIT;
		if (container->exe_inode == process->exe_inode &&
		    container->exe_device == process->exe_device)
			flags |= PROCESS_EXE_IS_INIT;
	}
	record->container = key;
	record->process_flags = flags;
}

/* Set container and flags of a process that executed a new image. */
static __noinline void classify(struct scratch *scratch, struct file *exe)
{
	struct change *change = &scratch->change;
	struct process_state *now = &change->now;

	if (!now->container) {
		if (change->is_host) {
			now->flags &= ~PROCESS_UNCLASSIFIED;
			if (is_runtime_name(now))
				now->flags |= PROCESS_RUNTIME;
			else if (!is_same_program(change, exe))
				now->flags &= ~PROCESS_RUNTIME;
		}
		if (!(now->flags & PROCESS_UNCLASSIFIED))
			container_find(scratch);
	}
	if (now->container)
		exe_compare(now);
}

#endif
