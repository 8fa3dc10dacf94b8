{{ deduplicated(source('raw', 'idle'), envelope() + ['phase', 'input', 'duration_s', 'dt', 'hour']) }}
