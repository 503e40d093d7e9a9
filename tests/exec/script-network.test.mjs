// Script steps that may use the network: where they get to, what they are refused, and what is left of their proxy. Whoever writes one is assumed to be hostile.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import dgram from 'node:dgram';
import { once } from 'node:events';
import { chmodSync, chownSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { startRogue } from '../harness/rogue.mjs';
import { startEngine, until } from './lib/engine.mjs';
import { boxed, boxOptions, cannot, perlText, script, tried } from './lib/script.mjs';

const skip = cannot();
let engine;
let rogue;
let secure;
let certificate;
let files;
before(async () => {
	engine = await startEngine();
	// What project_settings() makes of a project that allows it; tests/api has that.
	allowed(true);
	const file = (name) => path.join(engine.dir, name);
	execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2', '-subj', '/CN=test', '-addext',
		'subjectAltName=IP:127.0.0.1,DNS:localhost', '-keyout', file('key.pem'), '-out', file('cert.pem')], { stdio: 'ignore' });
	certificate = readFileSync(file('cert.pem'), 'utf8');
	files = file('files');
	mkdirSync(files);
	const handler = (request, answer) => {
		const name = path.join(files, decodeURIComponent(new URL(request.url, 'http://x').pathname));
		const known = name.startsWith(files) && existsSync(name) && tried(() => readFileSync(name));
		if (known) answer.end(known);
		return known;
	};
	rogue = await startRogue({ handler });
	secure = await startRogue({ handler, tls: { key: readFileSync(file('key.pem')), cert: certificate } });
});
after(async () => {
	await engine?.stop();
	await rogue?.stop();
	await secure?.stop();
});
afterEach(async () => {
	await engine.stopExecutors();
	assert.deepEqual(engine.wrong(), []);
	await until('nothing to be left', () => boxed(engine).length === 0);
});

const allowed = (may) => engine.sql(`alter table run alter column overrides ${may ? `set default '{"script_network": true}'` : 'drop default'}`);
const start = (...args) => engine.executor(boxOptions(engine, `--allow-address=127.0.0.1:${rogue.port},127.0.0.1:${secure.port}`, ...args));
const error = (run) => JSON.parse(engine.run(run).error);
const streamed = (run) => engine.events(run).filter((e) => e.type === 'step.output').map((e) => e.data.text).join('');
const create = (command, more) => engine.create(engine.flow([script(command, { network: true, timeout_seconds: 800, ...more })]), { input: {} })[0];
const end = (run) => until('the run to end', () => engine.run(run).finished_at, 900000);
async function call(command, more) {
	const run = create(command, more);
	await end(run);
	return run;
}
/** What it wrote: { stdout, stderr }. */
async function says(command, more) {
	const run = await call(command, more);
	assert.equal(engine.run(run).status, 'completed', engine.run(run).error);
	return JSON.parse(engine.run(run).output);
}
/** A command that sends each text to the proxy on a connection of its own, and prints the first line of each answer. */
const ask = (texts) => ['perl', '-MSocket', '-e', `my @texts = (${texts.map((text) => perlText(text.replace(/[\r\n\0]/g, (ch) => `\\${ch.charCodeAt(0).toString(16).padStart(2, '0')}`))).join(', ')}); for my $text (@texts) {
	socket(my $s, AF_INET, SOCK_STREAM, 0) or die; connect($s, sockaddr_in(3128, inet_aton("127.0.0.1"))) or die;
	$text =~ s/\\\\(..)/chr hex $1/ge; syswrite $s, $text; my $line = <$s> // ""; $line =~ s/\\r?\\n//; print "$line\\n" }`];
const connect = (target) => `CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n\r\n`;
const statuses = (said) => said.stdout.trimEnd().split('\n').map((line) => Number(/^HTTP\/1\.1 (\d+) /.exec(line)?.[1] ?? 0));
/** [state, parent] */
const stat = (pid) => tried(() => readFileSync(`/proc/${pid}/stat`, 'utf8'))?.replace(/^.*\) /, '').split(' ') ?? [];
const parent = (pid) => stat(pid)[1];
/** Processes that are proxies of boxes of this executor: children of its children; where it runs under a bubblewrap, that is one further up. */
function proxies(executor) {
	return readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && tried(() => readFileSync(`/proc/${pid}/cmdline`, 'utf8'))?.startsWith('stepmill-box\0proxy')
		&& [parent(parent(pid)), parent(parent(parent(pid)))].includes(String(executor.child.pid)));
}

