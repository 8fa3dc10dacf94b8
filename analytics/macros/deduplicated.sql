{#- Delivery is at least once: of events with the same device and number one is kept. `dt` stands in the window, so that
    a condition on it reaches the scan. A line that is no JSON comes as a row of nulls. -#}
{% macro deduplicated(relation, columns) -%}
select {{ columns | join(', ') }}
from (
  select *, row_number() over (partition by dt, hour, device_id, seq order by ts, event_id) as copy
  from {{ relation }}
  where event_id is not null
) as arrived
where copy = 1
{%- endmacro %}

{#- What stands on every event. -#}
{% macro envelope() -%}
{{ return(['event_id', 'device_id', 'seq', 'session_id', 'user_id', 'ts', utc_timestamp('ts') ~ ' as occurred_at', 'utc_offset_min', 'time_zone', 'agent_version']) }}
{%- endmacro %}

{#- `2026-11-20T09:10:11.123Z` as a timestamp in UTC. -#}
{% macro utc_timestamp(text) -%}
cast(concat(substr({{ text }}, 1, 10), ' ', substr({{ text }}, 12, 12)) as timestamp)
{%- endmacro %}
