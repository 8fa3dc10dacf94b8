with usage as (
  select user_id, local_date, sum(observed_s) as observed_s, sum(productive_s) as productive_s
  from {{ ref('fct_app_usage_daily') }}
  group by user_id, local_date
)
select days.user_id, days.local_date
from {{ ref('fct_daily_activity') }} as days
full outer join usage on days.user_id = usage.user_id and days.local_date = usage.local_date
where days.user_id is null or usage.user_id is null or days.observed_s <> usage.observed_s
  or days.productive_s <> usage.productive_s
