-- The work of billing staff: notes on claims by user and practice.
-- @customer_account The vendor's number of the account
-- @user_name The user who wrote the notes
-- @practice_name The practice that bills
-- @claims Claims that the user wrote notes on
-- @unbilled_claims Those of them that have not gone out yet
-- @notes Notes written
-- @notes_per_claim Notes per claim, on the average
-- @last_note_date The day of the user's last note
-- @average_follow_up Days from the last bill of a claim to the last note on it, on the average; negative where most
-- were noted before
SELECT customer_account,
       coalesce(created_by_user, 'Unknown') AS user_name,
       coalesce(practice_name, 'Unknown') AS practice_name,
       count(DISTINCT claim_id) AS claims,
       count(DISTINCT claim_id) FILTER (WHERE claim_first_billed_date IS NULL) AS unbilled_claims,
       coalesce(sum(note_count_cntunq), 0) AS notes,
       round(coalesce(sum(note_count_cntunq), 0)::numeric / count(DISTINCT claim_id), 2) AS notes_per_claim,
       max(last_note_date_max) AS last_note_date,
       round(avg(last_note_date_max - claim_last_billed_date), 1) AS average_follow_up
FROM billing.rcm_productivity
GROUP BY 1, 2, 3
ORDER BY 1, 2, 3
