/* Addresses that a call may go to, and those it may not, in every spelling a resolver can give. */
#include "../support.h"

#include "net/guard.h"

#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* Read by the resolver, as an URL's host is: 0x7f.1 and 017700000001 are addresses to it. */
static bool
allowed(const char *setting, const char *host, const char *port)
{
	struct net_guard guard;
	struct err err = {0};
	struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV, .ai_socktype = SOCK_STREAM}, *found;
	assert_true(net_guard_parse(setting, arena, &guard, &err));
	if (getaddrinfo(host, port, &hints, &found) != 0)
		fail_msg("%s is no address", host);
	bool yes = net_guard_allows(&guard, found->ai_addr);
	freeaddrinfo(found);
	return yes;
}

static void
inner_addresses_are_refused_in_every_spelling(void **state)
{
	static const char *const inner[] = {"127.0.0.1", "127.1", "0x7f000001", "0x7f.0.0.1", "017700000001",
		"2130706433", "127.255.255.254", "0.0.0.0", "0", "10.0.0.1", "10.255.255.255", "172.16.0.1",
		"172.31.255.255", "192.168.0.1", "169.254.169.254", "169.254.170.2", "0xa9fea9fe", "100.64.0.1",
		"100.100.100.200", "100.127.255.255", "192.0.0.192", "192.0.2.1", "192.88.99.1", "198.18.0.1",
		"198.19.255.255", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1",
		"255.255.255.255", "::", "::1", "::ffff:127.0.0.1", "::ffff:7f00:1", "::ffff:10.0.0.1",
		"::ffff:169.254.169.254", "::127.0.0.1", "::8.8.8.8", "64:ff9b::127.0.0.1", "64:ff9b::a9fe:a9fe",
		"64:ff9b:1::8.8.8.8", "fe80::1", "febf::1", "fec0::1", "fc00::1", "fd00:ec2::254", "fdff::1", "ff02::1",
		"ff0e::1", "2001::1", "2001:1ff::1", "2001:db8::1", "2002:7f00:1::", "2002:808:808::", "3fff::1",
		"100::1", "4000::1", "1::1"};
	(void)state;
	for (size_t i = 0; i < sizeof inner / sizeof *inner; i++)
		if (allowed("", inner[i], "80"))
			fail_msg("%s is allowed", inner[i]);
}

static void
public_addresses_are_allowed(void **state)
{
	static const char *const outer[] = {"1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.1", "100.63.255.255",
		"100.128.0.1", "126.255.255.255", "128.0.0.1", "169.253.255.255", "172.15.255.255", "172.32.0.1",
		"192.0.1.1", "192.167.255.255", "192.169.0.1", "198.17.255.255", "198.20.0.1", "223.255.255.255",
		"::ffff:8.8.8.8", "64:ff9b::8.8.8.8", "2001:200::1", "2001:4860:4860::8888", "2606:4700::1111",
		"2a00:1450::1", "3ffe::1"};
	(void)state;
	for (size_t i = 0; i < sizeof outer / sizeof *outer; i++)
		if (!allowed("", outer[i], "443"))
			fail_msg("%s is refused", outer[i]);
}

static void
the_setting_allows_a_network_and_its_ports_and_nothing_else(void **state)
{
	(void)state;
	assert_true(allowed("10.1.0.0/16", "10.1.255.1", "80"));
	assert_false(allowed("10.1.0.0/16", "10.2.0.1", "80"));
	assert_true(allowed("127.0.0.0/8:8080", "127.0.0.1", "8080"));
	assert_true(allowed("127.0.0.0/8:8080", "::ffff:127.0.0.1", "8080"));
	assert_false(allowed("127.0.0.0/8:8080", "127.0.0.1", "8081"));
	assert_false(allowed("127.0.0.0/8:8080", "::1", "8080"));
	assert_true(allowed(" 192.168.7.7 , [fd00::/8]:8000-8999", "192.168.7.7", "1"));
	assert_false(allowed("192.168.7.7", "192.168.7.8", "1"));
	assert_true(allowed("192.168.7.7,[fd00::/8]:8000-8999", "fd12::1", "8500"));
	assert_false(allowed("192.168.7.7,[fd00::/8]:8000-8999", "fd12::1", "9000"));
	assert_true(allowed("fd00::/8", "fd12::1", "9000"));
	assert_true(allowed("::1", "::1", "1"));
	assert_true(allowed("0.0.0.0/0", "127.0.0.1", "1"));
	assert_false(allowed("0.0.0.0/0", "::1", "1"));
	assert_false(allowed("10.0.0.0/9", "10.128.0.1", "80"));
}

