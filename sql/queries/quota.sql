-- Limits: what executors draw from them and give back, and what people set. See sql/migrations/0008_quota.sql.
-- role: stepmill_executor

-- name: quota_draw :many
-- Me; of each limit workspace, scope, unit and what the step allows (units, milliseconds, burst; nulls); of each row of a ticket the
-- ticket, its limit, units, run; whether it has begun already; how far ahead the time of a call may be, in microseconds.
select ticket, verdict, limit_no, given, at_us, late_us, again, max_units, used
from quota_draw($1, $2::uuid[], $3::text[], $4::text[], $5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[], $9::bigint[], $10::bigint[],
	$11::uuid[], $12, $13::bigint);

-- name: quota_return :one
-- Me; workspace, scope, unit and amount of each. How many runs were woken.
select quota_return($1, $2::uuid[], $3::text[], $4::text[], $5::bigint[]);

-- name: quota_wake_due :one
-- How many runs were woken, and in how many milliseconds to look again (null: nobody waits).
select woken, next_ms from quota_wake_due();

-- name: quota_limits_claimed :many
-- Limits of the workspaces that run_claim has just taken runs of.
select k.w, (select json_agg(json_build_object('scope', q.scope, 'unit', q.unit)) from quota q where q.workspace_id = k.w and q.cap is not null)::text
from unnest(nullif(current_setting('stepmill.claimed', true), '')::uuid[]) k (w);

-- name: quota_limits :many
-- Limits of some workspaces.
select k.w, (select json_agg(json_build_object('scope', q.scope, 'unit', q.unit)) from quota q where q.workspace_id = k.w and q.cap is not null)::text
from unnest($1::uuid[]) k (w);

-- name: flush_reserved :none
-- Calls that are about to be made where money is limited, each with the most it may cost.
insert into ledger (workspace_id, run_id, path, attempt, at, provider, model, tokens_in, tokens_out, epoch, settled, reserved_nano, incarnation)
select k.w, k.r, k.path, k.attempt, now(), k.provider, k.model, 0, 0, k.epoch, false, k.most, k.me
from unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::text[], $5::bigint[], $6::bigint[], $7::text[], $8::text[], $9::bigint[], $10::uuid[])
	k (w, r, n, path, attempt, epoch, provider, model, most, me)
where get_byte((select current_setting('stepmill.verdicts')::bytea), k.n::integer) = ascii('a');

-- name: flush_settled :none
-- Such calls that are over. `called` 0: it was not made after all, and leaves no row; `cost` null: nobody knows what it has cost, so
-- it is charged at the most it may have.
with over as materialized (
	select k.* from unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::text[], $5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[])
		k (w, r, n, path, attempt, epoch, called, cost)
	where get_byte((select current_setting('stepmill.verdicts')::bytea), k.n::integer) = ascii('a')
), not_made as (
	delete from ledger e using over k
	where k.called = 0 and e.workspace_id = k.w and e.run_id = k.r and e.path = k.path collate "C" and e.attempt = k.attempt and e.epoch = k.epoch
		and e.run_id between $9 and $10 and not e.settled
)
update ledger e set settled = true, cost_nano = coalesce(k.cost, e.cost_nano, e.reserved_nano), outcome_unknown = k.cost is null
from over k
where k.called = 1 and e.workspace_id = k.w and e.run_id = k.r and e.path = k.path collate "C" and e.attempt = k.attempt and e.epoch = k.epoch
	and e.run_id between $9 and $10 and not e.settled;

-- name: quota_taken :many
-- Calls of runs that another incarnation holds now, so that no flush of ours settles them: me; of each workspace, run, path, attempt, epoch, whether
-- it was made, its cost or null; of each money limit it was reserved from the number of the call, from 1, its scope, how much. Which of them had
-- been reserved at all, and what they are charged: as by flush_settled and flush_grant.
with told as materialized (
	select k.* from unnest($2::uuid[], $3::uuid[], $4::text[], $5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[]) with ordinality
		k (w, r, path, attempt, epoch, called, cost, n)
), not_made as (
	delete from ledger e using told k
	where k.called = 0 and e.workspace_id = k.w and e.run_id = k.r and e.path = k.path collate "C" and e.attempt = k.attempt and e.epoch = k.epoch
		and e.incarnation = $1 and not e.settled
	returning k.n, k.w, 0::bigint as cost
), made as (
	update ledger e set settled = true, cost_nano = coalesce(k.cost, e.cost_nano, e.reserved_nano), outcome_unknown = k.cost is null
	from told k
	where k.called = 1 and e.workspace_id = k.w and e.run_id = k.r and e.path = k.path collate "C" and e.attempt = k.attempt and e.epoch = k.epoch
		and e.incarnation = $1 and not e.settled
	returning k.n, k.w, e.cost_nano as cost
), found as (
	select * from not_made union all select * from made
), charged as (
	update quota_grant g set amount = g.amount - k.cost, reserved = g.reserved - k.most, spent = g.spent + k.cost
	from (
		select f.w, u.scope, sum(f.cost) as cost, sum(u.most) as most
		from found f join unnest($9::bigint[], $10::text[], $11::bigint[]) u (n, scope, most) on u.n = f.n
		group by f.w, u.scope
	) k
	where g.workspace_id = k.w and g.scope = k.scope collate "C" and g.unit = 'money' and g.incarnation = $1
)
select n, cost from found;

-- name: flush_grant :none
-- What calls of a flush have reserved, no longer reserve, and have cost, in the executor's own grants of money.
update quota_grant g set amount = g.amount - k.cost, reserved = g.reserved + k.reserved, spent = g.spent + k.cost
from (
	select u.w, u.scope, u.me, sum(u.reserved) as reserved, sum(u.cost) as cost
	from unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::text[], $5::uuid[], $6::bigint[], $7::bigint[]) u (w, r, n, scope, me, reserved, cost)
	where get_byte((select current_setting('stepmill.verdicts')::bytea), u.n::integer) = ascii('a')
	group by u.w, u.scope, u.me) k
where g.workspace_id = k.w and g.scope = k.scope collate "C" and g.unit = 'money' and g.incarnation = k.me;
