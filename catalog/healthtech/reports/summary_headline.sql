-- The doctors of the last figure are named while they are few.
SELECT confirmed AS "Confirmed", cancelled AS "Cancelled", rate AS "Confirmation rate", most_confirmed AS "Most confirmed"
FROM (
    SELECT count(*) FILTER (WHERE status = 'confirmed') AS confirmed,
           count(*) FILTER (WHERE status = 'cancelled') AS cancelled,
           round(count(*) FILTER (WHERE status = 'confirmed')::numeric / nullif(count(*), 0), 4) AS rate
    FROM healthtech.appointments
) AS totals,
(
    SELECT CASE WHEN count(*) = 0 THEN 'none'
                WHEN count(*) <= 2 THEN string_agg(name, ' and ' ORDER BY doctor_id)
                ELSE count(*) || ' doctors'
           END || coalesce(' (' || to_char(max(confirmed), 'FM999,999,999,990') || ')', '') AS most_confirmed
    FROM healthtech.top_doctor
) AS leaders
