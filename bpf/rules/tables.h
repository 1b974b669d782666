/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/*
 * What rules become for the kernel: the layout of the tables that user space fills, and their bounds.
 *
 * One rule set fills one slot. A reload fills the other one and flips "active.generation", whose
 * lowest bit says which slot is read; each event reads it once. Everything here is data: no table
 * can make the verifier refuse a program.
 *
 * A value is two bits: it may hold (1), it surely holds (2). A literal is node * 2 + is_negated.
 * A gate is a run of tokens: literal | node << 16; node 0 there means that the gate goes on, any
 * other that its value is stored. Enumerators are named as those of the Python model.
 */
#ifndef SHIKRA_TABLES_H
#define SHIKRA_TABLES_H

#include "../lib/bpf.h"

#define SLOTS 2
#define WORD_BITS 64
#define MAX_CALLS 512			/* numbers of one table of system calls */
#define MAX_CLASSES 128			/* class 0 is "nobody wants it" */
#define CLASS_WORDS 2
#define CONDITION_WORDS 16
#define PREDICATE_WORDS 16		/* of one view */
#define IMAGE_WORDS 8			/* of all fields of an image together */
#define CONTAINER_WORDS 4
#define RELATION_ROOM 8			/* a power of two, not less than RELATION_COUNT */
#define MAX_AUTOMATA 16
#define MAX_NODES 8192
#define MAX_ATOMS 4096
#define MAX_TOKENS 32768
#define MAX_REQUIREMENTS 16384
#define MAX_NUMBERS 4096
#define MAX_NETWORKS 1024
#define MAX_OUTPUTS 2048
#define MAX_OUTPUT_WORDS 16384
#define OUTPUT_WORDS 32			/* of predicates and conditions */
#define MAX_STATES 65536		/* of all automata together, 32768 of one */
#define MAX_TRANSITIONS (1 << 20)

/* Nodes whose value doesn't come from a program. */
enum fixed_node {
	NODE_UNKNOWN = 0,
	NODE_TRUE = MAX_NODES - 1,
};

/* What class_of says beside a class. */
enum class_mark {
	CLASS_SENSOR = 0x80,		/* the sensor itself needs the call, whatever rules say */
	CLASS_MASK = 0x7f,
};

/* What a transition says beside a state. */
enum state_mark {
	STATE_PASSES = 0x8000,		/* the state's "passing" output isn't nothing */
	STATE_MASK = 0x7fff,
};

#define STATE_DEAD 0
#define STATE_START 1

enum truth {
	MAY_HOLD = 1,
	SURELY_HOLDS = 2,
	TRUTH_FALSE = 0,
	TRUTH_UNKNOWN = 1,
	TRUTH_TRUE = 3,
};

enum relation {
	RELATION_SELF,
	RELATION_PARENT,
	RELATION_GRANDPARENT,
	RELATION_THIRD,
	RELATION_ANY,			/* any creator */
	RELATION_LINEAGE,		/* any creator up to the container's start */
	RELATION_COUNT,
};

enum image_field {
	IMAGE_NAME,			/* comm at exec */
	IMAGE_EXEPATH,
	IMAGE_EXE,			/* argv[0] */
	IMAGE_ARGS,			/* the others, with a NUL between two */
	IMAGE_CMDLINE,			/* name, then the others */
	IMAGE_FIELDS,
};

enum view {
	VIEW_PATH,
	VIEW_DIRECTORY,
	VIEW_FILENAME,
	VIEW_TARGET,
	VIEW_COUNT,
};

/* Which automaton: that of an enum image_field, or FIRST_VIEW and an enum view. */
enum automaton_place { FIRST_VIEW = 8 };

enum compare {
	COMPARE_EQ,
	COMPARE_NE,
	COMPARE_LT,
	COMPARE_LE,
	COMPARE_GT,
	COMPARE_GE,
	COMPARE_IN,			/* one of sorted numbers, compared without a sign */
	COMPARE_ANY_BITS,
	COMPARE_EXISTS,
	COMPARE_AMONG,			/* as COMPARE_IN, of small numbers: bits of one word */
};

