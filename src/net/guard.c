/* The ranges of the special-purpose registries of IPv4 and IPv6, and what the installation allows of them. */
#include "net/guard.h"

#include "net/own.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>

static const unsigned char mapped[12] = {[10] = 0xff, [11] = 0xff};
static const unsigned char nat64[12] = {0x00, 0x64, 0xff, 0x9b};

/* Nothing of these is somebody else's server on the internet. */
static const struct {
	const char *address;
	unsigned bits;
} inner4[] = {
	{"0.0.0.0", 8},	      /* this host */
	{"10.0.0.0", 8},      /* private */
	{"100.64.0.0", 10},   /* behind a carrier's NAT; metadata of some clouds */
	{"127.0.0.0", 8},     /* loopback */
	{"169.254.0.0", 16},  /* link-local; metadata of most clouds */
	{"172.16.0.0", 12},   /* private */
	{"192.0.0.0", 24},    /* protocol assignments; metadata of one cloud */
	{"192.0.2.0", 24},    /* documentation */
	{"192.88.99.0", 24},  /* 6to4 relays */
	{"192.168.0.0", 16},  /* private */
	{"198.18.0.0", 15},   /* benchmarks */
	{"198.51.100.0", 24}, /* documentation */
	{"203.0.113.0", 24},  /* documentation */
	{"224.0.0.0", 3},     /* multicast, reserved, broadcast */
};

/* Within 2000::/3; outside of it nothing is public. */
static const struct {
	const char *address;
	unsigned bits;
} inner6[] = {
	{"2001::", 23},	    /* protocol assignments, Teredo */
	{"2001:db8::", 32}, /* documentation */
	{"2002::", 16},	    /* 6to4: an IPv4 address of anybody's choice */
	{"3fff::", 20},	    /* documentation */
};

static bool
same_bits(const unsigned char *a, const unsigned char *b, unsigned bits)
{
	unsigned whole = bits / 8, rest = bits % 8;
	if (memcmp(a, b, whole) != 0)
		return false;
	return rest == 0 || ((a[whole] ^ b[whole]) >> (8 - rest)) == 0;
}

static bool
public4(const unsigned char *address)
{
	unsigned char range[4];
	for (size_t i = 0; i < sizeof inner4 / sizeof *inner4; i++)
		if (inet_pton(AF_INET, inner4[i].address, range) != 1 || same_bits(address, range, inner4[i].bits))
			return false;
	return true;
}

static bool
public_address(const unsigned char *address)
{
	unsigned char range[16];
	if (memcmp(address, mapped, sizeof mapped) == 0 || memcmp(address, nat64, sizeof nat64) == 0)
		return public4(address + 12);
	if (address[0] >> 5 != 1)
		return false;
	for (size_t i = 0; i < sizeof inner6 / sizeof *inner6; i++)
		if (inet_pton(AF_INET6, inner6[i].address, range) != 1 || same_bits(address, range, inner6[i].bits))
			return false;
	return true;
}

/* This machine, also when the packet would take the way through a translator. */
static bool
own_address(const unsigned char *address)
{
	unsigned char four[16];
	if (memcmp(address, nat64, sizeof nat64) != 0)
		return net_own_address(address);
	memcpy(four, mapped, sizeof mapped);
	memcpy(four + 12, address + 12, 4);
	return net_own_address(four);
}

/* False: an address of another kind. */
static bool
read_address(const struct sockaddr *address, unsigned char bytes[16], uint16_t *ret_port)
{
	if (address->sa_family == AF_INET) {
		const struct sockaddr_in *in = (const struct sockaddr_in *)(const void *)address;
		memcpy(bytes, mapped, sizeof mapped);
		memcpy(bytes + 12, &in->sin_addr, 4);
		*ret_port = ntohs(in->sin_port);
	} else if (address->sa_family == AF_INET6) {
		const struct sockaddr_in6 *in = (const struct sockaddr_in6 *)(const void *)address;
		memcpy(bytes, &in->sin6_addr, 16);
		*ret_port = ntohs(in->sin6_port);
	} else {
		return false;
	}
	return true;
}

static bool
is_named(const struct net_guard *guard, const unsigned char bytes[16], uint16_t port)
{
	for (unsigned i = 0; i < guard->allowed_count; i++) {
		const struct net_range *range = &guard->allowed[i];
		if (same_bits(bytes, range->bytes, range->bits) && port >= range->first_port &&
			port <= range->last_port)
			return true;
	}
	return false;
}

