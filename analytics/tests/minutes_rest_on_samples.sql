-- No minute holds more seconds than its samples observed; copies of a sample add nothing.
with observed as (
  select device_id, minute, sum(observed_s) as seconds
  from {{ ref('stg_samples') }}
  group by device_id, minute
),
judged as (
  select device_id, minute, sum(seconds) as seconds
  from {{ source('rollup', 'minutes') }}
  group by device_id, minute
)
select judged.device_id, judged.minute, judged.seconds, observed.seconds as observed_seconds
from judged left join observed on judged.device_id = observed.device_id and judged.minute = observed.minute
where observed.seconds is null or judged.seconds > observed.seconds
