{{ deduplicated(source('raw', 'custom'), envelope() + ['name', '"values"', 'dt', 'hour']) }}
