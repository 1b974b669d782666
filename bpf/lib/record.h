/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/*
 * What the kernel side tells user space: the layout of every record, once.
 *
 * Python reads the offsets of these structs from the object's own BTF, so a field may be added,
 * moved or widened here alone. Every record begins with struct record; its texts follow the fixed
 * part and are named by (offset from the record's start, length in bytes). A text of offset 0 is
 * absent. Times are nanoseconds of CLOCK_BOOTTIME.
 */
#ifndef SHIKRA_RECORD_H
#define SHIKRA_RECORD_H

#include "../rules/tables.h"

#define COMM_SIZE 16
#define MAX_TRACEES 4

enum record_kind {
	RECORD_FORK = 1,	/* a process was created: struct fork_record */
	RECORD_EXEC,		/* a process has a new image: struct exec_record */
	RECORD_EXIT,		/* the last thread of a process is gone: struct exit_record */
	RECORD_CONTAINER,	/* a container's first process started: struct container_record */
	RECORD_CALL,		/* a system call that rules want returned: struct call_record */
	RECORD_HEARTBEAT,	/* a hook ran on this CPU: struct heartbeat_record */
	RECORD_MOVE,		/* a process came into a container, or left it: struct move_record */
};

/* Why something was lost or cut: the index into the per-CPU map "losses". */
enum loss {
	LOSS_RING_FULL = 0,	/* a call didn't fit into the ring */
	LOSS_URGENT_RING_FULL,	/* nor an urgent one into either */
	LOSS_PROCESS_RING_FULL,	/* nor what a process did into its */
	LOSS_SCRATCH_BUSY,	/* a hook was interrupted by itself on this CPU */
	LOSS_PROCESSES_FULL,	/* no room for a process record */
	LOSS_CONTAINERS_FULL,	/* no room for a container record */
	LOSS_PROCESS_UNKNOWN,	/* an event's process had no record */
	LOSS_PATH_CUT,		/* a path had too many components or bytes */
	LOSS_PATH_TORN,		/* a rename moved the path while it was walked, twice */
	LOSS_DESCRIPTOR_GONE,	/* another thread closed it before the call had returned */
	LOSS_NAME_UNREADABLE,	/* the caller's path string couldn't be read */
	LOSS_ARGUMENTS_CUT,	/* a command line was longer than is kept */
	LOSS_ENVIRONMENT_CUT,	/* an environment was longer than is kept */
	LOSS_ADDRESS_UNREADABLE,	/* the caller's socket address couldn't be read */
	LOSS_STRUCT_UNREADABLE,	/* a struct of arguments in the caller's memory couldn't be read */
	LOSS_LIMITED,		/* a call that surely matches was counted instead of told */
	LOSS_REQUEST_UNTRACKED,	/* too much was asked of rings at once to follow this request */
	LOSS_REQUEST_UNKNOWN,	/* a request whose caller or form can't be told on this kernel */
	LOSS_COUNT,
};

struct text {
	__u16 offset;
	__u16 length;
};

struct record {
	__u32 size;		/* of the whole record, texts included */
	__u16 kind;		/* enum record_kind */
	__u16 cpu;
	__u64 time_ns;
	__u64 process;		/* id of the process record: unique on this boot, new at fork and at exec */
};

/* What lineage says of a process; kept in its record, copied at fork. */
enum process_flag {
	PROCESS_IN_INIT_TREE = 1 << 0,	/* created, at any depth, by the container's first process */
	PROCESS_ENTERED = 1 << 1,	/* came into a running container from outside */
	PROCESS_EXE_IS_INIT = 1 << 2,	/* runs the first process's own executable */
	PROCESS_IS_FIRST = 1 << 3,	/* is the container's first process */
	PROCESS_RUNTIME = 1 << 4,	/* a container runtime's helper, transparent in lineage */
	PROCESS_INFERRED = 1 << 5,	/* older than the sensor: guessed from the live tree */
	PROCESS_UNCLASSIFIED = 1 << 6,	/* older than the sensor and not guessed yet */
	PROCESS_ARGUMENTS_CUT = 1 << 7,
	PROCESS_ENVIRONMENT_CUT = 1 << 8,
	PROCESS_VISITS = 1 << 9,	/* entered by setns() alone: may leave so until it executes a file */
	PROCESS_APART = 1 << 10,		/* a thread of it entered by setns(): where each is isn't known */
	PROCESS_EXEPATH_CUT = 1 << 11,	/* or torn: the end of its path, or nothing */
	PROCESS_EXE_TOLD = 1 << 12,	/* the next five are of its executable, and known */
	PROCESS_EXE_WRITABLE = 1 << 13,	/* its user may write to it, or is its owner */
	PROCESS_EXE_WRITABLE_UNKNOWN = 1 << 14,
	PROCESS_EXE_UPPER_LAYER = 1 << 15,	/* of an overlay: it was written since the image was made */
	PROCESS_EXE_LOWER_LAYER = 1 << 16,	/* of an overlay: it is as the image has it */
	PROCESS_EXE_FROM_MEMFD = 1 << 17,
	PROCESS_IMAGE_SEEN = 1 << 18,	/* the sensor saw it, or its creator, start what it runs */
};

