{{ by_date('local_date') }}
select
  user_id,
  {{ total('seconds') }} as observed_s,
  {{ seconds_in('productive') }} as productive_s,
  {{ seconds_in('non_productive') }} as non_productive_s,
  {{ seconds_in('unknown') }} as unknown_s,
  {{ total('keys') }} as keys,
  {{ total('clicks') }} as clicks,
  {{ total('scrolls') }} as scrolls,
  {{ total('distance_px') }} as distance_px,
  local_date
from {{ source('rollup', 'hours') }}
where {{ recent_dates('local_date') }}
group by user_id, local_date
