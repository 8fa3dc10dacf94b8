-- One identity on two machines shows as numbers that two people have used. A warning: a device may be handed on.
{{ config(severity='warn') }}
select device_id, seq
from {{ source('raw', 'events') }}
where event_id is not null
group by device_id, seq
having count(distinct user_id) > 1
