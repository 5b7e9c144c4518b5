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
    -- What Rounds takes for an address: letters of ASCII, and a country code.
    SELECT CASE WHEN btrim(p.email) COLLATE "C" ~ '^[!-~]+@[!-~]+$' AND btrim(p.email) !~ '^[+]|@.*@|[]<>(),;:"\\[]'
                     AND length(btrim(p.email)) <= 254
                THEN btrim(p.email) END AS email,
           CASE WHEN regexp_replace(p.phone, '[ ().-]', '', 'g') ~ '^\+[1-9][0-9]{7,14}$' AND p.phone ~ '^ *\+'
                THEN p.phone END AS phone
) usable
