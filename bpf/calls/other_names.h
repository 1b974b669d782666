/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/*
 * Whether a file of a container goes by other names than the one that was walked.
 *
 * The walk names a file as the mount namespace has it in which it was opened. That is a name that
 * the container's first process knows if the file's mount is in its namespace; it is the one that
 * it began with if nothing was mounted, moved or unmounted there since: the kernel counts each such
 * change. Where it isn't so, the path within the file system is told, which no mount changes, and
 * user space finds the names.
 *
 * A file system that the first process has at one place, and as a whole, names its files itself: by
 * that place and the path within. No mount changes that, in whatever namespace it is made.
 *
 * A file that rules name is known by its inode too, so a hard link to it, or the file moved, is
 * found. Most files are passed by one bit of their container. Where a directory may have been
 * renamed, the inodes of those above the file are told as well.
 */
#ifndef SHIKRA_OTHER_NAMES_H
#define SHIKRA_OTHER_NAMES_H

#include "files.h"

#define INODE_SPREAD 0x9e3779b97f4a7c15		/* 2^64 over the golden ratio */
#define INODE_BITS_LOG2 8			/* of INODE_WORDS words */

/* The bit of an inode among those of its container. */
static __always_inline u32 inode_bit(u64 inode)
{
	return inode * INODE_SPREAD >> (64 - INODE_BITS_LOG2);
}

/* What follows from the file's mount: nothing, if it and all others are as the first process has them. */
static __always_inline u32 flags_of_mount(struct container_state *container, struct file *file)
{
	struct mount *mount = mount_of(LOAD(file->f_path.mnt));
	u64 namespace = (u64)LOAD(mount->mnt_ns);
	struct mnt_namespace *mounts;

	if (!namespace)			/* attached nowhere */
		return CALL_OTHER_NAMES | CALL_OTHER_MOUNTS;
	mounts = CAST(struct mnt_namespace, namespace);
	if (LOAD(mounts->ns.inum) != container->mount_namespace)
		return CALL_OTHER_NAMES | CALL_OTHER_MOUNTS;
	return LOAD(mounts->event) != container->mount_event ? CALL_OTHER_NAMES : 0;
}

/* Whether it is a file that rules name, whatever it is called now. */
static __always_inline int is_known(struct container_state *container, struct call_record *record)
{
	u32 bit = inode_bit(record->inode);
	struct known_file key = {
		.container = record->container,
		.device = record->device,
		.inode = record->inode,
	};

	if (!(container->inodes[bit / 64] >> (bit % 64) & 1))
		return 0;
	return bpf_map_lookup_elem(&known_files, &key) != NULL;
}

/* Append the file's path; without a mount, the one within its file system. */
static __always_inline void text_of_file(struct scratch *scratch, struct text *text, struct file *file,
				    struct vfsmount *mount)
{
	struct call_record *record = call_of(scratch);
	int result = text_path(scratch, text, LOAD(file->f_path.dentry), mount);

	if (result == WALK_CUT)
		record->flags |= CALL_REAL_CUT;
	else if (result == WALK_TORN)
		record->flags |= CALL_REAL_UNKNOWN;
}

/*
 * Append the inodes of what the walk came through, the file's first, the file system's root last.
 * A function of its own to the verifier.
 */
__noinline int text_inodes(u32 owner)
{
	struct scratch *scratch = bpf_map_lookup_elem(&scratches, &owner);
	struct walk *walk;
	u32 at, count;

	if (!scratch)
		return 0;
	walk = &scratch->walk;
	at = scratch->used;
	count = walk->components;
	walk->chain[count & (CHAIN_ROOM - 1)] = walk->dentry;
	for (u32 i = 0; i <= MAX_COMPONENTS; i++) {
		struct dentry *dentry = CAST(struct dentry, walk->chain[i & (CHAIN_ROOM - 1)]);
		struct inode *inode = LOAD(dentry->d_inode);
		u64 number = LOAD(inode->i_ino);

		if (i > count)
			break;
		keep(at);
		*(u64 *)(scratch->record + (at & (RECORD_ROOM - 1))) = number;
		at += sizeof(number);
	}
	text_keep(scratch, &call_of(scratch)->inodes, at - scratch->used);
	return 0;
}

/*
 * The root that an absolute name starts from, where the caller has changed its own (chroot). Told
 * where no file is left to tell the true name. Whether it is another is asked of its path: a root
 * that is mounted over the first one of its namespace, as most are, is called "/" too.
 */
static __noinline void text_root(struct scratch *scratch, struct task_struct *task)
{
	struct call_record *record = call_of(scratch);
	struct fs_struct *where = TASK(task->fs);
	struct dentry *root = TASK(where->root.dentry);
	struct vfsmount *mounted = TASK(where->root.mnt);
	struct mount *mount = mount_of(mounted);

	if (!record->container)
		return;
	if (LOAD(mount->mnt_parent) == mount && LOAD(mount->mnt.mnt_root) == root)
		return;
	if (text_path(scratch, &record->root, root, mounted) == WALK_DONE &&
	    record->root.length == 1)
		__builtin_memset(&record->root, 0, sizeof(record->root));
	else
		record->flags |= CALL_OTHER_NAMES;
}

/*
 * Name the file by the place of its file system, if it has one; returns whether it has. A function
 * of its own to the verifier.
 */
__noinline int name_by_volume(u32 owner)
{
	struct scratch *scratch = bpf_map_lookup_elem(&scratches, &owner);
	struct volume_key key = {};
	struct call_record *record;
	struct volume *volume;
	u32 place, path, behind;

	if (!scratch)
		return 0;
	record = call_of(scratch);
	key.container = record->container;
	key.device = record->device;
	volume = bpf_map_lookup_elem(&volumes, &key);
	if (!volume || !record->inner.offset)
		return 0;
	place = volume->length;
	path = record->inner.length > 1 ? record->inner.length : 0;	/* its own root is the place */
	behind = scratch->used + place;
	keep(place);
	keep(path);
	keep(behind);
	if (place >= PLACE_SIZE || path >= PATH_MAX - PLACE_SIZE || behind >= RECORD_ROOM)
		return 0;
	bpf_probe_read_kernel(text_place(scratch), place, volume->place);
	bpf_probe_read_kernel(scratch->record + behind, path,
			      scratch->record + (record->inner.offset & (RECORD_ROOM - 1)));
	text_keep(scratch, &record->real, place + path);
	return 1;
}

static __always_inline void other_names(struct scratch *scratch, struct file *file)
{
	struct call_record *record = call_of(scratch);
	struct container_state *container;

	if (!record->container)
		return;
	container = bpf_map_lookup_elem(&containers, &record->container);
	if (!container)
		return;
	record->flags |= flags_of_mount(container, file);
	if (container->renames != container->settled)
		record->flags |= CALL_OTHER_NAMES;
	if (record->flags & CALL_OTHER_NAMES) {
		text_of_file(scratch, &record->inner, file, NULL);
		text_inodes(scratch->owner);
		if (name_by_volume(scratch->owner))
			record->flags &= ~CALL_OTHER_MOUNTS;
	} else if ((record->file_mode & S_IFMT) != S_IFDIR && is_known(container, record)) {
		record->flags |= CALL_OTHER_NAMES;
	}
}

#endif