#define PROCESS_EXE_MARKS (PROCESS_EXE_TOLD | PROCESS_EXE_WRITABLE | PROCESS_EXE_WRITABLE_UNKNOWN | \
			   PROCESS_EXE_UPPER_LAYER | PROCESS_EXE_LOWER_LAYER | PROCESS_EXE_FROM_MEMFD)

#define PROCESS_ANYWHERE (PROCESS_UNCLASSIFIED | PROCESS_APART)	/* where it is isn't known */

/* Ids of a task, in the host's pid namespace and (v…) in its own. */
struct ids {
	__u32 pid, tid, vpid, vtid;
	__u32 sid, pgid, vsid, vpgid;
	__u32 uid, gid, euid, egid;
	__u32 loginuid;			/* 4294967295 when unset */
	__u32 tty;			/* device number as user space prints it, 0 without a terminal */
};

struct fork_record {
	struct record head;		/* process: the child's */
	__u64 creator;			/* the process that called clone, as it was then */
	__u64 container;		/* 0 on the host, else the key of its container */
	__u32 flags;			/* enum process_flag */
	__u32 bits_generation;		/* of the tables that its bits are of, 0 if they are missing */
	__u32 pid, vpid;
	char comm[COMM_SIZE];
};

struct exec_record {
	struct record head;		/* process: the new id */
	__u64 previous;			/* the id before the exec */
	__u64 creator;			/* unchanged by the exec */
	__u64 container;
	__u64 cgroup;
	__u64 exe_device, exe_inode;
	__u64 exe_ctime_ns, exe_mtime_ns;	/* since the epoch */
	__u64 start_time_ns;		/* of the task */
	__u64 mount_event;		/* the last change to its mounts */
	__u32 mount_namespace, pid_namespace;
	__u32 flags;
	__u32 bits_generation;
	struct ids ids;
	char comm[COMM_SIZE];
	struct text exepath;		/* resolved by the kernel */
	struct text arguments;		/* NUL-separated, argv[0] first */
	struct text environment;	/* NUL-separated, NAME=value each */
	struct text cgroup_name;	/* leaf of the cgroup's path */
};

struct move_record {
	struct record head;
	__u64 container;
	__u32 flags;
};

struct exit_record {
	struct record head;
	__u32 pid;
};

struct container_record {
	struct record head;		/* process: the first process */
	__u64 container;		/* key: id of the container's cgroup in the chosen hierarchy */
	__u64 mount_event;		/* the last change to its mounts */
	__u32 pid;			/* of the first process, on the host */
	__u32 mount_namespace, pid_namespace;
	struct text cgroup_name;
	struct text cgroup_parent_name;
};

struct heartbeat_record {
	struct record head;
};

enum object_kind {
	OBJECT_NONE = 0,
	OBJECT_FILE,			/* has a path */
	OBJECT_ANONYMOUS,		/* memfd, pipe, anon inode: has no path */
	OBJECT_SOCKET,
};

enum call_flag {
	CALL_NAME_CUT = 1 << 0,		/* or gone, as the next two */
	CALL_REAL_CUT = 1 << 1,
	CALL_BASE_CUT = 1 << 2,
	CALL_REAL_UNKNOWN = 1 << 3,	/* torn, or the descriptor was gone at exit */
	CALL_DELETED = 1 << 4,		/* the file has no name any more */
	CALL_COMPAT = 1 << 5,		/* the number is of the 32-bit table */
	CALL_OTHER_NAMES = 1 << 6,	/* the file may go by names that aren't told as well */
	CALL_TARGET_CUT = 1 << 7,
	CALL_TEXT_CUT = 1 << 8,
	CALL_ARGUMENTS_UNKNOWN = 1 << 9,	/* the caller's struct couldn't be read: they are 0 */
	CALL_NAME_CHANGED = 1 << 10,	/* the socket has another peer than at the call before */
	CALL_REAL_UNSURE = 1 << 11,	/* another task may have put another file in its place */
	CALL_VIA_RING = 1 << 12,	/* asked for through a ring of io_uring */
	CALL_RESULT_ASSUMED = 1 << 13,	/* nobody tells how it ended: taken for a success */
	CALL_OTHER_MOUNTS = 1 << 14,	/* walked by mounts that the first process doesn't have */
};

