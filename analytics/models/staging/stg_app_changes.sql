{{ deduplicated(source('raw', 'app_change'), envelope() + [
  'app', 'site', 'title', 'previous_app', 'previous_site', 'previous_title', 'dt', 'hour']) }}
