{#- The same thresholds as the named query focus-blocks. A block is of the date on which it begins, so all are computed. -#}
with device_minutes as (
  select user_id, device_id, minute, min(local_date) as local_date, max(utc_offset_min) as utc_offset_min,
    sum(case when state = 'productive' then seconds else 0 end) as productive_s,
    sum(case when rule = 'meeting' then seconds else 0 end) as meeting_s
  from {{ source('rollup', 'minutes') }}
  group by user_id, device_id, minute
),
productive as (
  select user_id, minute, min(local_date) as local_date, max(utc_offset_min) as utc_offset_min,
    max(meeting_s) as meeting_s
  from device_minutes
  where productive_s >= 45
  group by user_id, minute
),
marked as (
  select *, case when date_diff('minute', lag(minute) over (partition by user_id order by minute), minute) <= 3
    then 0 else 1 end as begins_block
  from productive
),
numbered as (
  select *, sum(begins_block) over (partition by user_id order by minute rows unbounded preceding) as block
  from marked
)
select
  user_id,
  min(local_date) as local_date,
  min(minute) as begins_at,
  {{ minutes_later('max(minute)', 1) }} as ends_at,
  {{ minutes_later('min(minute)', 'min_by(utc_offset_min, minute)') }} as begins_at_local,
  date_diff('minute', min(minute), max(minute)) + 1 as length_min,
  count(*) as productive_min,
  count_if(meeting_s >= 30) as meeting_min
from numbered
group by user_id, block
having date_diff('minute', min(minute), max(minute)) + 1 >= 25
