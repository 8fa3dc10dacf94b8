{{ deduplicated(source('raw', 'scripted_activity'), envelope() + [
  'detector', 'window_s', 'evidence', 'action', 'dt', 'hour']) }}
