/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One system call, or a pair of them, many times over.
 *
 * workload WHAT COUNT PATH: prints the CPU time of one round in nanoseconds, children included.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define DISCARD_PORT 9

static const char *self, *path;
static int datagrams;

static double spent_ns(void)
{
	struct timespec own;
	struct rusage children;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &own);
	getrusage(RUSAGE_CHILDREN, &children);
	return own.tv_sec * 1e9 + own.tv_nsec +
	       (children.ru_utime.tv_sec + children.ru_stime.tv_sec) * 1e9 +
	       (children.ru_utime.tv_usec + children.ru_stime.tv_usec) * 1e3;
}

static void do_getpid(void)
{
	syscall(SYS_getpid);
}

static void do_open(void)
{
	close(open(path, O_RDONLY));
}

static void do_exec(void)
{
	pid_t child = fork();

	if (!child) {
		execl(self, self, (char *)NULL);
		_exit(1);
	}
	waitpid(child, NULL, 0);
}

static void do_connect(void)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons(DISCARD_PORT),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};

	connect(datagrams, (struct sockaddr *)&address, sizeof(address));
}

static void do_socket(void)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons(DISCARD_PORT),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int fresh = socket(AF_INET, SOCK_DGRAM, 0);

	connect(fresh, (struct sockaddr *)&address, sizeof(address));
	close(fresh);
}

static const struct {
	const char *name;
	void (*run)(void);
} works[] = {
	{"getpid", do_getpid},
	{"open", do_open},
	{"exec", do_exec},
	{"connect", do_connect},
	{"socket", do_socket},
};

int main(int count, char **arguments)
{
	if (count < 4)		/* what do_exec() executes */
		return 0;
	self = arguments[0];
	path = arguments[3];
	datagrams = socket(AF_INET, SOCK_DGRAM, 0);
	for (size_t i = 0; i < sizeof(works) / sizeof(*works); i++) {
		if (strcmp(works[i].name, arguments[1]))
			continue;
		long rounds = atol(arguments[2]);
		double before = spent_ns();

		for (long round = 0; round < rounds; round++)
			works[i].run();
		printf("%.1f\n", (spent_ns() - before) / rounds);
		return 0;
	}
	return 1;
}
