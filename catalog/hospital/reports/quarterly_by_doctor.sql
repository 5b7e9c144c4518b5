-- Doctors who work here now, and those who had appointments in either quarter; the busiest first. The quarter before is
-- told once more as one text, in the order of the mail's columns.
WITH counted AS (
    SELECT doctor_id, appointment_date >= current_setting('rounds.period_first')::date AS is_of_quarter,
           count(*) AS appointments, count(DISTINCT patient_id)::int AS patients,
           round(avg((status = 'completed')::int), 6) AS completion_rate,
           round(avg((status = 'cancelled')::int), 6) AS cancellation_rate,
           round(avg((status = 'no_show')::int), 6) AS no_show_rate
    FROM hospital.appointments
    WHERE appointment_date >= current_setting('rounds.period_first')::date - interval '3 months'
      AND appointment_date <= current_setting('rounds.period_last')::date
    GROUP BY doctor_id, is_of_quarter
), given AS (
    SELECT doctor_id, given_at >= current_setting('rounds.period_first')::date AS is_of_quarter, count(*) AS treatments
    FROM hospital.treatments_given
    WHERE given_at >= current_setting('rounds.period_first')::date - interval '3 months'
      AND given_at < current_setting('rounds.period_last')::date + 1
    GROUP BY doctor_id, is_of_quarter
)
SELECT d.doctor_id, coalesce(d.name, d.doctor_id) AS doctor,
       coalesce(c.appointments, 0) AS appointments, coalesce(b.appointments, 0) AS previous_appointments,
       c.completion_rate, b.completion_rate AS previous_completion_rate,
       c.cancellation_rate, b.cancellation_rate AS previous_cancellation_rate,
       c.no_show_rate, b.no_show_rate AS previous_no_show_rate,
       coalesce(c.patients, 0) AS patients, coalesce(b.patients, 0) AS previous_patients,
       coalesce(g.treatments, 0) AS treatments, coalesce(h.treatments, 0) AS previous_treatments,
       CASE WHEN b.doctor_id IS NULL THEN 'quarter before: none'
            ELSE format('quarter before: %s, %s%%, %s%%, %s%%', b.appointments, round(100 * b.completion_rate, 1),
                        round(100 * b.cancellation_rate, 1), round(100 * b.no_show_rate, 1)) END AS quarter_before
FROM hospital.doctors d
LEFT JOIN counted c ON c.doctor_id = d.doctor_id AND c.is_of_quarter
LEFT JOIN counted b ON b.doctor_id = d.doctor_id AND NOT b.is_of_quarter
LEFT JOIN given g ON g.doctor_id = d.doctor_id AND g.is_of_quarter
LEFT JOIN given h ON h.doctor_id = d.doctor_id AND NOT h.is_of_quarter
WHERE d.is_active OR c.doctor_id IS NOT NULL OR b.doctor_id IS NOT NULL OR g.doctor_id IS NOT NULL OR h.doctor_id IS NOT NULL
ORDER BY c.appointments DESC NULLS LAST, doctor, d.doctor_id
