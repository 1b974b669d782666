/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/*
 * The path of a file, walked from its directory entry up to the root of the mount namespace.
 *
 * It doesn't stop at the process's root, so a chroot hides nothing. A mount that is attached nowhere
 * (open_tree, a lazy unmount) is left by its file system's root. A rename on the way moves the
 * entries' sequence counts, which are summed on the way up and again on the way down, where the
 * names are written: a walk that was torn is repeated once. All state lies in map memory, or the
 * verifier would follow every path.
 *
 * Without a mount the walk stays in the file system, and ends at its root.
 */
#ifndef SHIKRA_PATH_H
#define SHIKRA_PATH_H

#include "scratch.h"

#define NAME_WORDS 5			/* as many bytes as the kernel keeps within an entry */

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

/* One directory entry, or one mount point, towards the root. */
static __always_inline enum walk_result walk_step(struct scratch *scratch)
{
	struct walk *walk = &scratch->walk;
	struct dentry *dentry = CAST(struct dentry, walk->dentry);
	struct dentry *parent;
	u32 sequence, length;

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
	length = walk->length + (LOAD(dentry->d_name.len) & NAME_MAX) + 1;
	if (walk->components >= MAX_COMPONENTS || length > PATH_MAX)
		return WALK_CUT;
	walk->length = length;
	walk->chain[walk->components & (CHAIN_ROOM - 1)] = walk->dentry;
	walk->components += 1;
	walk->sequences += sequence;
	walk->is_moving |= sequence & 1;
	walk->dentry = parent;
	return WALK_ON;
}

/* A name, as most are: read without a call, and a few bytes more than it has. */
static __always_inline void name_copy(u8 *to, const char *name, u32 length)
{
	void *from = CAST(struct pt_regs, name);	/* words without end, to the verifier */

	if (!has_casts() || length > NAME_WORDS * sizeof(u64)) {
		bpf_probe_read_kernel(to, length, name);
		return;
	}
	for (u32 i = 0; i < NAME_WORDS; i++) {
		if (i * sizeof(u64) >= length)
			break;
		*(u64 *)(to + i * sizeof(u64)) = *(u64 *)(from + i * sizeof(u64));
	}
}

/* Write the names of the way back, behind the record's texts. */
static __always_inline void names_write(struct scratch *scratch)
{
	struct walk *walk = &scratch->walk;
	u8 *text = text_place(scratch);

	walk->length = 0;
	for (u32 i = 0; i < MAX_COMPONENTS; i++) {
		u32 at = (walk->components - 1 - i) & (CHAIN_ROOM - 1);
		struct dentry *dentry = CAST(struct dentry, walk->chain[at]);
		u32 position = walk->length & (PATH_MAX - 1);
		u32 length;

		if (i >= walk->components)
			break;
		length = LOAD(dentry->d_name.len) & NAME_MAX;
		text[position] = '/';
		name_copy(text + position + 1, LOAD(dentry->d_name.name), length);
		walk->length += length + 1;
		in_order();
		walk->sequences -= sequence_of(dentry);
	}
	if (!walk->components) {		/* the root itself */
		text[0] = '/';
		walk->length = 1;
	}
}

/*
 * From the walk's first entry up, and down again. A function of its own to the verifier, which looks at it once
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
	walk->length = 0;
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
	names_write(scratch);
	if (walk->is_moving || walk->sequences)		/* something was renamed meanwhile */
		return WALK_TORN;
	return result == WALK_DONE ? WALK_DONE : WALK_CUT;
}

/* Append the path. What isn't WALK_DONE has been counted as lost. */
static __noinline int text_path(struct scratch *scratch, struct text *text, struct dentry *dentry,
				struct vfsmount *mount)
{
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
	text_keep(scratch, text, scratch->walk.length);
	return result;
}

#endif
