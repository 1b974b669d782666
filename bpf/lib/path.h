/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/*
 * The path of a file, walked from its directory entry up to the root of the mount namespace.
 *
 * It doesn't stop at the process's root, so a chroot hides nothing. A mount that is attached nowhere
 * (open_tree, a lazy unmount) is left by its file system's root. A rename on the way moves the
 * entries' sequence counts, which are summed while walking and again afterwards: a walk that was
 * torn is repeated once. All state lies in map memory, or the verifier would follow every path.
 *
 * Without a mount the walk stays in the file system, and ends at its root.
 */
#ifndef SHIKRA_PATH_H
#define SHIKRA_PATH_H

#include "scratch.h"

enum walk_result { WALK_ON, WALK_DONE, WALK_CUT, WALK_TORN };

/*
 * Whether the file is of the kernel's own making (pipe, memfd, socket), which has a name but no
 * path. One that is mounted somewhere (a namespace) has. It is what d_path() asks.
 */
static __always_inline int is_anonymous(struct file *file)
{
	struct dentry *dentry = CAST(struct dentry, LOAD(file->f_path.dentry));
	struct dentry_operations *operations = LOAD(dentry->d_op);
	struct vfsmount *mount;

	if (!operations || !LOAD(operations->d_dname))
		return 0;
	mount = LOAD(file->f_path.mnt);
	return LOAD(dentry->d_parent) != dentry || LOAD(mount->mnt_root) != dentry;
}

static __always_inline struct mount *mount_of(struct vfsmount *mount)
{
	return CAST(struct mount, (u64)mount - field_offset(struct mount, mnt));
}

static __always_inline void walk_enter(struct walk *walk, struct mount *mount)
{
	walk->mount = mount;
	walk->mount_root = LOAD(mount->mnt.mnt_root);
}

static __always_inline u32 sequence_of(struct dentry *dentry)
{
	u32 sequence = 0;

	if (has_casts())
		sequence = dentry->d_seq.sequence;
	else
		bpf_probe_read_kernel(&sequence, sizeof(sequence), &dentry->d_seq);
	in_order();
	return sequence;
}

/* Write one name in front of what is there. */
static __always_inline enum walk_result walk_name(struct scratch *scratch, struct dentry *dentry)
{
	struct walk *walk = &scratch->walk;
	u32 length = LOAD(dentry->d_name.len) & NAME_MAX;
	u32 position = walk->position;

	if (walk->components >= MAX_COMPONENTS || position < length + 1)
		return WALK_CUT;
	position -= length + 1;
	walk->position = position;
	keep(position);
	position &= PATH_MAX - 1;
	scratch->path[position] = '/';
	bpf_probe_read_kernel(scratch->path + position + 1, length, LOAD(dentry->d_name.name));
	return WALK_ON;
}

/* One directory entry, or one mount point, towards the root. */
static __always_inline enum walk_result walk_step(struct scratch *scratch)
{
	struct walk *walk = &scratch->walk;
	struct dentry *dentry = CAST(struct dentry, walk->dentry);
	struct dentry *parent;
	u32 sequence;

	if (walk->dentry == walk->mount_root) {
		struct mount *mount = CAST(struct mount, walk->mount);
		struct mount *below = LOAD(mount->mnt_parent);

		if (below != walk->mount) {
			walk->dentry = LOAD(mount->mnt_mountpoint);
			walk_enter(walk, below);
			return WALK_ON;
		}
	}
	sequence = sequence_of(dentry);
	parent = LOAD(dentry->d_parent);
	if (parent == walk->dentry || !parent)
		return WALK_DONE;
	if (walk_name(scratch, dentry) != WALK_ON)
		return WALK_CUT;
	walk->chain[walk->components & (CHAIN_ROOM - 1)] = walk->dentry;
	walk->components += 1;
	walk->sequences += sequence;
	walk->is_moving |= sequence & 1;
	walk->dentry = parent;
	return WALK_ON;
}

/* Whether something on the way was renamed since it was read. */
static __always_inline int walk_is_torn(struct walk *walk)
{
	u32 sum = 0;

	for (u32 i = 0; i < MAX_COMPONENTS; i++) {
		if (i >= walk->components)
			break;
		sum += sequence_of(CAST(struct dentry, walk->chain[i]));
	}
	return walk->is_moving || sum != walk->sequences;
}

/*
 * From the walk's first entry up. A function of its own to the verifier, which looks at it once
 * and not at every call; its argument is a number, so all else stands in the scratch.
 */
__noinline int walk_once(u32 owner)
{
	struct scratch *scratch = bpf_map_lookup_elem(&scratches, &owner);
	enum walk_result result = WALK_CUT;
	struct walk *walk;

	if (!scratch)
		return WALK_CUT;
	walk = &scratch->walk;
	walk->dentry = walk->first;
	walk->position = PATH_MAX;
	walk->components = 0;
	walk->sequences = 0;
	walk->is_moving = 0;
	walk->mount_root = NULL;
	if (walk->first_mount)
		walk_enter(walk, mount_of(walk->first_mount));
	for (u32 i = 0; i < MAX_COMPONENTS + MAX_MOUNTS; i++) {
		result = walk_step(scratch);
		if (result != WALK_ON)
			break;
	}
	in_order();
	if (walk_is_torn(walk))
		return WALK_TORN;
	return result == WALK_DONE ? WALK_DONE : WALK_CUT;
}

/* Append the path. What isn't WALK_DONE has been counted as lost. */
static __noinline int text_path(struct scratch *scratch, struct text *text, struct dentry *dentry,
				struct vfsmount *mount)
{
	u32 length, position;
	int result;

	scratch->walk.first = dentry;
	scratch->walk.first_mount = mount;
	result = walk_once(scratch->owner);
	if (result == WALK_TORN)
		result = walk_once(scratch->owner);
	if (result == WALK_TORN) {
		lost(LOSS_PATH_TORN);
		return WALK_TORN;
	}
	if (result == WALK_CUT)
		lost(LOSS_PATH_CUT);
	position = scratch->walk.position;
	if (position >= PATH_MAX) {		/* the root itself */
		position = PATH_MAX - 1;
		scratch->path[position] = '/';
	}
	length = PATH_MAX - position;
	keep(length);
	if (length > PATH_MAX)
		return WALK_CUT;
	bpf_probe_read_kernel(text_place(scratch), length, scratch->path + position);
	text_keep(scratch, text, length);
	return result;
}

#endif
