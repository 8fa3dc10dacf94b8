select
  user_id,
  min(local_date) as first_date,
  max(local_date) as last_date,
  count(distinct local_date) as days,
  count(distinct device_id) as devices
from {{ source('rollup', 'minutes') }}
group by user_id
