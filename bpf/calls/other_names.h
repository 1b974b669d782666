/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/*
 * Whether a file of a container goes by other names than the one that was walked.
 *
 * The walk names a file as the mount namespace has it in which it was opened. That is the name
 * that the container's first process knows only if the file's mount is in its namespace, and
 * nothing was mounted, moved or unmounted there since it started: the kernel counts each such
 * change. Where it isn't so, the path within the file system is told, which no mount changes, and
 * user space finds the names.
 */
#ifndef SHIKRA_OTHER_NAMES_H
#define SHIKRA_OTHER_NAMES_H

#include "call.h"

/* Whether the file's mount is one of those that the first process has, all as it found them. */
static __always_inline int mounts_are_as_first(struct container_state *container, struct file *file)
{
	struct mount *mount = mount_of(LOAD(file->f_path.mnt));
	u64 namespace = (u64)LOAD(mount->mnt_ns);
	struct mnt_namespace *mounts;

	if (!namespace)			/* attached nowhere */
		return 0;
	mounts = CAST(struct mnt_namespace, namespace);
	return LOAD(mounts->ns.inum) == container->mount_namespace &&
	       LOAD(mounts->event) == container->mount_event;
}

static __noinline void other_names(struct scratch *scratch, struct file *file)
{
	struct call_record *record = call_of(scratch);
	struct container_state *container;

	if (!record->container)
		return;
	container = bpf_map_lookup_elem(&containers, &record->container);
	if (!container || mounts_are_as_first(container, file))
		return;
	record->flags |= CALL_OTHER_NAMES;
	text_path(scratch, &record->inner, LOAD(file->f_path.dentry), NULL);
}

#endif
