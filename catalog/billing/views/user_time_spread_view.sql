-- How the time of users is spread: what they did by day and task, and over how many hours.
-- @customer_account The vendor's number of the account
-- @user_name The user
-- @day The day
-- @audit_type What was worked on, in the vendor's words
-- @audit_action What was done to it, in the vendor's words
-- @actions How often
-- @patients How many patients it concerned
-- @first_action The first time on that day
-- @last_action The last time on that day
-- @active_hours Hours of the clock in which it was done at least once
-- @action_share Its share of all that the user did on that day
WITH spread AS (
    SELECT customer_account,
           coalesce(audit_username, 'Unknown') AS user_name,
           audit_entered_date::date AS day,
           coalesce(audit_type, 'Unknown') AS audit_type,
           coalesce(audit_action, 'Unknown') AS audit_action,
           count(*) AS actions,
           count(DISTINCT audit_patient_id) AS patients,
           min(audit_entered_date) AS first_action,
           max(audit_entered_date) AS last_action,
           count(DISTINCT date_trunc('hour', audit_entered_date)) AS active_hours
    FROM billing.user_time_spread
    GROUP BY 1, 2, 3, 4, 5
)
SELECT *, round(actions / sum(actions) OVER (PARTITION BY customer_account, user_name, day), 4) AS action_share
FROM spread
ORDER BY 1, 2, 3, 4, 5
