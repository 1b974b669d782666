/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/*
 * Where records are built.
 *
 * A record with texts is larger than the stack, so it is put together in memory of this CPU, one
 * piece a hook family; a hook that finds its piece in use was interrupted by itself and gives up,
 * counted. Texts are appended one after the other, so a record is sent at its actual size.
 */
#ifndef SHIKRA_SCRATCH_H
#define SHIKRA_SCRATCH_H

#include "rings.h"

#define RECORD_ROOM 16384		/* a power of two; all texts of a record begin below */
#define TEXT_ROOM (PATH_MAX + 1)	/* one more, to tell a text that fits from a longer one */
#define MAX_COMPONENTS 48
#define MAX_MOUNTS 16			/* mount points on one path */
#define CHAIN_ROOM 64			/* a power of two, more than MAX_COMPONENTS */

#define ADDRESS_WORDS 6			/* of a union address, see calls/sockets.h */

enum scratch_owner {
	SCRATCH_CALL,
	SCRATCH_RING,
	SCRATCH_EXEC,
	SCRATCH_LIST,
	SCRATCH_OPEN,			/* and the next: who is asked may be interrupted by who is, too */
	SCRATCH_OPEN_LAST = SCRATCH_OPEN + 3,
	SCRATCH_COUNT,
};

/* State of one walk from a file up to the root, see path.h. */
struct walk {
	struct dentry *first;		/* the file */
	struct vfsmount *first_mount;
	struct dentry *dentry;
	struct mount *mount;
	struct dentry *mount_root;
	u32 length;			/* of the path so far */
	u32 components;
	u32 sequences;			/* sum of the sequence counts on the way */
	u32 is_moving;			/* a rename was under way */
	struct dentry *chain[CHAIN_ROOM];
};

/* State of one exec, or of one that somebody asks for, see processes/lineage.h. */
struct change {
	u64 previous;			/* id before */
	u64 exe_device, exe_inode;	/* of the image before */
	struct process_state now;
	struct cgroup *cgroup;
	u64 key;			/* of the cgroup */
	u64 mount_event;		/* the last change to its mounts */
	u32 mount_namespace, pid_namespace;
	u32 is_host;			/* the mount namespace is the host's */
	u32 has_company;		/* others are in its cgroups, and it began no pid namespace */
	u32 is_asked;			/* it hasn't happened: nothing is written down of it */
};

/* What the numbers of a call leave for its names, see calls/. */
struct sought {
	struct file *file;		/* whose path is to be told */
	struct sock *sock;
	u8 is_base_cwd;			/* the base is the working directory */
};

/* A search in a sorted list of groups, see permission.h. */
struct search {
	u64 ids;			/* address of the list */
	u32 low, high;
	u32 wanted;
};

/* What is kept of a ring's request until it completes, beside its record; see uring/. */
struct request_head {
	u64 request;			/* address, to tell it from others with its tag */
	u64 file;			/* that it is about, if that was known */
	u32 is_direct;			/* what it opens becomes a slot of the ring, no descriptor */
	u32 is_address_copied;		/* the address lies in the kernel's memory */
	u32 is_kept;			/* until it completes */
};

struct scratch {
	u32 busy;
	u32 owner;
	u32 used;			/* bytes of the record so far */
	struct walk walk;
	struct change change;
	struct search search;
	struct sought sought;
	u32 last_address[ADDRESS_WORDS];	/* of the last of several messages, see messages.h */
	u8 name[NAME_MAX + 1];		/* of a cgroup, see processes/container.h */
	struct request_head request;	/* directly before the record: they are kept together */
	u8 record[RECORD_ROOM + TEXT_ROOM + NAME_MAX + 1];
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, SCRATCH_COUNT);
	__type(key, u32);
	__type(value, struct scratch);
} scratches SEC(".maps");

static __always_inline struct scratch *scratch_take(u32 owner)
{
	struct scratch *scratch = bpf_map_lookup_elem(&scratches, &owner);

	if (!scratch)
		return NULL;
	if (*(volatile u32 *)&scratch->busy) {
		lost(LOSS_SCRATCH_BUSY);
		return NULL;
	}
	*(volatile u32 *)&scratch->busy = 1;
	scratch->owner = owner;
	return scratch;
}

static __always_inline void scratch_give_back(struct scratch *scratch)
{
	*(volatile u32 *)&scratch->busy = 0;
}

/* The same, by who took it. */
static __always_inline void scratch_return(u32 owner)
{
	struct scratch *scratch = bpf_map_lookup_elem(&scratches, &owner);

	if (scratch)
		scratch_give_back(scratch);
}

/* Length of the record in the scratch, in bounds that the verifier sees; the last text ends later. */
static __always_inline u32 scratch_size(struct scratch *scratch)
{
	u32 size = scratch->used;

	keep(size);
	return size < RECORD_ROOM + TEXT_ROOM ? size : RECORD_ROOM + TEXT_ROOM;
}

static __always_inline struct record *scratch_record(struct scratch *scratch)
{
	return (struct record *)scratch->record;
}

/* Where the next text goes. */
static __always_inline u8 *text_place(struct scratch *scratch)
{
	u32 at = scratch->used;

	keep(at);
	return scratch->record + (at & (RECORD_ROOM - 1));
}

static __always_inline void text_keep(struct scratch *scratch, struct text *text, u32 length)
{
	text->offset = scratch->used;
	text->length = length;
	scratch->used += length;
}

/* Append a string of the kernel's, cut at NAME_MAX. */
static __always_inline void text_kernel(struct scratch *scratch, struct text *text, const char *from)
{
	long length = bpf_probe_read_kernel_str(text_place(scratch), NAME_MAX + 1, from);

	if (length > 0)
		text_keep(scratch, text, length - 1);
}

#endif
