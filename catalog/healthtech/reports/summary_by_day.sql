-- The report's day and the days before it, the latest first; then the days to come, the next first.
SELECT booking_date AS day, confirmed, cancelled, confirmation_rate AS rate
FROM healthtech.daily_trend
ORDER BY booking_date > current_setting('rounds.as_of')::date,
         abs(booking_date - current_setting('rounds.as_of')::date)
