{{ deduplicated(source('raw', 'system'), envelope() + ['kind', 'detail', 'dt', 'hour']) }}
