/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/*
 * execve, execveat that came back.
 *
 * One that succeeded has lost its arguments with its old memory; the exec record, which came
 * before, says what runs now. The kernel then gives the number of execve for both.
 */
#include "call.h"

static __always_inline void exec_numbers(struct scratch *scratch)
{
	struct call_record *record = call_of(scratch);
	u64 *arguments = record->arguments;

	if (record->result >= 0)
		return;
	if (record->number == CALL_EXECVEAT)
		seek_name(scratch, arguments[1], arguments[0]);
	else
		seek_name(scratch, arguments[0], AT_FDCWD);
}