enum atom_kind {
	ATOM_IMAGE,			/* bit of the fields of an image, of a relation */
	ATOM_FLAGS,			/* "mask" of enum process_flag */
	ATOM_CONTAINER,			/* bit that user space told */
	ATOM_NUMBER,			/* member of the call's record */
	ATOM_NETWORK,			/* address in the call's record */
	ATOM_NAME,			/* bit of a view */
};

struct atom {
	u16 node;			/* where the value goes */
	u8 kind;			/* enum atom_kind */
	u8 compare;			/* enum compare */
	u8 place;			/* enum relation or enum view */
	u8 field;			/* enum image_field */
	u8 is_exact;			/* else a match means only that it may hold */
	u8 is_signed;
	u16 bit;			/* of an image, a container or a view */
	u16 offset;			/* of the member in struct call_record */
	u16 unused_bits;		/* 64 less the member's width */
	u32 needs;			/* enum call_fact: without all of them it doesn't hold */
	u32 unknown;			/* enum call_flag: with any of them nobody knows */
	u32 first, count;		/* numbers or networks */
	u64 mask;
};

struct program {
	u32 first_atom, atoms;
	u32 first_token, tokens;
	u32 first_requirement, requirements;	/* literal | condition << 16 */
};

/* What else a class's "numbers" ask for, which else is found out later. */
enum class_ask {
	ASKS_PROCESS = 1 << 0,		/* images, flags, container */
	ASKS_CALLER = 1 << 1,		/* ids and capabilities of the thread */
};

/* What is evaluated for one type of event. */
struct event_class {
	u64 conditions[CONDITION_WORDS];
	u64 named[CONDITION_WORDS];	/* hold only if a predicate of a name keeps them */
	u64 opened_only[CONDITION_WORDS];	/* aren't evaluated again with the real path */
	struct program numbers, full;
	u32 views;			/* bit a view that "full" looks at */
	u32 asks;			/* enum class_ask */
};

struct network {
	u64 first[2], last[2];		/* in host order, the high half first; sorted, disjoint */
};

struct automaton {
	u32 predicate_words;		/* that have a predicate of it */
	u8 byte_class[256];
	u32 width;			/* classes of bytes; 0: there is no automaton */
	u32 first_transition;
	u32 first_state;
};

/* What one pass over a text found out. */
struct output_bits {
	u64 predicates[PREDICATE_WORDS];
	u64 conditions[CONDITION_WORDS];	/* that these predicates keep */
};

struct output {
	u32 first, count;		/* of output_words */
};

struct output_word {
	u32 at;				/* which word of output_bits */
	u64 bits;
};

struct state {				/* outputs: once it is reached, and if the text ends there */
	u16 passing, ending;
};

struct tables {
	u8 class_of[2][MAX_CALLS];	/* by table of system calls and number */
	u32 classes_count;
	u32 condition_words;		/* that have a condition */
	u32 keeps_peers;		/* some rule reads whether a socket's peer changed */
	struct program process;
	u64 conditions[CONDITION_WORDS];	/* of all classes */
	u64 urgent[CONDITION_WORDS];
	u64 limited[CONDITION_WORDS];	/* whose floods are told as a count, see limit.h */
	struct event_class classes[MAX_CLASSES];
	struct automaton automata[MAX_AUTOMATA];	/* of images, and from FIRST_VIEW of views */
	struct atom atoms[MAX_ATOMS];
	u32 tokens[MAX_TOKENS];
	u32 requirements[MAX_REQUIREMENTS];
	u64 numbers[MAX_NUMBERS];
	struct network networks[MAX_NETWORKS];
	struct output outputs[MAX_OUTPUTS];
	struct output_word output_words[MAX_OUTPUT_WORDS];
	struct state states[MAX_STATES];
	u16 transitions[MAX_TRANSITIONS];	/* state by state and class of byte */
};

/* Which slot is read now, and what cached bits depend on. User space writes a word at a time. */
struct active {
	u32 generation;
	u64 epoch_told;			/* user space told something of a container */
	u64 epoch_seen;			/* a first process executed another file */
};

#endif
