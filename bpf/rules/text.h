/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/*
 * Paths as rules see them: absolute and tidied without asking the file system, as user space does
 * it (sources/kernel/paths.py). "." , "..", doubled and trailing slashes go; ".." stops at the root.
 *
 * Texts stand in the record that is being built, and begin below RECORD_ROOM.
 */
#ifndef SHIKRA_TEXT_H
#define SHIKRA_TEXT_H

#include "evaluation.h"

#define WORD_BYTES 8
#define EACH_BYTE(byte) (0x0101010101010101ull * (byte))
#define TIDY_SPAN 128

/* 0x80 in each byte that is 0, and 0 in all others. */
static __always_inline u64 zero_bytes(u64 word)
{
	return ~(((word & EACH_BYTE(0x7f)) + EACH_BYTE(0x7f)) | word | EACH_BYTE(0x7f));
}

/* Bits of the first bytes of a word, fewer than all. */
static __always_inline u64 first_bytes(u32 count)
{
	return (1ull << (count * 8 & (WORD_BITS - 1))) - 1;
}

static __always_inline u8 *text_at(struct scratch *scratch, u32 at)
{
	return scratch->record + (at & (RECORD_ROOM - 1));
}

/* Where the last word of a text begins that isn't full. */
static __always_inline u32 last_word(u32 length)
{
	return length & (PATH_MAX - WORD_BYTES);
}

/* Whether two texts of the same length are the same. */
static __always_inline int texts_are_equal(struct scratch *scratch, u32 at, u32 other_at, u32 length)
{
	u8 *text = text_at(scratch, at), *other = text_at(scratch, other_at);
	u32 words = length / WORD_BYTES;
	u64 differs;

	if (length >= PATH_MAX)
		return 0;
	for (u32 i = 0; i < PATH_MAX / WORD_BYTES; i++) {
		if (i >= words)
			break;
		if (*(u64 *)(text + i * WORD_BYTES) != *(u64 *)(other + i * WORD_BYTES))
			return 0;
	}
	differs = *(u64 *)(text + last_word(length)) ^ *(u64 *)(other + last_word(length));
	return !(differs & first_bytes(length));
}

/* Marks each slash that is followed by a slash or a dot. */
static __always_inline u64 untidy_bytes(u8 *text)
{
	u64 here = *(u64 *)text, next = *(u64 *)(text + 1);

	return zero_bytes(here ^ EACH_BYTE('/')) &
	       zero_bytes((next | EACH_BYTE('.' ^ '/')) ^ EACH_BYTE('/'));
}

/* Whether a slash is followed by a slash, a dot or the end: then there may be something to tidy. */
__noinline int text_may_be_untidy(u32 owner, u32 at, u32 length)
{
	struct scratch *scratch = bpf_map_lookup_elem(&scratches, &owner);
	u32 pairs = length - 1;
	u8 *text;

	if (!scratch || !length || length >= PATH_MAX)
		return 1;
	text = text_at(scratch, at);
	if (pairs && text[pairs & (PATH_MAX - 1)] == '/')
		return 1;
	for (u32 i = 0; i < PATH_MAX / WORD_BYTES; i++) {
		if (i >= pairs / WORD_BYTES)
			break;
		if (untidy_bytes(text + i * WORD_BYTES))
			return 1;
	}
	return (untidy_bytes(text + last_word(pairs)) & first_bytes(pairs)) != 0;
}

/* A part of the path ends here: keep it, drop it, or drop it and the one before. */
static __always_inline void tidy_part(struct tidy *tidy, u8 *text)
{
	u32 begin = tidy->begin & (PATH_MAX - 1);
	u32 length = tidy->end - tidy->begin;
	int is_dot = text[begin] == '.';

	if (length == 0 || (length == 1 && is_dot)) {
		tidy->end = tidy->begin;
	} else if (length == 2 && is_dot && text[begin + 1] == '.') {
		if (tidy->depth)
			tidy->begin = tidy->begins[--tidy->depth & (MAX_PARTS - 1)];
		tidy->end = tidy->begin;
	} else {
		tidy->begins[tidy->depth++ & (MAX_PARTS - 1)] = tidy->begin;
		text[tidy->end++ & (PATH_MAX - 1)] = '/';
		tidy->begin = tidy->end;
	}
}

__noinline int tidy_span(u32 owner)
{
	struct scratch *scratch = bpf_map_lookup_elem(&scratches, &owner);
	struct evaluation *evaluation = evaluation_of(owner);
	struct tidy *tidy;
	u8 *text;

	if (!scratch || !evaluation)
		return 0;
	tidy = &evaluation->tidy;
	text = text_at(scratch, tidy->at);
	for (u32 i = 0; i < TIDY_SPAN; i++) {
		u32 next = tidy->next;
		u8 byte = text[next & (PATH_MAX - 1)];

		if (next > tidy->length)
			break;
		tidy->next = next + 1;
		if (next == tidy->length || byte == '/')
			tidy_part(tidy, text);
		else
			text[tidy->end++ & (PATH_MAX - 1)] = byte;
	}
	return 0;
}

/* Tidy an absolute path where it stands; returns its new length, 0 if it has too many parts. */
__noinline u32 text_tidy(u32 owner, u32 at, u32 length)
{
	struct evaluation *evaluation = evaluation_of(owner);
	struct tidy *tidy;

	if (!evaluation || !length || length >= PATH_MAX)
		return 0;
	tidy = &evaluation->tidy;
	tidy->at = at;
	tidy->length = length;
	tidy->next = tidy->begin = tidy->end = 1;	/* behind the first slash */
	tidy->depth = 0;
	for (u32 done = 0; done <= PATH_MAX; done += TIDY_SPAN) {
		if (done > length || tidy->depth >= MAX_PARTS)
			break;
		tidy_span(owner);
	}
	if (tidy->depth >= MAX_PARTS)
		return 0;
	return tidy->end > 1 ? tidy->end - 1 : 1;
}

/* How many bytes a path's last slash has before it; the length, if there is none near its end. */
__noinline u32 text_last_slash(u32 owner, u32 at, u32 length)
{
	struct scratch *scratch = bpf_map_lookup_elem(&scratches, &owner);
	u8 *text;

	if (!scratch)
		return length;
	text = text_at(scratch, at);
	for (u32 i = 1; i <= NAME_MAX + 1; i++) {
		if (i > length)
			break;
		if (text[(length - i) & (PATH_MAX - 1)] == '/')
			return length - i;
	}
	return length;
}

#endif