static void
a_setting_that_is_none_is_refused_with_its_part(void **state)
{
	static const char *const wrong[] = {"10.0.0.0/33", "10.0.0.0/", "10.0.0/8", "localhost", "fd00::/129",
		"[fd00::1", "[fd00::/8]8080", "127.0.0.1:", "127.0.0.1:0", "127.0.0.1:70000", "127.0.0.1:9-8",
		"10.0.0.0/8 11.0.0.0/8"};
	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		struct net_guard guard;
		struct err err = {0};
		if (net_guard_parse(wrong[i], arena, &guard, &err))
			fail_msg("%s is taken", wrong[i]);
		assert_int_equal(err.code, ERR_INVALID);
		assert_non_null(strstr(err.message, wrong[i]));
	}
}

static void
sockets_of_other_families_are_refused(void **state)
{
	struct net_guard guard;
	struct sockaddr local = {.sa_family = AF_UNIX};
	(void)state;
	assert_true(net_guard_parse("0.0.0.0/0,::/0", arena, &guard, NULL));
	assert_false(net_guard_allows(&guard, &local));
}

/* In a network of its own, where the machine may have any address. */
static void
take_address(const char *text)
{
	struct ifreq request = {.ifr_name = "lo"};
	struct sockaddr_in *address = (struct sockaddr_in *)(void *)&request.ifr_addr;
	struct addrinfo hints = {.ai_flags = AI_NUMERICHOST}, *found;
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (getaddrinfo(text, NULL, &hints, &found) != 0)
		_exit(10);
	memcpy(address, found->ai_addr, sizeof *address);
	freeaddrinfo(found);
	if (fd < 0 || ioctl(fd, SIOCSIFADDR, &request) != 0)
		_exit(11);
	close(fd);
}

static void
this_machine_is_refused_under_its_public_addresses_too(void **state)
{
	int status;
	(void)state;
	pid_t child = fork();
	if (child == 0) {
		if (unshare(CLONE_NEWNET) != 0 && unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0)
			_exit(77);
		if (!allowed("", "93.184.215.14", "80") || !allowed("", "::ffff:93.184.215.14", "80"))
			_exit(1);
		take_address("93.184.215.14");
		usleep(1100000); /* it is looked at again */
		if (allowed("", "93.184.215.14", "80") || allowed("", "::ffff:93.184.215.14", "443") ||
			allowed("", "64:ff9b::93.184.215.14", "443"))
			_exit(2);
		if (!allowed("", "93.184.215.15", "80"))
			_exit(3);
		if (!allowed("93.184.215.14:8080", "93.184.215.14", "8080") ||
			allowed("93.184.215.14:8080", "93.184.215.14", "80"))
			_exit(4);
		_exit(0);
	}
	assert_true(waitpid(child, &status, 0) == child && WIFEXITED(status));
	if (WEXITSTATUS(status) == 77)
		skip();
	assert_int_equal(WEXITSTATUS(status), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			inner_addresses_are_refused_in_every_spelling, arena_setup, arena_teardown),
		cmocka_unit_test_setup_teardown(public_addresses_are_allowed, arena_setup, arena_teardown),
		cmocka_unit_test_setup_teardown(
			the_setting_allows_a_network_and_its_ports_and_nothing_else, arena_setup, arena_teardown),
		cmocka_unit_test_setup_teardown(
			a_setting_that_is_none_is_refused_with_its_part, arena_setup, arena_teardown),
		cmocka_unit_test_setup_teardown(
			this_machine_is_refused_under_its_public_addresses_too, arena_setup, arena_teardown),
		cmocka_unit_test_setup_teardown(sockets_of_other_families_are_refused, arena_setup, arena_teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
