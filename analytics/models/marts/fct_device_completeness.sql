{#- A device numbers its events from 1 without a gap: what is between the first and the last number and not here is missing. -#}
select
  device_id,
  min(seq) as first_seq,
  max(seq) as last_seq,
  count(distinct seq) as events,
  count(*) - count(distinct seq) as copies,
  max(seq) - min(seq) + 1 - count(distinct seq) as missing,
  min(ts) as first_ts,
  max(ts) as last_ts
from {{ source('raw', 'events') }}
where event_id is not null
group by device_id