bool
net_guard_names(const struct net_guard *guard, const struct sockaddr *address)
{
	unsigned char bytes[16];
	uint16_t port;
	return read_address(address, bytes, &port) && is_named(guard, bytes, port);
}

bool
net_guard_allows(const struct net_guard *guard, const struct sockaddr *address)
{
	unsigned char bytes[16];
	uint16_t port;
	return read_address(address, bytes, &port) &&
	       ((public_address(bytes) && !own_address(bytes)) || is_named(guard, bytes, port));
}

/* ---- the setting ---- */

static bool
parse_ports(struct str text, struct net_range *range)
{
	unsigned long long first, last;
	const char *dash = memchr(text.p, '-', text.n);
	struct str low = {text.p, dash ? (size_t)(dash - text.p) : text.n};
	struct str high = dash ? (struct str){dash + 1, text.n - low.n - 1} : low;
	if (!str_to_u64(low, UINT16_MAX, &first) || !str_to_u64(high, UINT16_MAX, &last) || first < 1 || last < first)
		return false;
	range->first_port = (uint16_t)first;
	range->last_port = (uint16_t)last;
	return true;
}

/* "10.0.0.0/8", "fd00::/8" */
static bool
parse_network(struct arena *arena, struct str text, struct net_range *range)
{
	const char *slash = memchr(text.p, '/', text.n);
	size_t n = slash ? (size_t)(slash - text.p) : text.n;
	const char *address = arena_strz(arena, (struct str){text.p, n});
	unsigned long long bits;
	bool four = inet_pton(AF_INET, address, range->bytes + 12) == 1;
	if (four)
		memcpy(range->bytes, mapped, sizeof mapped);
	else if (inet_pton(AF_INET6, address, range->bytes) != 1)
		return false;
	unsigned most = four ? 32 : 128;
	range->bits = 128;
	if (!slash)
		return true;
	if (!str_to_u64((struct str){slash + 1, text.n - n - 1}, most, &bits))
		return false;
	range->bits = (unsigned)bits + 128 - most;
	return true;
}

static bool
parse_part(struct arena *arena, struct str part, struct net_range *range)
{
	struct str network = part, ports = {0};
	const char *end;
	range->first_port = 0;
	range->last_port = UINT16_MAX;
	if (part.n > 0 && part.p[0] == '[') {
		end = memchr(part.p, ']', part.n);
		if (!end)
			return false;
		network = (struct str){part.p + 1, (size_t)(end - part.p) - 1};
		ports = (struct str){end + 1, part.n - network.n - 2};
		if (ports.n > 0 && ports.p[0] != ':')
			return false;
	} else if ((end = memchr(part.p, ':', part.n)) && !memchr(end + 1, ':', part.n - (size_t)(end - part.p) - 1)) {
		network.n = (size_t)(end - part.p); /* one colon: IPv4 and a port */
		ports = (struct str){end, part.n - network.n};
	}
	if (ports.n > 0 && !parse_ports((struct str){ports.p + 1, ports.n - 1}, range))
		return false;
	return parse_network(arena, network, range);
}

bool
net_guard_parse(const char *text, struct arena *arena, struct net_guard *ret_guard, struct err *err)
{
	unsigned count = 0, room = 1;
	for (const char *p = text; *p; p++)
		room += *p == ',';
	struct net_range *ranges = arena_array(arena, room, sizeof *ranges);
	for (const char *p = text; *p;) {
		size_t n = strcspn(p, ",");
		struct str part = {p, n};
		while (part.n > 0 && part.p[0] == ' ')
			part = (struct str){part.p + 1, part.n - 1};
		while (part.n > 0 && part.p[part.n - 1] == ' ')
			part.n--;
		if (part.n > 0 && !parse_part(arena, part, &ranges[count++]))
			return err_set(err, ERR_INVALID,
				"allow_address names \"%.*s\". Write addresses with a prefix length and, if you like, "
				"ports: 10.0.0.0/8, 127.0.0.1:8080, [fd00::/8]:8000-8999.",
				(int)(part.n < 60 ? part.n : 60), part.p);
		p += n + (p[n] == ',');
	}
	*ret_guard = (struct net_guard){ranges, count};
	return true;
}
