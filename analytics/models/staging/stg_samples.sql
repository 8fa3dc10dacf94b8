{{ deduplicated(source('raw', 'sample'), envelope() + [
  "cast(concat(substr(ts, 1, 10), ' ', substr(ts, 12, 5), ':00') as timestamp) as minute",
  'from_s', 'to_s', 'to_s - from_s as observed_s', 'keys', 'clicks', 'scrolls', 'distance_px', 'segments',
  'distraction_s', 'idle_at_start_s', 'flags', 'dt', 'hour']) }}
