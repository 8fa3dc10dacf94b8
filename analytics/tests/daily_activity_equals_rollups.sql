with marts as (
  select user_id, local_date, observed_s, productive_s + non_productive_s + unknown_s as judged_s, keys
  from {{ ref('fct_daily_activity') }}
),
rollups as (
  select user_id, local_date, sum(seconds) as observed_s, sum(keys) as keys
  from {{ source('rollup', 'hours') }}
  group by user_id, local_date
)
select rollups.user_id, rollups.local_date
from rollups full outer join marts on rollups.user_id = marts.user_id and rollups.local_date = marts.local_date
where rollups.user_id is null or marts.user_id is null or rollups.observed_s <> marts.observed_s
  or marts.judged_s <> marts.observed_s or rollups.keys <> marts.keys
