{#- The few places where Athena and DuckDB spell a thing differently. -#}

{% macro minutes_later(moment, minutes) -%}
{{ return(adapter.dispatch('minutes_later', 'kinetrack')(moment, minutes)) }}
{%- endmacro %}

{% macro default__minutes_later(moment, minutes) -%}
date_add('minute', {{ minutes }}, {{ moment }})
{%- endmacro %}

{% macro duckdb__minutes_later(moment, minutes) -%}
{{ moment }} + to_minutes({{ minutes }})
{%- endmacro %}

{#- Rows by date: a run replaces the dates that it computes. -#}
{% macro by_date(column) -%}
{% if target.type == 'athena' -%}
{{ config(materialized='incremental', incremental_strategy='insert_overwrite', partitioned_by=[column], format='parquet') }}
{%- else -%}
{{ config(materialized='incremental', incremental_strategy='delete+insert', unique_key=column) }}
{%- endif %}
{%- endmacro %}

{#- For a WHERE: constants, so that partitions are pruned. A local date lies in up to three dates of UTC. -#}
{% macro recent_dates(column) -%}
{#- Whether the table is there already has to be asked, which --no-introspect forbids. -#}
{%- if flags.INTROSPECT and is_incremental() -%}
{{ column }} >= {{ days_ago(var('lookback_days')) }}
{%- if column != 'dt' %} and dt >= {{ days_ago(var('lookback_days') + 1) }}{% endif -%}
{%- else -%}
true
{%- endif -%}
{%- endmacro %}

{% macro days_ago(days) -%}
cast(cast(current_date - interval '{{ days }}' day as date) as varchar)
{%- endmacro %}

{#- Seconds of the rows in one state. -#}
{% macro seconds_in(state) -%}
cast(sum(case when state = '{{ state }}' then seconds else 0 end) as bigint)
{%- endmacro %}

{% macro total(column) -%}
cast(sum({{ column }}) as bigint)
{%- endmacro %}
