-- Seconds are a ledger: rows of one device and minute never overlap.
select device_id, minute, sum(seconds) as seconds
from {{ source('rollup', 'minutes') }}
group by device_id, minute
having sum(seconds) > 60
