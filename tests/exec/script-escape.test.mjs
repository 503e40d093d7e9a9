// What a command in a box cannot reach, take or leave. Whoever writes one is assumed to be hostile.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdirSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { startEngine, until } from './lib/engine.mjs';
import { boxed, boxOptions, cannot, perlText, script, workOf } from './lib/script.mjs';

const skip = cannot();
let engine;
before(async () => {
	engine = await startEngine();
});
after(() => engine?.stop());
afterEach(async () => {
	await engine.stopExecutors();
	assert.deepEqual(engine.wrong(), []);
	await until('nothing to be left', () => boxed(engine).length === 0);
});

const error = (run) => JSON.parse(engine.run(run).error);
async function call(steps) {
	const [run] = engine.create(engine.flow(steps), { input: {} });
	await until('the run to end', () => engine.run(run).finished_at);
	return run;
}
/** What it wrote. */
async function says(command, more) {
	const run = await call([script(command, more)]);
	assert.equal(engine.run(run).status, 'completed', engine.run(run).error);
	return JSON.parse(engine.run(run).output).stdout;
}

test('files of the machine, of the executor and of other runs are not there', { skip }, async () => {
	engine.executor(boxOptions(engine));
	const canary = path.join(engine.dir, 'canary');
	writeFileSync(canary, 'the canary sings', { mode: 0o644 });
	await says('echo the canary sings > mine');
	const seen = await says(`cat ${canary} /etc/shadow /etc/hostname /root/.profile /proc/1/root/etc/shadow 2>/dev/null
		ln -s / away; cat away${canary} away/etc/shadow 2>/dev/null
		cat ../*/mine ../mine /work/../*/mine 2>/dev/null; ls -d /home /root /var /srv /mnt /boot /sys /tmp/stepmill* ${engine.dir} 2>/dev/null
		ls -A /tmp; ls -A /dev/shm; ls -A /work; ls /run`);
	assert.equal(seen, 'away\nstepmill-box\n');
	// Nothing is there to be written, either: all but three places is read only.
	const written = await says(`for place in / /usr /usr/bin /etc /dev /proc /run /run/stepmill-box /proc/sys/kernel/core_pattern /proc/self/oom_score_adj /etc/passwd; do
			(echo x > $place/x || echo x > $place) 2>/dev/null && echo $place; done
		for place in /work /tmp /dev/shm; do echo x > $place/x && echo $place; done; exit 0`);
	assert.equal(written.replace('/proc/self/oom_score_adj\n', ''), '/work\n/tmp\n/dev/shm\n');
});

test('other processes are neither seen nor reached, and there is no way to more rights', { skip }, async () => {
	const executor = engine.executor(boxOptions(engine));
	const others = [executor.child.pid, process.pid];
	const seen = await says(`ls /proc | grep -c '^[0-9]' | { read n; test "$n" -lt 12 || echo "$n processes"; }
		for pid in ${others.join(' ')}; do kill -0 $pid 2>/dev/null && echo "kill $pid"; ls /proc/$pid 2>/dev/null; done
		cat /proc/1/environ /proc/1/maps 2>/dev/null | head -c 100
		id -u | grep -v '^1000$'; grep -E '^(CapEff|CapPrm|CapBnd|CapInh|CapAmb)' /proc/self/status | grep -v 0000000000000000; grep NoNewPrivs /proc/self/status | grep -v '1$'
		cp /usr/bin/id own; chmod u+s own; ./own -u | grep -v '^1000$'
		for program in 'su -c id' 'mount -t tmpfs x /tmp' 'unshare -U id' 'unshare -r id' 'nsenter -t 1 -a id' 'chroot / id' 'mknod /tmp/sda b 8 0'; do $program >/dev/null 2>&1 && echo "$program"; done; exit 0`);
	assert.equal(seen, '');
	// Numbers of system calls are those of x86_64.
	const calls = { ptrace: '101, 16, 1, 0, 0', process_vm_readv: '310, 1, 0, 0, 0, 0, 0', unshare: '272, 0x10000000', setns: '308, 3, 0', mount: '165, 0, 0, 0, 0, 0', bpf: '321, 0, 0, 0', keyctl: '250, 0, 0, 0',
		userfaultfd: '323, 0', io_uring_setup: '425, 1, 0', perf_event_open: '298, 0, 0, 0, 0, 0', open_by_handle_at: '304, 3, 0, 0', init_module: '175, 0, 0, 0', personality_clone: '56, 0x10000000, 0, 0, 0, 0', setuid: '105, 0', sethostname: '170, 0, 0',
		dumpable: '157, 4, 0, 0, 0, 0', clone3: '435, 0, 0' };
	if (process.arch !== 'x64') return;
	const answers = await says(`perl -e '${Object.entries(calls).map(([name, args]) => `my $${name} = syscall(${args}); print "${name} \${\\($!+0)}\\n" if $${name} >= 0 || ($! != 1 && $! != 22 && $! != 38);`).join('\n')}'`);
	assert.equal(answers, '');
});

