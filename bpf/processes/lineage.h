/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/*
 * Which container a new image belongs to, and how it came there.
 *
 * A process that is in a container stays there, whatever it does. One that isn't, and has another
 * mount namespace than the host's, either starts a container (its first process) or has entered
 * one. It is first if a container runtime made it, or if its cgroup is named as runtimes name a
 * container's, and no container of that cgroup is known yet. Who finds others there and began no pid
 * namespace has entered one that is older than the sensor and wasn't found: that is inferred.
 *
 * Limits. Being made by a runtime is inherited from an image whose name stands in the map
 * "runtimes" and survives its re-execution (the same file, or a file without a name: runc runs
 * from a memfd), but no other image, so a network plug-in or a hook on the host creates no
 * container. A hook that the runtime runs inside the new mount namespace (createContainer,
 * startContainer) has entered a container that isn't there yet, and so has what it leaves running.
 * User space compares with the runtime's own pid. A container that shares the host's mount namespace isn't seen. Who joins a container's pid
 * namespace alone hasn't entered it: containers of one pod may share that. A container inside a
 * container belongs to the outer one.
 */
#ifndef SHIKRA_LINEAGE_H
#define SHIKRA_LINEAGE_H

#include "../lib/process.h"
#include "../rules/evaluation.h"
#include "container.h"

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
	       (change->exe_inode == change->now.exe_inode &&
		change->exe_device == change->now.exe_device);
}

/* Compare with the first process's executable; if this is the first, its new one counts. */
static __always_inline void exe_compare(struct process_state *now, int is_asked)
{
	struct container_state *container = bpf_map_lookup_elem(&containers, &now->container);

	now->flags &= ~PROCESS_EXE_IS_INIT;
	if (now->flags & PROCESS_IS_FIRST)
		now->flags |= PROCESS_EXE_IS_INIT;
	if (!container)
		return;
	if (now->flags & PROCESS_IS_FIRST && !is_asked) {
		struct active *active = active_now();

		if (active)	/* what others compare with is another file now */
			count_up(&active->epoch_seen);
		container->first_process = now->id;
		container->exe_device = now->exe_device;
		container->exe_inode = now->exe_inode;
	}
	if (container->exe_inode == now->exe_inode && container->exe_device == now->exe_device)
		now->flags |= PROCESS_EXE_IS_INIT;
}

/*
 * Where a call happens. It is where its process is, but in a process whose threads are in several
 * mount namespaces: there it is true of this call, not for good.
 */
static __always_inline void locate_call(struct call_record *record, struct process_state *process,
					struct task_struct *task)
{
	record->container = process->container;
	record->process_flags = process->flags;
	if (process->flags & PROCESS_APART && !process->container) {
		u32 mounts = mount_namespace_of(task);
		u64 *by_mounts = bpf_map_lookup_elem(&mount_namespaces, &mounts);

		if (by_mounts) {
			record->container = *by_mounts;
			record->process_flags |= PROCESS_ENTERED;
		}
	}
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
		exe_compare(now, change->is_asked);
}

#endif
