/**
 * Athena functions as DuckDB macros, so that the same SQL runs on both. Reference:
 * https://docs.aws.amazon.com/athena/latest/ug/functions-env3.html
 */
export const ATHENA_FUNCTIONS: readonly string[] = [
  'regexp_like(text, pattern) AS regexp_matches(text, pattern)',
  'approx_distinct(x) AS approx_count_distinct(x)',
  'bitwise_or_agg(x) AS bit_or(x)',
  'approx_percentile(x, share) AS approx_quantile(x, share)',
  'json_extract_scalar(json, path) AS json_extract_string(json, path)',
  'from_unixtime(seconds) AS make_timestamp(CAST(seconds * 1000000 AS BIGINT))',
  'to_unixtime(moment) AS epoch(moment)',
  // ISO: Monday is 1, Sunday is 7. In DuckDB's dayofweek, Sunday is 0.
  'day_of_week(moment) AS isodow(moment)',
  'cardinality(list) AS len(list)',
  'element_at(container, i) AS container[i]',
  'array_remove(list, element) AS list_filter(list, lambda x: x IS DISTINCT FROM element)',
  'array_join(list, separator) AS array_to_string(list, separator)',
  'map_agg(k, v) AS map(list(k), list(v))',
  'at_timezone(moment, zone) AS timezone(zone, moment)',
  'sequence(first, last) AS generate_series(first, last), (first, last, step) AS generate_series(first, last, step)',
  `date_add(unit, amount, moment) AS moment + CASE lower(unit)
    WHEN 'millisecond' THEN to_milliseconds(amount)
    WHEN 'second' THEN to_seconds(amount)
    WHEN 'minute' THEN to_minutes(amount)
    WHEN 'hour' THEN to_hours(amount)
    WHEN 'day' THEN to_days(CAST(amount AS INTEGER))
    WHEN 'week' THEN to_weeks(CAST(amount AS INTEGER))
    WHEN 'month' THEN to_months(CAST(amount AS INTEGER))
    WHEN 'quarter' THEN to_months(CAST(3 * amount AS INTEGER))
    WHEN 'year' THEN to_years(CAST(amount AS INTEGER))
    ELSE error('date_add: the unit must be one of millisecond, second, minute, hour, day, week, month, quarter, year; got ' || unit)
  END`,
].map((definition) => `CREATE MACRO ${definition}`);
