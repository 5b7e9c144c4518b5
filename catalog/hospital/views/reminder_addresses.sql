-- Where a patient is reminded of an appointment.
-- @address Mail address or telephone by the wanted channel, or the other one where that is missing or cannot be used; null
--   for those whom the front desk reminds
-- @is_reachable Whether there is a mail address or a telephone that can be used
SELECT p.patient_id,
       CASE p.preferred_channel
           WHEN 'chat' THEN NULL
           WHEN 'sms' THEN coalesce(usable.phone, usable.email)
           ELSE coalesce(usable.email, usable.phone)
       END AS address,
       coalesce(usable.email, usable.phone) IS NOT NULL AS is_reachable
FROM hospital.patients p
CROSS JOIN LATERAL (
    SELECT CASE WHEN length(p.email) <= 254 AND btrim(p.email) ~ '^[^][:space:][:cntrl:]<>(),;:"\\@[]+@[^][:space:][:cntrl:]<>(),;:"\\@[]+$'
                THEN btrim(p.email) END AS email,
           CASE WHEN regexp_replace(p.phone, '[ ().-]', '', 'g') ~ '^\+[1-9][0-9]{7,14}$' THEN p.phone END AS phone
) usable
