-- The doctors of the last figure are named while they are few.
SELECT figure, value
FROM (
    SELECT 1 AS place, 'Confirmed' AS figure,
           to_char(count(*) FILTER (WHERE status = 'confirmed'), 'FM999,999,999,990') AS value
    FROM healthtech.appointments
    UNION ALL
    SELECT 2, 'Cancelled', to_char(count(*) FILTER (WHERE status = 'cancelled'), 'FM999,999,999,990')
    FROM healthtech.appointments
    UNION ALL
    SELECT 3, 'Confirmation rate',
           coalesce(round(100.0 * count(*) FILTER (WHERE status = 'confirmed') / nullif(count(*), 0), 1) || ' %', 'none')
    FROM healthtech.appointments
    UNION ALL
    SELECT 4, 'Most confirmed',
           CASE WHEN count(*) = 0 THEN 'none'
                WHEN count(*) <= 2 THEN string_agg(name, ' and ' ORDER BY doctor_id)
                ELSE count(*) || ' doctors'
           END || coalesce(' (' || to_char(max(confirmed), 'FM999,999,999,990') || ')', '')
    FROM healthtech.top_doctor
) figures
ORDER BY place