/* What has a value: without its fact a member is 0 and means nothing. */
enum call_fact {
	HAS_DESCRIPTOR = 1 << 0,	/* descriptor: the call is about one, new or not */
	HAS_FILE = 1 << 1,		/* file_mode, device, inode */
	HAS_LOCAL = 1 << 2,		/* local: this end of a connection is bound */
	HAS_REMOTE = 1 << 3,		/* remote: the other end is known */
	HAS_NAME = 1 << 4,		/* name, or real, or both */
	HAS_TARGET = 1 << 5,		/* the second name of a call that has two */
	HAS_TEXT = 1 << 6,
};

/* What became of an order to end the caller; what weighs more has the higher number. */
enum outcome {
	OUTCOME_NONE,			/* nothing surely matches that is ordered */
	OUTCOME_HELD_FIRST,		/* the container's first process, which no such rule includes */
	OUTCOME_HELD_HOST,		/* it runs in no container */
	OUTCOME_HELD_SPARED,		/* it keeps containers or the node alive */
	OUTCOME_HELD_RUNTIME,		/* a container runtime's helper */
	OUTCOME_HELD_UNSURE,		/* older than the sensor, or nobody knows where it is */
	OUTCOME_HELD_ELSEWHERE,		/* another process runs here than the one that asked */
	OUTCOME_HELD_UNKNOWN,		/* nobody knows yet how far rules may go in its container */
	OUTCOME_WOULD_KILL,
	OUTCOME_KILL_FAILED,		/* the kernel refused */
	OUTCOME_KILLED,
	OUTCOME_DENIED,
	OUTCOME_COUNT,
};

struct socket_end {
	__u8 address[16];		/* IPv4 in the first four */
	__u32 port;			/* host byte order; as wide as this, so that ends are aligned */
};

/* What a standard stream of the caller stands for. */
struct stream {
	__u32 mode;			/* st_mode; 0 where it is closed */
	__u32 family;			/* of a socket; IPv4 in an IPv6 socket is IPv4 */
	struct text name;		/* path of a file */
};

/* What is known before the event is judged stands first, what is found out for a sent one last. */
struct call_record {
	struct record head;
	__u64 creator;
	__u64 container;
	__u64 cgroup;
	__s64 result;
	__u64 arguments[6];		/* as calls have them that keep nothing in memory */
	__u32 number;			/* of the system call */
	__u32 flags;			/* enum call_flag */
	__u32 facts;			/* enum call_fact */
	__u32 process_flags;		/* enum process_flag, at the time of the call */
	__u8 object;			/* enum object_kind */
	__u8 socket_family;		/* AF_UNIX 1, AF_INET 2, AF_INET6 10, 0 unknown */
	__u8 socket_type;		/* SOCK_STREAM 1, SOCK_DGRAM 2 */
	__u8 socket_protocol;		/* IPPROTO_TCP 6, IPPROTO_UDP 17 */
	__s32 descriptor;		/* that the call is about */
	__u32 file_mode;		/* st_mode of its file */
	__u64 device, inode;		/* of its file */
	__u64 open_flags;		/* of calls that open */
	struct socket_end local, remote;
	struct text name;		/* path as the caller wrote it; of a Unix socket: its path */
	struct text base;		/* directory that a relative name starts from */
	struct text target;		/* the second path of calls that have two */
	struct text target_base;
	struct text text;		/* a string that is no path, up to 255 bytes */
	struct text real;		/* of the descriptor's file, from the mount namespace's root */
	struct text inner;		/* path in its file system, where it may have other names */
	struct text root;		/* of a caller in a container that has another than that */
	struct text inodes;		/* of that path's parts, 8 bytes each, the last part's first */
	/* of the thread, where numbers ask for it or the record is sent */
	struct ids ids;
	char comm[COMM_SIZE];		/* now; the one at exec is in the exec record */
	__u64 cap_inheritable, cap_permitted, cap_effective;
	/* where the record is sent */
	__u64 pid_namespace_start_ns;	/* of its first process, 0 if that is gone */
	__u64 descriptor_limit;
	__u64 faults_major, faults_minor;	/* of the thread */
	__u64 memory_size_pages, memory_resident_pages, memory_swapped_pages;
	__u32 threads;			/* of the process */
	__u8 has_layer;			/* of the file: told */
	__u8 is_upper_layer;		/* on an overlay, written since its image was made */
	__u8 is_lower_layer;		/* on an overlay, as its image has it */
	struct text cwd;		/* the caller's directory; absent where it can't be told */
	struct stream streams[3];	/* standard input, output, error */
	struct text data;		/* the beginning of what was read or written */
	__u32 generation;		/* of the tables that let it through */
	__u64 may[CONDITION_WORDS];	/* conditions that may hold */
	__u64 surely[CONDITION_WORDS];	/* conditions that surely hold */
	__u32 outcome;			/* enum outcome: of the conditions below */
	__u64 acted[CONDITION_WORDS];
	__u32 tracees[MAX_TRACEES];	/* pids of whom a killed caller traced; 0: no more */
};

#endif