test('no network, and no socket of anybody', { skip }, async (t) => {
	engine.executor(boxOptions(engine));
	let met = 0;
	const listening = async (...where) => {
		const server = net.createServer(() => met++).listen(...where);
		await once(server, 'listening');
		t.after(() => server.close());
		return server;
	};
	const tcp = await listening(0, '127.0.0.1');
	await listening('\0stepmill-escape');
	const file = path.join(engine.dir, 'socket');
	await listening(file);
	const seen = await says(`perl -MSocket -e '
		my $here = inet_aton("127.0.0.1");
		for my $to ([AF_INET, SOCK_STREAM, sockaddr_in(${tcp.address().port}, $here)], [AF_INET, SOCK_STREAM, sockaddr_in(80, inet_aton("1.1.1.1"))], [AF_INET, SOCK_DGRAM, sockaddr_in(53, $here)], [AF_INET, SOCK_RAW, sockaddr_in(0, $here)],
			[AF_UNIX, SOCK_STREAM, sockaddr_un("\\0stepmill-escape")], [AF_UNIX, SOCK_STREAM, sockaddr_un(${perlText(file).replaceAll("'", '"')})],
			[AF_UNIX, SOCK_STREAM, sockaddr_un(${perlText(path.join(engine.cluster.host, '.s.PGSQL.5432')).replaceAll("'", '"')})], [16, SOCK_RAW, pack("SSLL", 16, 0, 0, 0)], [17, SOCK_RAW, pack("S x14", 17)], [40, SOCK_STREAM, pack("S x14", 40)]) {
			my ($family, $type, $address) = @$to;
			next unless socket(my $s, $family, $type, 0);
			print "$family $type\\n" if connect($s, $address);
		}'; cat /proc/net/dev | grep -v -e Inter -e face -e lo: ; exit 0`);
	assert.equal(seen, '');
	assert.equal(met, 0);
});

test('its descriptors are its own three, and its environment is what it was told', { skip }, async () => {
	process.env.STEPMILL_CANARY = 'the canary sings';
	engine.executor(boxOptions(engine));
	delete process.env.STEPMILL_CANARY;
	assert.equal(await says(`perl -e 'opendir D, "/proc/self/fd"; my @open = grep { /\\d/ && -e "/proc/self/fd/$_" } readdir D; print join " ", sort @open' | tr -d '\\n'; for fd in 3 4 5 6 7 8 9; do (: <&$fd) 2>/dev/null && echo "open $fd"; done
		(echo hit >/proc/self/fd/0) 2>/dev/null; cat`, { input: { n: 1 } }), '0 1 2 3{"n":1}'); // 3: the directory it reads
	const names = (await says(`env | sed 's/=.*//' | sort | tr '\\n' ' '; cat /proc/*/environ 2>/dev/null | tr '\\0' '\\n' | grep -i canary; exit 0`, { env: { OWN: 'x' } })).trim();
	assert.equal(names, 'HOME LANG OWN PATH PWD STEPMILL_KEY TMPDIR USER');
});

