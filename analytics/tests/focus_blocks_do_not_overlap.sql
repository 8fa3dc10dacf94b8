select *
from (
  select user_id, begins_at, lag(ends_at) over (partition by user_id order by begins_at) as previous_end
  from {{ ref('fct_focus_blocks') }}
) as blocks
where previous_end > begins_at
