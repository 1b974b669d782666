/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/*
 * The maps: everything that outlives one run of a program, and all that user space decides.
 */
#ifndef SHIKRA_MAPS_H
#define SHIKRA_MAPS_H

#include "../rules/tables.h"
#include "kernel.h"
#include "record.h"

#define MAX_PROCESSES 16384
#define MAX_CONTAINERS 4096
#define MAX_RUNTIMES 64
#define MAX_KNOWN_FILES 65536		/* of all containers together */
#define INODE_WORDS 4
#define MAX_KNOWN_PARTS 16384
#define PART_SIZE 32			/* a power of two */
#define MAX_VOLUMES 16384		/* of all containers together */
#define PLACE_SIZE 256			/* a power of two, as TEXT_SPAN */

enum hierarchy { HIERARCHY_DEFAULT, HIERARCHY_MEMORY };

struct settings {
	u32 hierarchy;			/* enum hierarchy: whose ids are container keys */
	u32 host_mount_namespace;
	u32 host_pid_namespace;
	u32 own_pid;			/* of Shikra, whose calls are no events */
};

/* Which table of system calls a number is of. */
enum call_table { TABLE_64, TABLE_32, TABLE_COUNT };

/* What is known of images: of a process's own, or of its creators' together. */
struct related {
	u64 matched[IMAGE_WORDS];	/* bit a predicate */
	u32 unknown;			/* bit an enum image_field: what didn't match may do so yet */
};

/* What can match in a process by one generation of tables; worked out at its first event. */
struct outlook {
	u64 ready;			/* for which generation and epoch; else it has to be done again */
	u64 classes[CLASS_WORDS];	/* event classes in which a condition may hold */
	u64 candidates[CONDITION_WORDS];	/* conditions that may hold */
};

/* What user space tells of a container, for one generation. */
struct container_bits {
	u32 generation;
	u64 matched[CONTAINER_WORDS];
	u64 unknown[CONTAINER_WORDS];
};

/* What user space tells of a process whose bits are missing or of an older generation. */
struct told_process {
	u32 generation;
	u32 depth;
	struct related related[RELATION_COUNT];
};

struct process_state {
	u64 id;
	u64 creator;
	u64 container;
	u64 exe_device, exe_inode;
	u64 start_time_ns;
	u32 flags;			/* enum process_flag */
	u32 pid, vpid;
	char comm[COMM_SIZE];		/* at exec */
	u32 depth;			/* how many creators stand above it */
	u32 bits_generation;		/* that the following are of; 0: of none */
	u32 is_partial;			/* who created it isn't known, but user space may tell */
	struct related related[RELATION_COUNT];
	struct outlook outlook[SLOTS];
};

struct container_state {
	u64 first_process;		/* id of its record */
	u64 exe_device, exe_inode;	/* of the first process */
	u64 mount_event;		/* the last change to its mounts before it started */
	u64 inodes[INODE_WORDS];	/* which of its inodes may be known_files, see other_names.h */
	u64 renames;			/* that may have moved what rules name, see renames.h */
	u64 settled;			/* as many of them moved nothing */
	u32 first_pid;
	u32 mount_namespace, pid_namespace;
};

/* The beginning of one part of a path that rules name, or that something is mounted at. */
struct known_part {
	char text[PART_SIZE];
};

/* A file or a directory that rules name, in one container. */
struct known_file {
	u64 container;			/* key */
	u64 device, inode;
};

/* A file system of a container that its first process has at one place, and as a whole. */
struct volume_key {
	u64 container;
	u64 device;
};

struct volume {
	u32 length;
	u8 place[PLACE_SIZE];
};

struct comm {
	char text[COMM_SIZE];
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct settings);
} settings SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, LOSS_COUNT);
	__type(key, u32);
	__type(value, u64);
} losses SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MAX_PROCESSES);
	__type(key, u32);		/* pid of the thread group */
	__type(value, struct process_state);
} processes SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MAX_PROCESSES);
	__type(key, u64);		/* id of the process's record */
	__type(value, struct told_process);
} told_processes SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MAX_CONTAINERS);
	__type(key, u64);		/* key of the container; 0 is the host */
	__type(value, struct container_bits);
} told_containers SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MAX_CONTAINERS);
	__type(key, u64);		/* id of its cgroup */
	__type(value, struct container_state);
} containers SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MAX_CONTAINERS);
	__type(key, u32);		/* inode number of the namespace */
	__type(value, u64);		/* key of the container */
} mount_namespaces SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MAX_KNOWN_PARTS);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct known_part);
	__type(value, u8);
} known_parts SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MAX_VOLUMES);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct volume_key);
	__type(value, struct volume);
} volumes SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MAX_KNOWN_FILES);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct known_file);
	__type(value, u8);
} known_files SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MAX_RUNTIMES);
	__type(key, struct comm);
	__type(value, u8);
} runtimes SEC(".maps");

/* Who hands out an id: the list can be interrupted by a hook, so each counts for itself. */
enum id_giver { ID_OF_HOOK, ID_OF_LIST, ID_GIVERS };

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, ID_GIVERS);
	__type(key, u32);
	__type(value, u64);
} last_ids SEC(".maps");

/* Where a process's record is put together: it is larger than the stack. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, ID_GIVERS);
	__type(key, u32);
	__type(value, struct process_state);
} drafts SEC(".maps");

static __always_inline void lost(u32 reason)
{
	u64 *count = bpf_map_lookup_elem(&losses, &reason);

	if (count)		/* exact even where a hook may be preempted in here */
		count_up(count);
}

static __always_inline struct settings *settings_now(void)
{
	u32 zero = 0;

	return bpf_map_lookup_elem(&settings, &zero);
}

#endif