test('a fork bomb, memory and disk end at their limits, and others go on', { skip }, async () => {
	engine.executor(boxOptions(engine, '--script-memory-mb=192', '--script-disk-mb=24', '--script-processes=64'));
	const forks = Number(await says(`perl -e 'my $n = 0; while (defined(my $pid = fork)) { if (!$pid) { sleep 9999 } $n++ } print $n'`));
	assert.ok(forks > 10 && forks < 64, `${forks} processes`);
	const bomb = call([script('b() { b | b & }; b; sleep 9999', { timeout_seconds: 3 })]);
	assert.equal(await says('echo goes on'), 'goes on\n');
	assert.match(error(await bomb).code, /^(timeout|script_failed)$/);

	// One process alone, and many that are small each.
	assert.equal(await says(`perl -e 'my $x = "x" x (1 << 29); print "had it"' 2>/dev/null || echo refused`), 'refused\n');
	assert.equal(error(await call([script(`perl -e 'for (1..20) { next if fork; my $x = "x" x (40 << 20); sleep 9999 } sleep 9999'`)])).code, 'script_memory');
	// Shared by processes, touched or not any more, or of no process: of that there is no more, either. Numbers of system calls are those of x86_64.
	if (process.arch === 'x64') {
		const shared = (mb, then) => `perl -e '$| = 1; open my $zero, "<", "/dev/zero"; my $n = ${mb} << 20; my $at = syscall(9, 0, $n, 3, 0x21, -1, 0); die if $at == -1; syscall(0, fileno $zero, $at, $n) == $n or die; ${then}'`;
		for (const then of ['sleep 9999', 'syscall(28, $at, $n, 4); sleep 9999']) assert.equal(error(await call([script(shared(300, then))])).code, 'script_memory', then);
		const got = (call) => `print defined ${call} ? "got " : "none "`;
		assert.equal(await says(`perl -e 'my $name = "x"; print syscall(319, $name, 0) < 0 ? "none " : "got "; ${got('shmget(0, 64 << 20, 01600)')}; ${got('shmget(0, 56, 01600)')}'`), 'none none got ');
		// What many share counts once.
		const many = await call([script(shared(64, 'for (1..8) { next if fork; syscall(0, fileno $zero, $at, $n); print "."; sleep 9999 } print "held"; sleep 9999'), { timeout_seconds: 5 })]);
		assert.equal(error(many).code, 'timeout', error(many).message);
	}
	assert.equal(await says('dd if=/dev/zero of=/tmp/x bs=1M count=1000 2>/dev/null; dd if=/dev/zero of=/dev/shm/x bs=1M count=1000 2>/dev/null; du -sm /tmp /dev/shm | cut -f1 | sort -n | tail -1 | { read mb; test "$mb" -le 257 && echo small; }'), 'small\n');

	// One file, many files, what was made unreadable.
	assert.equal(await says('ulimit -f'), `${24 * 2048}\n`);
	assert.equal(error(await call([script('for i in 1 2 3 4 5 6 7 8 9; do dd if=/dev/zero of=x$i bs=1M count=10 2>/dev/null; done; sleep 9999')])).code, 'script_disk');
	assert.equal(error(await call([script('mkdir -p a/b; chmod 0 a; sleep 9999')])).code, 'script_disk');
	assert.equal(await says('echo goes on'), 'goes on\n');
});

test('a working directory of a project is its own, and leads nowhere else', { skip }, async () => {
	const inProject = async (directory, command) => {
		const flow = engine.flow([script(command)]);
		const [run] = engine.create(flow, { input: {} });
		engine.sql(`update run set overrides = '${JSON.stringify({ directory })}' where id = '${run}'`);
		engine.executor(boxOptions(engine)); // not before: it could have taken the run by now
		await until('the run to end', () => engine.run(run).finished_at);
		await engine.stopExecutors();
		return engine.run(run);
	};
	assert.equal((await inProject('site', 'echo 1 > kept; mkdir -p web')).status, 'completed');
	assert.equal(JSON.parse((await inProject('site', 'cat kept; rmdir web; ln -s / web')).output).stdout, '1\n');
	// A link where another project's directory would be is not followed.
	const through = await inProject('site/web', 'ls /work');
	assert.equal(JSON.parse(through.error).code, 'script_unavailable');
	assert.deepEqual(readdirSync(workOf(engine)).filter((name) => name === 'etc'), []);
	assert.equal(JSON.parse((await inProject('../../x', 'pwd')).error).code, 'script_unavailable');
});
