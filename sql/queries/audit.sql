-- The audit log.
-- role: stepmill_api

-- name: acting :none
-- After guard, before what changes something: operation, address.
select acting($1::text, $2::text, $3::text);

-- name: audit_list :one
-- A page, newest first, like prompt_list. Workspace, limit, cursor time and id, person, operation, kind, subject, from, before (each or null).
with page as (
	select audit_json(a) as json, cursor_us(a.at) as us, a.id, row_number() over (order by a.at desc, a.id desc) as place
	from audit a
	where a.workspace_id = $1::uuid and a.at <= cursor_time($3::bigint) and (a.at < cursor_time($3::bigint) or a.id < $4::uuid)
		and ($5::uuid is null or a.user_id = $5::uuid) and ($6::text is null or a.operation = $6::text)
		and ($7::text is null or a.kind = $7::text)
		and ($8::text is null or (a.subject = $8::text and (a.private_to is null or a.private_to = current_person())))
		and ($9::text is null or a.at >= $9::text::timestamptz) and ($10::text is null or a.at < $10::text::timestamptz)
	order by a.at desc, a.id desc
	limit $2::bigint + 1
)
select coalesce(json_agg(json order by place) filter (where place <= $2::bigint), '[]')::text, count(*) > $2::bigint,
	(array_agg(us order by place))[$2::bigint], (array_agg(id order by place))[$2::bigint]
from page;
