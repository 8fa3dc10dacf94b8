select
  device_id,
  max_by(user_id, seq) as user_id,
  max_by(time_zone, seq) as time_zone,
  max_by(agent_version, seq) as agent_version,
  min(ts) as first_ts,
  max(ts) as last_ts
from {{ source('raw', 'events') }}
where event_id is not null
group by device_id