test('unless the project allows it a step that asks for the network is refused, and the error names the setting', { skip }, async () => {
	allowed(false);
	try {
		start();
		const run = await call('echo ran > /work/ran; echo ran');
		assert.deepEqual([error(run).code, engine.steps(run)[0].attempt], ['script_network', 1]);
		assert.match(error(run).message, /Nothing was run.*"Scripts may use the network".*project's settings/);
		assert.equal(streamed(run), '');
		const [other] = engine.create(engine.flow([script('curl -sS http://127.0.0.1:3128 2>&1; env | grep -ic proxy; ls /etc/hosts /etc/ssl 2>/dev/null; exit 0', { network: false })]), { input: {} });
		await end(other);
		assert.doesNotMatch(JSON.parse(engine.run(other).output).stdout, /HTTP|hosts|ssl|^[1-9]/m);
	} finally {
		allowed(true);
	}
	await engine.stopExecutors();
	engine.executor(boxOptions(engine, '--sandbox=none'));
	const bare = await call('echo ran');
	assert.equal(error(bare).code, 'script_network');
	assert.match(error(bare).message, /without namespaces/);
});

test('curl gets there by http and https, with bodies both ways, and follows redirects', { skip }, async () => {
	start();
	const large = 'x'.repeat(300000);
	writeFileSync(path.join(files, 'large'), large);
	const said = await says(`echo "$CERT" > ca.pem
		curl -sS -H 'X-Own: yes' -H 'Connection: X-Drop' -H 'X-Drop: yes' '${rogue.url}/echo?a=b'; echo
		head -c 200000 /dev/zero | curl -sS -o /dev/null -w '%{http_code} %{size_upload}\\n' --data-binary @- ${rogue.url}/echo
		head -c 200000 /dev/zero | curl -sS -o /dev/null -w '%{http_code}\\n' -T - ${rogue.url}/echo
		curl -sS ${rogue.url}/large | wc -c
		curl -sSL '${rogue.url}/redirect?to=/large' | wc -c
		curl -sS --cacert ca.pem ${secure.url}/large | wc -c
		curl -sS ${secure.url}/large 2>&1 >/dev/null | grep -c certificate
		curl -sS ${rogue.url}/status/503`, { env: { CERT: certificate } });
	const lines = said.stdout.split('\n');
	const first = JSON.parse(lines[0]);
	assert.equal(first.path, '/echo?a=b');
	assert.deepEqual([first.headers['x-own'], first.headers['x-drop'], first.headers.host, first.headers.connection, first.headers['proxy-connection']],
		['yes', undefined, `127.0.0.1:${rogue.port}`, 'close', undefined]);
	assert.deepEqual(lines.slice(1), ['200 200000', '200', '300000', '300000', '300000', '1', '{"said":503}']);
	const [put] = rogue.asked().filter((r) => r.method === 'PUT');
	assert.deepEqual([put.body.length, put.headers['transfer-encoding']], [200000, 'chunked']);
});

test('git clones over https, and npm installs', { skip }, async () => {
	const git = (dir, ...args) => execFileSync('git', ['-C', dir, '-c', 'user.name=t', '-c', 'user.email=t@t', ...args], { stdio: 'ignore' });
	const source = path.join(engine.dir, 'source');
	mkdirSync(source);
	git(source, 'init', '-q');
	writeFileSync(path.join(source, 'read.me'), 'cloned');
	git(source, 'add', '.');
	git(source, 'commit', '-qm', 'one');
	git(engine.dir, 'clone', '-q', '--bare', source, path.join(files, 'repository'));
	git(path.join(files, 'repository'), 'update-server-info');

	const made = path.join(engine.dir, 'package');
	mkdirSync(made);
	writeFileSync(path.join(made, 'package.json'), JSON.stringify({ name: 'one', version: '1.0.0', main: 'i.js' }));
	writeFileSync(path.join(made, 'i.js'), 'module.exports = "installed"');
	execFileSync('tar', ['-C', engine.dir, '-czf', path.join(files, 'one.tgz'), 'package']);
	const integrity = `sha512-${createHash('sha512').update(readFileSync(path.join(files, 'one.tgz'))).digest('base64')}`;
	writeFileSync(path.join(files, 'one'), JSON.stringify({ name: 'one', 'dist-tags': { latest: '1.0.0' },
		versions: { '1.0.0': { name: 'one', version: '1.0.0', main: 'i.js', dist: { tarball: `${secure.url}/one.tgz`, integrity } } } }));

	start();
	const said = await says(`echo "$CERT" > ca.pem
		GIT_SSL_CAINFO=$PWD/ca.pem git clone -q ${secure.url}/repository && cat repository/read.me; echo
		command -v npm >/dev/null || { echo installed; exit 0; } # Node.js may be elsewhere than under /usr
		npm install --cafile=$PWD/ca.pem --no-audit --no-fund --no-update-notifier --loglevel=error --registry=${secure.url}/ one >/dev/null && node -p 'require("one")'`, { env: { CERT: certificate } });
	assert.equal(said.stdout, 'cloned\ninstalled\n', said.stderr);
});

test('no inner address is reached, in no spelling, on no port, by no redirect and under no name', { skip }, async () => {
	const other = await startRogue({ host: '127.0.0.3' });
	try {
		const executor = start();
		const hosts = ['127.0.0.2', '127.2', '0x7f000002', '2130706434', '017700000002', '0', '0.0.0.0', '[::1]', '[::ffff:127.0.0.2]', '[::ffff:7f00:2]', '[::]', '[64:ff9b::7f00:2]', '10.0.0.1', '192.168.1.1', '172.16.0.1',
			'169.254.169.254', '[fd00:ec2::254]', '100.100.100.200', '[fe80::1]', '224.0.0.1', '255.255.255.255'];
		const targets = hosts.flatMap((host) => [`${host}:443`, `${host}:${rogue.port}`]);
		const before = rogue.asked().length;
		// The setting names 127.0.0.1 and the two ports; its spellings are the same address, and other ports of it are not named.
		const same = ['127.1', '0x7f000001', '2130706433', '[::ffff:127.0.0.1]', '[::ffff:7f00:1]'].map((host) => connect(`${host}:${rogue.port}`));
		const refused = [...targets.map(connect), connect(`127.0.0.1:${other.port}`), connect('127.0.0.1:22'), connect(`127.0.0.3:${other.port}`), `GET http://127.0.0.3:${other.port}/echo HTTP/1.1\r\n\r\n`,
			`GET http://169.254.169.254/latest/meta-data/ HTTP/1.1\r\n\r\n`];
		const answers = statuses(await says(ask([...refused, ...same])));
		for (const [i, text] of refused.entries()) assert.equal(answers[i], 403, text);
		for (const [i, text] of same.entries()) assert.ok(answers[refused.length + i] === 200 || (text.includes('[') && answers[refused.length + i] === 502), text); // 502: no IPv6 here
		assert.deepEqual([rogue.asked().length, other.asked().length], [before, 0], 'nothing has come');
		assert.equal(proxies(executor).length, 0);

		const led = await says(`curl -sSL '${rogue.url}/redirect?to=${encodeURIComponent(`${other.url}/echo`)}'; curl -sSL '${rogue.url}/redirect?to=${encodeURIComponent('http://169.254.169.254/')}'
			curl -sS http://localhost:${other.port}/ ; exit 0`);
		assert.equal(led.stdout.match(/is not one of the public internet, so it is refused. Use another host, or have the installation's setting allow_address name this one/g).length, 3);
		assert.match(led.stderr, new RegExp(`^stepmill: 127\\.0\\.0\\.3:${other.port}: its address is not`, 'm'));
		assert.equal(other.asked().length, 0);
	} finally {
		await other.stop();
	}
});

/** A name server that knows one name, under which there is in turn the one and the other address. */
async function startNames(host, name, addresses) {
	const server = dgram.createSocket('udp4');
	let asked = 0;
	server.on('message', (query, from) => {
		const end = query.indexOf(0, 12) + 5; // of the question: its name, a zero byte, kind and class
		const labels = query.subarray(12, end - 5).toString('latin1').replace(/[^a-z]+/g, '.').slice(1);
		const known = labels === name && query.readUInt16BE(end - 4) === 1;
		const answer = known ? [0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, ...addresses[asked++ % addresses.length].split('.').map(Number)] : [];
		const head = Buffer.from([query[0], query[1], 0x81, 0x80, 0, 1, 0, known ? 1 : 0, 0, 0, 0, 0]);
		server.send(Buffer.concat([head, query.subarray(12, end), Buffer.from(answer)]), from.port, from.address);
	});
	server.bind(53, host);
	await once(server, 'listening');
	return { asked: () => asked, stop: () => server.close() };
}

test('a name that changes its mind leads nowhere else: the address that was judged is the one that is connected to', { skip: skip || process.getuid() !== 0 || !existsSync('/etc/resolv.conf') }, async (t) => {
	const names = await startNames('127.0.0.77', 'flip.test', ['127.0.0.1', '127.0.0.3']).catch(() => null);
	if (!names) return t.skip('port 53 of 127.0.0.77 is somebody else\'s');
	const other = await startRogue({ host: '127.0.0.3', port: rogue.port });
	try {
		const resolver = path.join(engine.dir, 'resolv.conf');
		writeFileSync(resolver, 'nameserver 127.0.0.77\n');
		engine.executor(boxOptions(engine, `--allow-address=127.0.0.1:${rogue.port}`), undefined, ['bwrap', '--dev-bind', '/', '/', '--ro-bind', resolver, realpathSync('/etc/resolv.conf'), '--die-with-parent']);
		const said = await says(`for n in 1 2 3 4 5 6 7 8 9 10 11 12; do curl -s -o /dev/null -w '%{http_code} ' http://flip.test:${rogue.port}/size/3; done; exit 0`);
		const seen = new Set(said.stdout.trim().split(' '));
		assert.deepEqual([...seen].sort(), ['200', '403'], said.stdout);
		assert.ok(names.asked() >= 12, 'each request asks anew');
		assert.equal(other.asked().length, 0);
	} finally {
		names.stop();
		await other.stop();
	}
});

test('the public internet is the web: other ports are refused before anything is sent', { skip }, async () => {
	start();
	// Refused for their port alone: were they tried, there would be no answer here, or another.
	const said = await says(['sh', '-c', 'for port in 22 25 53 3306 6379 8080; do curl -s -o /dev/null -w "%{http_connect} " -p "http://1.1.1.1:$port/"; done; exit 0']);
	assert.equal(said.stdout, '403 403 403 403 403 403 ');
	assert.match(said.stderr, /ports 80 and 443 of the public internet/);
});

test('what is no request, or one that could be read in two ways, is answered with what is wrong', { skip }, async () => {
	start();
	const to = `http://127.0.0.1:${rogue.port}/echo`;
	const before = rogue.asked().length;
	const cases = [['GET / HTTP/1.1\r\n\r\n', 400], ['nonsense\r\n\r\n', 400], [`GET ${to} HTTP/2\r\n\r\n`, 400], ['CONNECT 127.0.0.1 HTTP/1.1\r\n\r\n', 400], ['CONNECT a@b:443 HTTP/1.1\r\n\r\n', 400],
		[`CONNECT 127.0.0.1:${rogue.port}0000 HTTP/1.1\r\n\r\n`, 400], [`GET http://u:p@127.0.0.1:${rogue.port}/echo HTTP/1.1\r\n\r\n`, 400], ['GET ftp://127.0.0.1/ HTTP/1.1\r\n\r\n', 501], ['GET https://127.0.0.1/ HTTP/1.1\r\n\r\n', 501],
		[`GET ${to} HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n`, 400], [`GET ${to} HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n`, 400],
		[`GET ${to} HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n`, 400], [`GET ${to} HTTP/1.1\r\nA: b\nHost: other\r\n\r\n`, 400], [`GET ${to} HTTP/1.1\r\n folded: x\r\n\r\n`, 400], [`GET ${to} HTTP/1.1\r\nA : b\r\n\r\n`, 400],
		[`GET ${to} HTTP/1.1\r\nA: b\0c\r\n\r\n`, 400], [`GET ${to}#part HTTP/1.1\r\n\r\n`, 400], ['CONNECT no..name:443 HTTP/1.1\r\n\r\n', 502], [`GET ${to} HTTP/1.1\r\n${'A: b\r\n'.repeat(250)}\r\n`, 400]];
	assert.deepEqual(statuses(await says(ask(cases.map(([text]) => text)))), cases.map(([, status]) => status));
	const large = await says(['perl', '-MSocket', '-e', `$SIG{PIPE} = "IGNORE"; socket(my $s, AF_INET, SOCK_STREAM, 0); connect($s, sockaddr_in(3128, inet_aton("127.0.0.1"))) or die;
		print $s "GET ${to} HTTP/1.1\\r\\n"; $s->autoflush(1); for (1..400) { last unless print $s "A$_: " . ("x" x 1000) . "\\r\\n" } print scalar <$s>`]);
	assert.match(large.stdout, /^HTTP\/1\.1 431 /);
	assert.equal(rogue.asked().length, before);
	// A second request behind the first is not sent to the first one's server.
	await says(ask([`GET ${to}?one HTTP/1.1\r\n\r\nGET http://127.0.0.1:${rogue.port}/echo?two HTTP/1.1\r\n\r\n`]));
	assert.deepEqual(rogue.asked().slice(before).map((r) => r.path), ['/echo?one']);
});

test('those that say nothing are left after a while, thousands of connections take no more than their places, and there is an end to them', { skip }, async () => {
	const executor = start();
	const raw = (body) => ['perl', '-MSocket', '-e', `sub go { socket(my $s, AF_INET, SOCK_STREAM, 0) or die $!; connect($s, sockaddr_in(3128, inet_aton("127.0.0.1"))) or die $!; $s }
		$| = 1; $SIG{PIPE} = "IGNORE"; my $good = "GET http://127.0.0.1:${rogue.port}/size/3 HTTP/1.1\\r\\n\\r\\n"; ${body}`];
	const slow = await says(raw(`my @held = map { my $s = go(); syswrite $s, "GET "; $s } 1..70; my $s = go(); syswrite $s, $good; print scalar <$s>; my $first = $held[0]; print scalar <$first>`));
	assert.deepEqual(statuses(slow), [200, 408]);
	// 900 at once, with and without a request.
	const run = create(raw(`my @held = map { my $s = go(); syswrite $s, $good if $_ % 2; $s } 1..900; print "held\\n"; my $n = 0; for (0..449) { my $s = $held[$_ * 2]; close $held[$_ * 2 + 1]; $n++ if (<$s> // "") =~ / 200 / } print $n`));
	await until('them to be held', () => streamed(run).includes('held'));
	for (const pid of proxies(executor)) {
		const threads = Number(/Threads:\s+(\d+)/.exec(tried(() => readFileSync(`/proc/${pid}/status`, 'utf8')) ?? '')?.[1] ?? 1);
		assert.ok(threads <= 200, `${threads} threads`); // 64 and the first; those that are on their way out count as well
	}
	await end(run);
	assert.equal(engine.run(run).status, 'completed', engine.run(run).error);
	assert.equal(JSON.parse(engine.run(run).output).stdout, 'held\n450');
	const many = await says(raw('for (1..10000) { close go() } my $s = go(); syswrite $s, $good; print scalar <$s>'));
	assert.deepEqual(statuses(many), [403]);
	assert.match(many.stderr, /has made 10000 connections/);
});

test('as much as the setting says passes, and then no more', { skip }, async () => {
	writeFileSync(path.join(files, 'much'), Buffer.alloc(3 << 20));
	start('--script-network-mb=1');
	const said = await says(`curl -sS ${rogue.url}/much 2>/dev/null | wc -c; curl -sS ${rogue.url}/echo; exit 0`);
	const [bytes, then] = said.stdout.split('\n');
	assert.ok(Number(bytes) > 900000 && Number(bytes) <= 1 << 20, `${bytes} bytes`);
	assert.match(then, /^stepmill: .*script_network_mb/);
});

test('of sockets there is TCP to its own proxy, and nothing else', { skip }, async () => {
	start();
	const kinds = await says(['perl', '-e', 'for my $f (0..45) { for my $t (1..6, 10) { for my $p (0, 1, 6, 17, 132, 255, 262) { my $s; print "$f $t $p\\n" if $f != 1 && syscall(41, $f, $t, $p) >= 0 } } }']);
	if (process.arch === 'x64') assert.equal(kinds.stdout, '2 1 0\n2 1 6\n');
	const met = await says(['perl', '-MSocket', '-e', `for my $to (["127.0.0.1", ${rogue.port}], ["1.1.1.1", 443], ["10.0.0.1", 80]) {
		socket(my $s, AF_INET, SOCK_STREAM, 0) or die; print "$to->[0]\\n" if connect($s, sockaddr_in($to->[1], inet_aton($to->[0]))) }
		socket(my $s, AF_INET, SOCK_STREAM, 0); print "bound\\n" if bind($s, sockaddr_in(3128, inet_aton("127.0.0.1")));
		open my $d, "<", "/proc/net/dev"; print grep { !/Inter|face| lo:/ } <$d>; exec "ls", "/proc/self/fd"`]);
	assert.equal(met.stdout, '0\n1\n2\n3\n'); // 3: the directory it reads
});

test('an executor that is not root has them, too', { skip: skip || process.getuid() !== 0 }, async (t) => {
	const work = mkdtempSync(path.join(tmpdir(), 'stepmill-exec-'));
	t.after(() => rmSync(work, { recursive: true, force: true }));
	chownSync(work, 65534, 65534);
	engine.executor([`--work-dir=${work}/work`, `--builtin-log=${work}/calls`, `--allow-address=127.0.0.1:${rogue.port}`], undefined, ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups']);
	const said = await says(`curl -sS ${rogue.url}/size/3; curl -sS http://127.0.0.1:1/`);
	assert.match(said.stdout, /^xxxstepmill: 127\.0\.0\.1:1: its address is not/);
});

test('what a command left behind loses its connections with the box, and so does a proxy its box', { skip }, async () => {
	const executor = start();
	const run = create(`(setsid curl -sS '${rogue.url}/hang?left' >/dev/null 2>&1 &); (setsid curl -sS -p ${rogue.url}/drip >/dev/null 2>&1 &)
		until [ "$(curl -sS ${rogue.url}/left)" = open ]; do sleep 0.05; done; echo done`);
	const both = () => [...rogue.asked('/hang?left'), ...rogue.asked('/drip')];
	await until('both to be there', () => both().length === 2);
	writeFileSync(path.join(files, 'left'), 'open');
	await end(run);
	assert.equal(engine.run(run).status, 'completed', engine.run(run).error);
	await until('both to be closed', () => both().every((r) => r.closed));
	assert.equal(proxies(executor).length, 0);
});

test('a proxy that is killed is a box that is killed: the call is made again, once, and others go on', { skip }, async () => {
	const executor = start();
	const other = create(`echo here; while [ ! -e end ]; do curl -sS -o /dev/null ${rogue.url}/size/3 || exit 9; curl -sS ${rogue.url}/gate -o gate; grep -q open gate && touch end; sleep 0.05; done`);
	await until('it to say something', () => streamed(other).includes('here'));
	const [theirs] = await until('its proxy', () => proxies(executor).length === 1 && proxies(executor));
	const run = create('echo x >> log; echo "here $(wc -l < log)"; [ $(wc -l < log) = 2 ] && exit 0; sleep 9999');
	await until('it to say something', () => streamed(run).includes('here 1'));
	const [own] = proxies(executor).filter((pid) => pid !== theirs);
	process.kill(+own, 'SIGKILL');
	await end(run);
	assert.deepEqual(engine.steps(run).map((s) => [s.attempt, s.status]), [[1, 'completed']], engine.run(run).error);
	const twice = create('echo x >> log; echo "here $(wc -l < log)"; sleep 9999');
	for (const n of [1, 2]) {
		await until('it to run', () => streamed(twice).includes(`here ${n}`));
		for (const pid of proxies(executor)) if (pid !== theirs) process.kill(+pid, 'SIGKILL');
	}
	await end(twice);
	assert.equal(error(twice).code, 'script_lost');
	const never = create('echo here; sleep 9999', { retry: 'never' });
	await until('it to say something', () => streamed(never).includes('here'));
	for (const pid of proxies(executor)) if (pid !== theirs) process.kill(+pid, 'SIGKILL');
	await end(never);
	assert.equal(error(never).code, 'unknown_outcome');
	writeFileSync(path.join(files, 'gate'), 'open');
	await end(other);
	assert.equal(engine.run(other).status, 'completed', engine.run(other).error);
});

/** The proxy is killed while its supervisor sees nothing, and that goes on when `then` has come. Its own number, and the box's. */
async function killUnseen(executor, then) {
	const [proxy] = proxies(executor);
	const supervisor = parent(proxy);
	const [first] = readFileSync(`/proc/${supervisor}/task/${supervisor}/children`, 'utf8').trim().split(/\s+/).filter((pid) => pid !== proxy);
	process.kill(+supervisor, 'SIGSTOP');
	await until('the supervisor to stand still', () => stat(supervisor)[0] === 'T');
	process.kill(+proxy, 'SIGKILL');
	await until('the proxy to have ended', () => stat(proxy)[0] === 'Z');
	then();
	await until('the box to have ended', () => stat(first)[0] === 'Z');
	process.kill(+supervisor, 'SIGCONT');
}

test('a command that has ended because its proxy was killed has not ended: the call is made again', { skip }, async () => {
	const executor = start();
	const run = create(`[ -e log ] && exit 0; echo x > log; curl -sS '${rogue.url}/hang?unseen' || exit 9`);
	await until('its call', () => rogue.asked('/hang?unseen').length === 1);
	await killUnseen(executor, () => {});
	await end(run);
	assert.deepEqual(engine.steps(run).map((s) => [s.attempt, s.status]), [[1, 'completed']], engine.run(run).error);
});

test('a box whose proxy is killed while it is made was not refused: the call is made again', { skip: skip || process.getuid() !== 0 }, async () => {
	const real = execFileSync('sh', ['-c', 'command -v bwrap'], { encoding: 'utf8' }).trim();
	const file = (name) => path.join(engine.dir, name);
	chmodSync(engine.dir, 0o755); // what makes a box is nobody there
	copyFileSync(real, file('real-bwrap'));
	writeFileSync(file('bwrap'), `#!/bin/sh\nwhile [ -e /mnt/hold ]; do sleep 0.05; done\nexec /mnt/real-bwrap "$@"\n`, { mode: 0o755 });
	const executor = engine.executor(boxOptions(engine, `--allow-address=127.0.0.1:${rogue.port}`), undefined,
		['bwrap', '--dev-bind', '/', '/', '--bind', engine.dir, '/mnt', '--ro-bind', file('bwrap'), real, '--die-with-parent']); // boxes are made where /tmp is empty
	await until('it to know what boxes can be', () => executor.said('scripts run in boxes').length > 0);
	writeFileSync(file('hold'), '');
	const run = create('echo here');
	const making = () => proxies(executor).filter((pid) => readFileSync(`/proc/${parent(pid)}/task/${parent(pid)}/children`, 'utf8').trim().split(/\s+/)
		.some((other) => /^\/bin\/sh\0\S*\/bwrap\0/.test(tried(() => readFileSync(`/proc/${other}/cmdline`, 'utf8')))));
	await until('its box to be made', () => making().length === 1);
	await killUnseen(executor, () => rmSync(file('hold')));
	await end(run);
	assert.deepEqual(engine.steps(run).map((s) => [s.attempt, s.status]), [[1, 'completed']], engine.run(run).error);
});

test('killed at any moment, the executor leaves neither box nor proxy', { skip }, async () => {
	const flow = engine.flow([script(`echo here; curl -sS ${rogue.url}/hang`, { network: true })]);
	for (let turn = 0; turn < 8; turn++) {
		const executor = start();
		const [run] = engine.create(flow, { input: {} });
		await until('its start to be recorded', () => engine.steps(run).length > 0);
		let seen = [];
		if (turn % 4 === 1) await until('a process of it', () => boxed(engine).length > 0);
		if (turn % 4 === 2) await until('its proxy', () => (seen = proxies(executor)).length > 0);
		if (turn % 4 === 3) await until('it to say something', () => (seen = proxies(executor)).length > 0 && streamed(run).includes('here'));
		await executor.end('SIGKILL');
		await until('nothing to be left', () => boxed(engine).length === 0 && seen.every((pid) => !existsSync(`/proc/${pid}`)));
		engine.cancel(flow, run);
	}
});

test('a run that is cancelled takes its proxy along', { skip }, async () => {
	const executor = start();
	const flow = engine.flow([script(`echo here; curl -sS '${rogue.url}/hang?cancelled'`, { network: true })]);
	const [run] = engine.create(flow, { input: {} });
	await until('its call', () => rogue.asked('/hang?cancelled').length === 1);
	assert.equal(proxies(executor).length, 1);
	engine.cancel(flow, run);
	await until('the run to end', () => engine.run(run).status === 'cancelled');
	await until('its call to be closed', () => rogue.asked('/hang?cancelled')[0].closed);
	await until('its proxy to go', () => proxies(executor).length === 0);
});
